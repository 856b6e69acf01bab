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

    /// <summary>Who this server is. A directory that exists says so; a new one gets hashes of what the
    /// operator wrote, the same on all members.</summary>
    public static ServerIdentity IdentityOf(ServerOptions options, DirectoryIdentity? found)
    {
        if (found is not null)
        {
            var own = options.InitialCluster.First(member => member.Name == options.Name);
            return new ServerIdentity(
                found.Cluster,
                options.InitialIdentityIsGiven ? IdOf(own, options.InitialClusterToken) : found.Node);
        }

        var token = options.InitialClusterToken;
        var self = options.InitialCluster.First(member => member.Name == options.Name);
        var ids = options.InitialCluster.Select(member => IdOf(member, token)).ToArray();
        return new ServerIdentity(Identity.ClusterIdOf(ids, token), IdOf(self, token));
    }

    /// <summary>The base of a new cluster's log.</summary>
    public static Membership MembershipOf(ServerOptions options)
    {
        var members = options.InitialCluster.Select(member => new Member(
            IdOf(member, options.InitialClusterToken), null, MemberAttributes.Of(member).Encode())).ToArray();
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
            },
            ProposalBytesMax = proposalBytes,
            Log = new LogOptions
            {
                SegmentBytes = (segmentBytes + SegmentGrainBytes - 1) / SegmentGrainBytes * SegmentGrainBytes,
            },
        };
    }

    public static TransportOptions TransportOf(
        ServerOptions options, DirectoryIdentity identity, NodeOptions node)
    {
        var frameBytes = Math.Max(WireFormat.FrameBytesMaxDefault, node.ProposalBytesMax + EnvelopeBytesMax);
        return new TransportOptions
        {
            Cluster = identity.Cluster,
            Self = new FrameSender(identity.Node, identity.Incarnation, identity.StartCount),
            ListenOn = ListenAddresses.Resolve(options.ListenPeerUrls),
            AddressOf = AddressOf,
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

    private static EndPoint? AddressOf(Member member)
    {
        var urls = MemberAttributes.Decode(member.Attributes.Span).PeerUrls;
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
