using Ikada.Consensus;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;
using Ikada.StateMachine;
using Ikada.Wire;

namespace Ikada.Simulation.Nodes;

/// <summary>Opens what a node's directory holds, as production does: identity, log, snapshots, state,
/// replica. The checkers look at each.</summary>
internal static class NodeOpening
{
    /// <summary>Small bounds, so that they are met: batches of one entry, many segments.</summary>
    public static LogOptions DrawOptions(RandomSource random)
    {
        var segment = (64L << 10) << random.NextBelow(4);
        var tail = 1L << (10 + random.NextBelow(12));
        return new LogOptions
        {
            SegmentBytes = segment,
            TailBytesMax = tail,
            // The one or the other binds, as entries are large or small.
            TailEntriesMax = (int)(tail / 128),
            BatchBytesMax = 4096 << random.NextBelow(6),
            PreparationBytes = (int)Math.Min(segment, 16384 << random.NextBelow(4)),
            FreeSegmentsMax = random.NextBelow(4),
            SegmentsBeforeRewrite = 2 + random.NextBelow(4),
        };
    }

    /// <summary>Opens a directory. <paramref name="powerWasLost"/>: what was not synced is gone, or durable
    /// now.</summary>
    public static (NodeProcess Process, FrameSender Sender) Open(
        World world, SimulatedNode node, TrackedDisk disk, LogOptions options, RandomSource random,
        bool powerWasLost, Instant now)
    {
        var checks = world.Checks;
        var image = checks.ImageOf(node.Index);
        image.IsRecovering = true;
        var identity = NodeDirectory.Open(disk, World.Cluster, node.Id, random);
        var wal = WriteAheadLog.Open(disk, node.Machine, node.Ports, options, identity, random);
        var log = wal.OpenGroup(World.Group, world.StartOf(node.Index));
        image.IsRecovering = false;
        var found = RecoveredLog.Of(log);
        checks.Started(node.Index, identity.Incarnation, found, powerWasLost);
        UndamagedLog.Opened(checks.View(node.Index), wal.Recovered, found);
        IStateMachine machine = new CheckedStateMachine(
            node.Index, world.Workload.MakeMachine(node.Index), checks);
        if (world.Plan.Active.Contains(Faults.FaultKind.WrongEffect)
            || world.Plan.Active.Contains(Faults.FaultKind.BitRot))
        {
            checks.Snapshots.MayDiffer();
            machine = new SpoiltMachine(machine, taint => checks.Quarantines.Stands(node.Index, taint));
        }

        var shelf = SnapshotShelf.Open(disk, World.Group);
        var opened = OpeningState.Restore(disk, shelf, log, machine);
        world.Counts.Storage.Completed += opened.IsInstallCompleted ? 1 : 0;
        checks.Snapshots.Opened(node.Index, shelf, opened.Applied);
        var start = new ReplicaStart
        {
            Self = node.Id,
            Identity = new PeerIdentity(identity.Incarnation, identity.StartCount),
            Log = log,
            Snapshots = shelf,
            Opened = opened,
            Seed = random.NextUInt64(),
            Consensus = world.ConsensusOptions,
            Observer = world.Trace,
            Replica = world.ReplicaOptions,
        };
        var replica = new RaftReplica(start, node.Ports, now);
        checks.Restarted(node.Index, log, replica.Status);
        world.Trace?.Started(replica, log.RecoveredHardState);
        return (new NodeProcess(wal, log, replica, machine, new NodePulse(world, node, now)),
            new FrameSender(node.Id, identity.Incarnation, identity.StartCount));
    }
}
