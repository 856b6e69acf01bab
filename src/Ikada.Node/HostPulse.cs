using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Node;

/// <summary>
/// The heartbeat of the process, to each of the others, in place of those of all groups that sleep : a
/// frame of group 0. A process that has not been heard for an election timeout, by any frame,
/// is reported to the groups that share it; each of them then asks the others at a random moment, so that
/// not all do at once. Only where groups may sleep. Owned by the consensus thread.
/// </summary>
internal sealed class HostPulse(
    ConsensusOptions options, NodeId self, PeerProcesses peers, IPeerTransport transport, Instant now)
{
    /// <summary>The group that stands for the process itself; no other has this id.</summary>
    public static readonly GroupId Group = new(0);

    // Who is to be heard again in time. One that was silent, or whose connection closed, is not, until it is
    // heard: it has been reported.
    private readonly Dictionary<NodeId, Instant> _heard = [];
    private readonly List<NodeId> _silent = [];

    /// <summary>When <see cref="Beat"/> is due.</summary>
    public Instant Deadline { get; private set; } =
        options.QuiesceAfter == TimeSpan.Zero ? Instant.Never : now;

    /// <summary>A frame of that process was taken from the inbox.</summary>
    public void Heard(NodeId peer, Instant now)
    {
        if (Deadline != Instant.Never)
        {
            _heard[peer] = now;
        }
    }

    /// <summary>Its connection closed, which the groups are told anyway.</summary>
    public void Closed(NodeId peer) => _heard.Remove(peer);

    /// <summary>If it is time, shows the others that this process lives, and looks who of them
    /// does.</summary>
    public void Beat(Instant now)
    {
        if (now < Deadline)
        {
            return;
        }

        if (now - Deadline >= options.ElectionTimeout / 2)
        {
            // This process was stopped itself: what the others sent may not have reached the inbox yet.
            Forgive(now);
        }

        Deadline = now + options.HeartbeatInterval;
        foreach (var peer in peers.Reachable.Members)
        {
            if (peer.Id != self)
            {
                // One that cannot be sent counts as lost, like one lost on the way: the next follows.
                _ = transport.Send(
                    Group, new Message { Type = MessageType.Heartbeat, From = self, To = peer.Id }, default);
            }
        }

        ReportSilent(now);
    }

    private void Forgive(Instant now)
    {
        foreach (var peer in _heard.Keys.ToArray())
        {
            _heard[peer] = now;
        }
    }

    private void ReportSilent(Instant now)
    {
        foreach (var (peer, heard) in _heard)
        {
            if (now - heard >= options.ElectionTimeout)
            {
                _silent.Add(peer);
            }
        }

        foreach (var peer in _silent)
        {
            _heard.Remove(peer);
            peers.Silent(peer, now);
        }

        _silent.Clear();
    }
}
