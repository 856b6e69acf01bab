using System.Net;
using Ikada.Log;
using Ikada.Node;
using Ikada.Primitives;
using Ikada.Transport;
using Ikada.Wire;

namespace Ikada;

/// <summary>From the options to those of the parts beneath.</summary>
internal static class NodeSettings
{
    // What envelopes add to a command, with room to spare.
    private const int EnvelopeBytesMax = 1 << 20;
    private const string AnyPort = "127.0.0.1:0";

    /// <summary>The id of a node: a hash of its name and the group's.</summary>
    public static NodeId IdOf(string name, string cluster) => Identity.NodeIdOf([name], cluster);

    /// <summary>The id of the group: a hash of its name and of the nodes that it started with.</summary>
    public static ClusterId ClusterOf(RaftOptions options) => Identity.ClusterIdOf(
        [.. Initial(options).Select(member => IdOf(member.Key, options.Cluster))], options.Cluster);

    /// <summary>The base of a new group's log; nobody for a node that joins one: it learns that from the
    /// log.</summary>
    public static Membership MembershipOf(RaftOptions options)
    {
        if (options.Join.Count > 0)
        {
            return Membership.Empty;
        }

        var members = Initial(options).Select(member => new Member(
            IdOf(member.Key, options.Cluster),
            null,
            new MemberAttributes(member.Key, member.Value).Encode()));
        Member[] all = [.. members];
        return new Membership(all, [.. all.Select(member => member.Id)]);
    }

    public static NodeOptions Of(RaftOptions options) => options.Node with
    {
        Consensus = options.Node.Consensus with
        {
            HeartbeatInterval = options.HeartbeatInterval,
            ElectionTimeout = options.ElectionTimeout,
        },
        Replica = options.Node.Replica with
        {
            ComparesStates = options.ComparesStates,
            ScrubInterval = options.ScrubInterval,
        },
    };

    public static TransportOptions TransportOf(
        RaftOptions options, DirectoryIdentity identity, NodeOptions node)
    {
        var frameBytes = Math.Max(WireFormat.FrameBytesMaxDefault, node.ProposalBytesMax + EnvelopeBytesMax);
        return options.Connections.Apply(new TransportOptions
        {
            Cluster = identity.Cluster,
            Self = new FrameSender(identity.Node, identity.Incarnation, identity.StartCount),
            ListenOn = [ListenOn(options)],
            AddressOf = AddressOf,
            Tls = options.Tls,
            FrameBytesMax = frameBytes,
            QueueBytesMax = Math.Max(96L << 20, 2L * frameBytes),
        });
    }

    /// <summary>The member of that id as users see it; null if there is none.</summary>
    public static RaftMember? MemberOf(Membership membership, NodeId id)
    {
        if (membership.Find(id) is not { } member)
        {
            return null;
        }

        var attributes = MemberAttributes.Decode(member.Attributes.Span);
        return new RaftMember(
            id, attributes.Name, attributes.Addresses.Count > 0 ? attributes.Addresses[0] : string.Empty,
            membership.IsVoter(id))
        {
            IsBound = member.Incarnation is not null,
        };
    }

    /// <summary>Where the others reach this node; null if the options do not say.</summary>
    public static string? AddressOf(RaftOptions options) =>
        options.Address
            ?? (options.InitialMembers.TryGetValue(options.Name, out var initial) ? initial
            : options.Listen is not null && Addresses.TryParseListen(options.Listen, out var listen)
                && listen.Port != 0 && !listen.Address.Equals(IPAddress.Any)
                && !listen.Address.Equals(IPAddress.IPv6Any) ? listen.ToString()
            : null);

    private static IPEndPoint ListenOn(RaftOptions options)
    {
        if (options.Listen is not null && Addresses.TryParseListen(options.Listen, out var asked))
        {
            return asked;
        }

        var own = AddressOf(options) ?? AnyPort;
        return Addresses.TryParseListen(own, out var listen) ? listen
            : Addresses.TryParse(own, out var named) && named is DnsEndPoint dns
                ? new IPEndPoint(IPAddress.IPv6Any, dns.Port)
                : new IPEndPoint(IPAddress.Loopback, 0);
    }

    public static EndPoint? AddressOf(Member member)
    {
        var attributes = MemberAttributes.Decode(member.Attributes.Span);
        return attributes.Addresses.Count > 0 && Addresses.TryParse(attributes.Addresses[0], out var address)
            ? address : null;
    }

    private static IEnumerable<KeyValuePair<string, string>> Initial(RaftOptions options) =>
        options.InitialMembers.Count > 0
            ? options.InitialMembers
            : [new(options.Name, AddressOf(options) ?? options.Listen ?? AnyPort)];
}
