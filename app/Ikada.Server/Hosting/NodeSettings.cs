using System.Net;
using Ikada.Consensus;
using Ikada.Log;
using Ikada.Node;
using Ikada.Primitives;
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

    /// <summary>Who this server is: hashes of what the operator wrote, the same on all members.</summary>
    public static ServerIdentity IdentityOf(ServerOptions options)
    {
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
            Peers = PeersOf(options, identity.Node),
            FrameBytesMax = frameBytes,
            QueueBytesMax = Math.Max(96L << 20, 2L * frameBytes),
        };
    }

    private static List<PeerAddress> PeersOf(ServerOptions options, NodeId self)
    {
        var peers = new List<PeerAddress>();
        foreach (var member in options.InitialCluster)
        {
            var id = IdOf(member, options.InitialClusterToken);
            if (id != self)
            {
                peers.Add(new PeerAddress(id, EndPointOf(member.PeerUrls[0])));
            }
        }

        return peers;
    }

    private static EndPoint EndPointOf(Uri url)
    {
        var host = url.Host.Trim('[', ']');
        return IPAddress.TryParse(host, out var ip)
            ? new IPEndPoint(ip, url.Port)
            : new DnsEndPoint(host, url.Port);
    }
}
