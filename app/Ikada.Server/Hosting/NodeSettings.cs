using System.Net;
using Ikada.Consensus;
using Ikada.Log;
using Ikada.Node;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Transport;
using Ikada.Wire;

namespace Ikada.Server;

/// <summary>From the server's options to those of the parts beneath it.</summary>
internal static class NodeSettings
{
    // What our encoding and its envelopes add to a request, with room to spare.
    private const int EnvelopeBytesMax = 1 << 20;
    private const int SegmentGrainBytes = 4096;

    public static NodeId IdOf(InitialMember member, string token) =>
        Identity.NodeIdOf([.. member.PeerUrls.Select(ServerOptions.Text)], token);

    /// <summary>The id of a new cluster: hashes of what the operator wrote, the same on all
    /// members.</summary>
    public static ClusterId ClusterOf(ServerOptions options)
    {
        var token = options.InitialClusterToken;
        return Identity.ClusterIdOf(
            [.. options.InitialCluster.Select(member => IdOf(member, token))], token);
    }

    /// <summary>This member, in a new cluster.</summary>
    public static NodeId SelfOf(ServerOptions options) => IdOf(
        options.InitialCluster.First(member => member.Name == options.Name), options.InitialClusterToken);

    /// <summary>The base of a new cluster's log.</summary>
    public static Membership MembershipOf(ServerOptions options)
    {
        var members = options.InitialCluster.Select(member => new Member(
            IdOf(member, options.InitialClusterToken),
            null,
            AttributesOf(member.Name, member.PeerUrls.Select(ServerOptions.Text)))).ToArray();
        return new Membership(members, [.. members.Select(member => member.Id)]);
    }

    public static NodeOptions NodeOf(ServerOptions options)
    {
        var proposalBytes =
            Math.Max(new NodeOptions().ProposalBytesMax, options.MaxRequestBytes + EnvelopeBytesMax);
        var segmentBytes = Math.Max(new LogOptions().SegmentBytes, 4L * proposalBytes);
        return new NodeOptions
        {
            Consensus = new ConsensusOptions
            {
                HeartbeatInterval = options.HeartbeatInterval,
                ElectionTimeout = options.ElectionTimeout,
            },
            Replica = new ReplicaOptions
            {
                SnapshotEntries = options.SnapshotEntries,
                RetainedEntriesMin = options.SnapshotCatchUpEntries,
                RetainedGrowthBytesMax = options.SnapshotCatchUpBytes,
                SnapshotBytesPerSecondMax = options.SnapshotBytesPerSecond,
                ComparesStates = options.ComparesStates,
                ScrubInterval = options.ScrubInterval,
            },
            ProposalBytesMax = proposalBytes,
            Log = new LogOptions
            {
                SegmentBytes = (segmentBytes + SegmentGrainBytes - 1) / SegmentGrainBytes * SegmentGrainBytes,
            },
        };
    }

    public static TransportOptions TransportOf(
        ServerOptions options, DirectoryIdentity identity, NodeOptions node, PeerTlsOptions? tls)
    {
        var frameBytes = Math.Max(WireFormat.FrameBytesMaxDefault, node.ProposalBytesMax + EnvelopeBytesMax);
        return new TransportOptions
        {
            Cluster = identity.Cluster,
            Self = new FrameSender(identity.Node, identity.Incarnation, identity.StartCount),
            ListenOn = ListenAddresses.Resolve(options.ListenPeerUrls),
            AddressOf = AddressOf,
            Tls = tls,
            FrameBytesMax = frameBytes,
            QueueBytesMax = Math.Max(96L << 20, 2L * frameBytes),
        };
    }

    /// <summary>Null: plain text.</summary>
    /// <exception cref="IOException">A file is no good; names it.</exception>
    public static PeerTlsOptions? TlsOf(PeerTlsFiles? files) => files is null ? null
        : PeerTlsOptions.FromPemFiles(files.Certificate, files.Key, files.Authority) with
        {
            ClientCertificateRequired = files.AsksForCertificates,
            AllowedNames = files.AllowedName is null ? [] : [files.AllowedName],
        };

    /// <summary>What the membership carries of a member.</summary>
    public static byte[] AttributesOf(string name, IEnumerable<string> peerUrls) =>
        new MemberAttributes(name, peerUrls).Encode();

    private static EndPoint? AddressOf(Member member)
    {
        var urls = MemberAttributes.Decode(member.Attributes.Span).Addresses;
        return urls.Count > 0 && Uri.TryCreate(urls[0], UriKind.Absolute, out var url) ? EndPointOf(url)
            : null;
    }

    private static EndPoint EndPointOf(Uri url)
    {
        var host = url.Host.Trim('[', ']');
        return IPAddress.TryParse(host, out var ip)
            ? new IPEndPoint(ip, url.Port)
            : new DnsEndPoint(host, url.Port);
    }
}
