using System.Diagnostics;
using Ikada.Consensus;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.StateMachine;
using Microsoft.Extensions.Logging;

namespace Ikada.Node;

/// <summary>Opens what a node's directory holds, on the calling thread, before any of the node's
/// starts.</summary>
internal sealed class NodeOpening(
    NodeOptions options, IDisk disk, IDiskQueue queue, ConsensusThread consensus, NodeMetrics metrics,
        ILogger logger)
{
    /// <summary>Opens log and snapshots, restores the state machine, and hands all to the consensus
    /// thread.</summary>
    public void Open(DirectoryIdentity identity, Membership initialMembership, IStateMachine machine)
    {
        var random = Entropy.NewRandom();
        var start = Stopwatch.GetTimestamp();
        var log = WriteAheadLog.Open(disk, queue, consensus, options.Log, identity, random.Split());
        metrics.Log.Recovered(Stopwatch.GetElapsedTime(start), log.Recovered);
        metrics.Log.Observe(log);
        var group = log.OpenGroup(options.Group, initialMembership);
        DamageAtStart.Tell(logger, identity.Node, log.Recovered, group);
        var snapshots = SnapshotShelf.Open(disk, options.Group);
        DamageAtStart.Tell(logger, identity.Node, snapshots.Report);
        var opened = OpeningState.Restore(disk, snapshots, group, machine);
        NodeLog.Starting(
            logger, identity.Node, identity.Cluster, identity.Incarnation, identity.StartCount, group.Last);
        if (opened.Snapshot != default)
        {
            SnapshotLog.Restored(logger, identity.Node, opened.Snapshot, opened.IsInstallCompleted);
        }

        consensus.Own(log, new ReplicaStart
        {
            Self = identity.Node,
            Identity = new PeerIdentity(identity.Incarnation, identity.StartCount),
            Log = group,
            Snapshots = snapshots,
            Opened = opened,
            Seed = random.NextUInt64(),
            Consensus = options.Consensus,
            Replica = options.Replica,
        });
        CheckState(snapshots.Report, group);
    }

    // A member that has lost its state gets it from the others; one without others never does.
    private void CheckState(SnapshotReport report, GroupLog group)
    {
        var (status, membership) = (consensus.View.Status, consensus.View.Membership);
        if (!status.IsStateMissing || membership.Members.Length > 1)
        {
            return;
        }

        var found = report.Damage.Count == 0
            ? "and no snapshot file is there"
            : $"and {string.Join("; ", report.Damage.Select(one => $"{one.File}: {one.What}"))}";
        throw new StateLostException(
            $"The log starts after {group.Base}, {found}: the state before is lost, and there is no "
                + "other member to get it from. Put the snapshot file back from a backup of the directory, "
                + "or start with an empty directory and restore a backup of the data");
    }
}
