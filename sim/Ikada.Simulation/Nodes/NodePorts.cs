using Ikada.Consensus;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Nodes;

/// <summary>What a node's replica and log see of the node: what they ask for is handed to the machine or the
/// network, and what the log tells goes to the replica.</summary>
internal sealed class NodePorts(World world, SimulatedNode node) : IReplicaPorts, ILogEvents
{
    bool IReplicaPorts.Send(in Message message, ReadOnlySpan<LogEntry> entries)
    {
        world.Checks.Leaves(node.Index, node.Process?.Log, message, entries);
        var frame = world.Network.Frames.Take();
        node.Machine.Codec.Encode(frame, World.Group, message, entries);
        return world.Network.Send(node.Index, (int)message.To.Value - 1, frame);
    }

    void IReplicaPorts.Apply(MachineWork work) => node.Machine.Apply(work);

    void IReplicaPorts.Submit(SnapshotOperation operation) => node.Machine.Snapshots.Submit(operation);

    void IReplicaPorts.Observe(in SnapshotFact fact)
    {
        world.Counts.Storage.Observed(fact.Kind);
        if (fact.Kind == SnapshotFactKind.Installed)
        {
            world.Checks.Snapshots.Installed(node.Index, fact.Position);
        }

        world.Log.Add(
            world.Now, TraceKind.SnapshotObserved, node.Index, (int)fact.Peer.Value - 1, (long)fact.Kind,
            (long)fact.Position.Index.Value, fact.Bytes);
    }

    void IReplicaPorts.Observe(in StateFact fact)
    {
        world.Checks.Quarantines.Observed(node.Index, fact, world.Checks.CommittedMembership);
        if (fact is { Kind: StateFactKind.Quarantined, IsStored: true })
        {
            world.Counts.Reached(Mark.RotFound);
        }

        switch (fact.Kind)
        {
            case StateFactKind.StoresCompared when fact.OddMembers == 0 && fact.Members > 1:
                world.Counts.Reached(Mark.StoresCompared);
                break;
            case StateFactKind.Quarantined:
                world.Counts.Reached(
                    node.Status.Role == Role.Leader ? Mark.LeaderQuarantined : Mark.FollowerQuarantined);
                break;
            case StateFactKind.StillQuarantined:
                world.Counts.Reached(Mark.QuarantineOutlivedRestart);
                break;
            case StateFactKind.Rebuilt:
                node.StateLife++;
                world.Counts.Reached(Mark.StateRebuilt);
                break;
            default:
                break;
        }

        world.Log.Add(
            world.Now, TraceKind.StateCompared, node.Index, (int)fact.Peer.Value - 1, (long)fact.Kind,
            (long)fact.Agreed.Value, (long)fact.Differs.Value);
    }

    void IReplicaPorts.Stop(string message) => node.StopBecause(message);

    void IReplicaPorts.ObserveRole(Role role, Term term, NodeId leader)
    {
        world.Counts.Elections += role == Role.Leader ? 1 : 0;
        world.Log.Add(
            world.Now, TraceKind.RoleChanged, node.Index, -1, (long)role, (long)term.Value,
            (long)leader.Value);
    }

    void IReplicaPorts.Observe(Fact fact, NodeId peer)
    {
        if (fact == Fact.Quiesced)
        {
            world.Counts.Reached(Mark.GroupAsleep);
        }

        world.Log.Add(world.Now, TraceKind.Observed, node.Index, -1, (long)fact, (long)peer.Value);
    }

    void ILogEvents.EntriesFlushed(GroupId group, LogPosition last, ulong generation) =>
        node.Process!.Replica.EntriesFlushed(node.LocalNow, last, generation);

    void ILogEvents.HardStateSaved(GroupId group, HardState saved) =>
        node.Process!.Replica.HardStateSaved(node.LocalNow, saved);

    void ILogEvents.EntriesRead(GroupId group, ulong cookie, ReadOnlySpan<LogEntry> entries) =>
        node.Process!.Replica.EntriesRead(node.LocalNow, cookie, entries);

    void ILogEvents.EntriesRepaired(GroupId group, LogIndex first, LogIndex last) =>
        node.Process!.Replica.EntriesRepaired(node.LocalNow, first, last);

    void ILogEvents.BaseSaved(GroupId group, LogPosition position) =>
        node.Process!.Replica.BaseSaved(node.LocalNow, position);

    void ILogEvents.SpaceChanged(bool isFull)
    {
        world.Counts.Storage.NoSpaceEpisodes += isFull ? 1 : 0;
        node.Process!.Replica.SpaceChanged(node.LocalNow, isFull);
    }

    void ILogEvents.LogFailed(string message) => node.StopBecause(message);
}
