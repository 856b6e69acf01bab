using Ikada.Log;
using Ikada.Log.Inspection;
using Ikada.Primitives;

namespace Ikada.Node;

/// <summary>
/// Makes a group of one of a survivor's directory, offline, when the majority of the group is lost for good.
/// Entries that were acknowledged by the lost majority alone are lost with it, and entries that were never
/// committed count from now on: no protocol can do better, so a person has to want it. An entry of the log
/// says that the node is the only member; it stays there as the record of what was done. The group gets
/// another cluster id, so that members that come back all the same are refused by it.
/// </summary>
public static class MajorityLost
{
    /// <summary>What would be done. Changes nothing.</summary>
    /// <exception cref="LogOpenException">The directory cannot be opened; says why.</exception>
    public static RecoveryPlan Plan(IDisk disk)
    {
        var overlay = new OverlayDisk(disk);
        var identity = IdentityOf(overlay);
        var to = Identity.RecoveredClusterIdOf(identity.Cluster, identity.Node, identity.Incarnation);
        if (ClusterMove.IsCut(overlay, to))
        {
            return new RecoveryPlan(identity, to, []) { IsCut = true };
        }

        var (log, _) = Open(overlay, identity);
        var states = new List<SurvivorState>();
        foreach (var group in log.Groups)
        {
            states.Add(SurvivorState.Of(overlay, group, identity));
        }

        return new RecoveryPlan(identity, to, states);
    }

    /// <summary>Does it. Cut off at any point, it may be done again.</summary>
    /// <exception cref="LogOpenException">The directory cannot be opened; says why.</exception>
    /// <exception cref="DiskException">The disk failed: to be done again.</exception>
    /// <exception cref="InvalidOperationException">There is an obstacle: see
    /// <see cref="RecoveryPlan.Obstacle"/>.</exception>
    public static RecoveryPlan Run(IDisk disk)
    {
        var plan = Plan(disk);
        if (plan.Obstacle is { } obstacle)
        {
            throw new InvalidOperationException(obstacle);
        }

        if (!plan.IsCut)
        {
            Append(disk, plan);
        }

        ClusterMove.Run(disk, plan.Cluster);
        return plan;
    }

    private static void Append(IDisk disk, RecoveryPlan plan)
    {
        var opened = NodeDirectory.Open(disk, plan.Identity.Cluster, plan.Identity.Node, Entropy.NewRandom());
        var (log, queue) = Open(disk, opened);
        foreach (var state in plan.Groups)
        {
            if (state.IsAlone)
            {
                continue;
            }

            var group = log.OpenGroup(state.Group, Membership.Empty);
            var entry = state.Entry;
            group.NoteSure();
            group.SaveHardState(entry.Term, opened.Node);
            group.Append(
                [
                    LogEntry.Create(
                        state.Group, entry.Index, entry.Term, EntryKind.Membership, 1,
                        plan.MembershipOf(state).Encode()),
                ],
                0);
        }

        log.Flush();
        queue.Run(disk, log);
        log.Seal();
        queue.Run(disk, log);
    }

    private static DirectoryIdentity IdentityOf(IDisk disk) => NodeDirectory.Peek(disk)
        ?? throw new LogDamagedException(NodeDirectory.FileName, 0, "the file is missing");

    private static (WriteAheadLog Log, OfflineQueue Queue) Open(IDisk disk, DirectoryIdentity identity)
    {
        var queue = new OfflineQueue();
        var log = WriteAheadLog.Open(disk, queue, queue, new LogOptions(), identity, Entropy.NewRandom());
        return (log, queue);
    }
}
