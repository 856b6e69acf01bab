using System.Diagnostics;
using Ikada.Primitives;

namespace Ikada.Node;

/// <summary>
/// The other processes, as all groups of this one see them: whom to reach, who is connected, whose queue is
/// full. Owned by the consensus thread.
/// </summary>
internal sealed class PeerProcesses(MemberTable members, IPeerTransport transport)
{
    private readonly HashSet<NodeId> _connected = [];
    private readonly HashSet<NodeId> _congested = [];

    /// <summary>Everybody that some group wants to reach. Where groups name different addresses for a node,
    /// that of the group with the highest id counts.</summary>
    public Membership Reachable
    {
        get
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
    }

    /// <summary>Others are to be reached.</summary>
    public void Update() => transport.Update(Reachable);

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
