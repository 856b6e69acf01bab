using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Microsoft.Extensions.Logging;

namespace Ikada.Node;

/// <summary>Says what recovery found damaged: each place, what it cost, and what to do about it.</summary>
internal static class DamageAtStart
{
    /// <summary>The same of snapshots: they are set aside, and an older one or another member gives the
    /// state.</summary>
    public static void Tell(ILogger logger, NodeId node, SnapshotReport report)
    {
        foreach (var found in report.Damage)
        {
            SnapshotLog.Damaged(logger, node, found.File, found.OffsetBytes, found.EndBytes, found.What);
        }
    }

    /// <summary>What was found of the whole log.</summary>
    public static void Tell(ILogger logger, NodeId node, RecoveryReport report)
    {
        foreach (var found in report.Damage)
        {
            NodeLog.LogDamaged(logger, node, found.File, found.OffsetBytes, found.EndBytes, found.What);
        }
    }

    /// <summary>What it means to one group.</summary>
    /// <exception cref="LogLostException">A vote is lost.</exception>
    public static void Tell(ILogger logger, NodeId node, RecoveryReport report, GroupLog group)
    {
        foreach (var range in group.Damage)
        {
            NodeLog.EntriesDamaged(
                logger, node, group.Group, range.First, range.Last, range.Term, FoundDamage.Remedy);
        }

        if (group.IsHardStateLost)
        {
            var place = report.Damage.Count > 0
                ? $"{report.Damage[^1].File} at offset {report.Damage[^1].OffsetBytes}" : "an earlier start";
            throw new LogLostException(
                $"The log is damaged ({place}), and a vote or the base of group {group.Group.Value} may be "
                    + $"lost with it. {FoundDamage.Remedy}");
        }

        if (group.IsUnsure)
        {
            NodeLog.LogUnsure(logger, node, group.Last);
        }
    }
}
