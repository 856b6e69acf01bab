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
            throw VoteLost(report, $"group {group.Group.Value}");
        }

        if (group.IsUnsure)
        {
            NodeLog.LogUnsure(logger, node, group.Last);
        }
    }

    /// <summary>What it means to a process of many groups: it bears one incarnation for all of them, so if a
    /// vote of one is lost it comes back to all as a wiped member. That has to be known before the first
    /// acts.</summary>
    /// <exception cref="LogLostException">A vote of some group is lost.</exception>
    public static void ThrowIfVotesAreLost(WriteAheadLog log)
    {
        var lost = log.Groups.Where(static group => group.IsHardStateLost).ToArray();
        if (lost.Length > 0)
        {
            throw VoteLost(
                log.Recovered, $"group {string.Join(", ", lost.Select(static group => group.Group.Value))}");
        }

        if (log.MayMissGroups)
        {
            throw VoteLost(log.Recovered, "a group that it does not name any more");
        }
    }

    private static LogLostException VoteLost(RecoveryReport report, string whose)
    {
        var place = report.Damage.Count > 0
            ? $"{report.Damage[^1].File} at offset {report.Damage[^1].OffsetBytes}" : "an earlier start";
        return new LogLostException(
            $"The log is damaged ({place}), and a vote or the base of {whose} may be lost with it. "
                + FoundDamage.Remedy);
    }
}
