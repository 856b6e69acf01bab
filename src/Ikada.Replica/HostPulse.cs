using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>
/// The heartbeat of a process, to each of the others, in place of those of all groups that sleep: a frame of
/// group 0. A process that has not been heard for an election timeout, by any frame, is reported to the
/// groups that share it; each of them then asks the others at a random moment, so that not all do at once.
/// Only where groups may sleep (<see cref="ConsensusOptions.QuiesceAfter"/>). Single-threaded: the host tells
/// what it hears, and calls <see cref="Beat"/> once per batch of inputs, before the replicas' ticks.
/// </summary>
/// <param name="options">Those of the process's groups.</param>
/// <param name="peers">The other processes.</param>
/// <param name="now">The time of the first beat.</param>
public sealed class HostPulse(ConsensusOptions options, IPulsePeers peers, Instant now)
{
    /// <summary>The group that stands for the process itself; no other has this id.</summary>
    public static readonly GroupId Group = new(0);

    // Who is to be heard again in time, in the order in which they were first heard. One that was silent, or
    // whose connection closed, is not here until it is heard: it has been reported.
    private readonly List<Sign> _heard = [];
    private readonly List<NodeId> _silent = [];

    /// <summary>When <see cref="Beat"/> is due; <see cref="Instant.Never"/> where groups do not
    /// sleep.</summary>
    public Instant Deadline { get; private set; } =
        options?.QuiesceAfter == TimeSpan.Zero ? Instant.Never : now;

    /// <summary>A frame of that process was taken from the inbox.</summary>
    public void Heard(NodeId peer, Instant now)
    {
        if (Deadline == Instant.Never)
        {
            return;
        }

        var at = Find(peer);
        if (at < 0)
        {
            _heard.Add(new Sign(peer, now));
        }
        else
        {
            _heard[at] = new Sign(peer, now);
        }
    }

    /// <summary>Its connection closed, which the groups are told anyway.</summary>
    public void Closed(NodeId peer)
    {
        if (Find(peer) is >= 0 and var at)
        {
            _heard.RemoveAt(at);
        }
    }

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
        peers.Beat();
        ReportSilent(now);
    }

    private void Forgive(Instant now)
    {
        for (var at = 0; at < _heard.Count; at++)
        {
            _heard[at] = _heard[at] with { At = now };
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
            Closed(peer);
            peers.Silent(peer, now);
        }

        _silent.Clear();
    }

    private int Find(NodeId peer)
    {
        for (var at = 0; at < _heard.Count; at++)
        {
            if (_heard[at].Peer == peer)
            {
                return at;
            }
        }

        return -1;
    }

    private readonly record struct Sign(NodeId Peer, Instant At);
}

/// <summary>The other processes, as a <see cref="HostPulse"/> needs them.</summary>
public interface IPulsePeers
{
    /// <summary>Sends each of them a heartbeat of <see cref="HostPulse.Group"/>. One that cannot be sent
    /// counts as lost, like one lost on the way: the next follows.</summary>
    void Beat();

    /// <summary>A process has not been heard for an election timeout.</summary>
    void Silent(NodeId peer, Instant now);
}
