using Ikada.Log;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.StateMachine;

namespace Ikada.Simulation.Nodes;

/// <summary>What a process holds in memory, gone with it.</summary>
internal sealed record NodeProcess(
    WriteAheadLog Wal, GroupLog Log, RaftReplica Replica, IStateMachine Machine, NodePulse Pulse)
{
    /// <summary>The machine, where its state can go wrong; else null.</summary>
    public SpoiltMachine? Spoilt => Machine as SpoiltMachine;

    /// <summary>When something is due next.</summary>
    public Instant NextDeadline => Instant.Min(Replica.NextDeadline, Pulse.Deadline);

    /// <summary>A connection has closed.</summary>
    public void ConnectionClosed(Instant now, NodeId peer)
    {
        Pulse.Closed(peer);
        Replica.ConnectionClosed(now, peer);
    }

    /// <summary>Ends a batch of inputs: time counts only now.</summary>
    public void EndBatch(Instant now)
    {
        Pulse.Beat(now);
        if (Replica.NextDeadline <= now)
        {
            Replica.Tick(now);
        }
    }
}
