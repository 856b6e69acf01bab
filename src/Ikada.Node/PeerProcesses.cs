using System.Diagnostics;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Node;

/// <summary>
/// The other processes, as all groups of this one see them: whom to reach, who is connected, whose queue is
/// full. Owned by the consensus thread.
/// </summary>
internal sealed class PeerProcesses(HostParts parts, MemberTable members) : IPulsePeers
{
    private readonly HashSet<NodeId> _connected = [];
    private readonly HashSet<NodeId> _congested = [];

    /// <summary>Everybody that some group wants to reach, as of the last <see cref="Update"/>. Where groups
    /// name different addresses for a node, that of the group opened last counts.</summary>
    public Membership Reachable { get; private set; } = Membership.Empty;

    /// <summary>A group wants to reach others than before, or is no more.</summary>
    public void Update()
    {
        Reachable = Union();
        parts.Transport.Update(Reachable);
    }

    /// <summary>A group was opened: what the others were told before, it must know too.</summary>
    public void Joined(GroupMember member, Instant now)
    {
        foreach (var peer in _connected)
        {
            member.Replica.ConnectionOpened(now, peer);
        }

        foreach (var peer in _congested)
        {
            member.Replica.PeerCongested(now, peer);
        }

        Update();
    }

    /// <summary>Something happened to the connections of a peer.</summary>
    public void Take(InboxKind kind, NodeId peer, Instant now)
    {
        Note(kind, peer);
        foreach (var member in members.All)
        {
            var replica = members.Touch(member).Replica;
            switch (kind)
            {
                case InboxKind.ConnectionOpened:
                    replica.ConnectionOpened(now, peer);
                    break;
                case InboxKind.ConnectionClosed:
                    replica.ConnectionClosed(now, peer);
                    break;
                case InboxKind.PeerCongested:
                    replica.PeerCongested(now, peer);
                    break;
                default:
                    replica.PeerDrained(now, peer);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public void Beat()
    {
        foreach (var peer in Reachable.Members)
        {
            if (peer.Id != parts.Self)
            {
                _ = parts.Transport.Send(
                    HostPulse.Group,
                    new Message { Type = MessageType.Heartbeat, From = parts.Self, To = peer.Id }, default);
            }
        }
    }

    /// <summary>A process has not been heard for an election timeout: the groups that share it are told. A
    /// leader must know too: it may be the one that nobody hears.</summary>
    public void Silent(NodeId peer, Instant now)
    {
        NodeLog.HostSilent(parts.Logger, parts.Self, peer);
        foreach (var member in members.All)
        {
            if (member.View.Reachable.Contains(peer))
            {
                members.Touch(member).Replica.HostSilent(now, peer);
            }
        }
    }

    private Membership Union()
    {
        var all = members.All;
        if (all.Length == 1)
        {
            return all[0].View.Reachable;
        }

        var union = new Dictionary<NodeId, Member>();
        foreach (var member in all)
        {
            foreach (var peer in member.View.Reachable.Members)
            {
                union[peer.Id] = peer;
            }
        }

        return new Membership([.. union.Values], []);
    }

    private void Note(InboxKind kind, NodeId peer)
    {
        switch (kind)
        {
            case InboxKind.ConnectionOpened:
                _connected.Add(peer);
                break;
            case InboxKind.ConnectionClosed:
                _connected.Remove(peer);
                _congested.Remove(peer);
                break;
            case InboxKind.PeerCongested:
                _congested.Add(peer);
                break;
            case InboxKind.PeerDrained:
                _congested.Remove(peer);
                break;
            default:
                throw new UnreachableException($"no event of a peer: {kind}");
        }
    }
}
