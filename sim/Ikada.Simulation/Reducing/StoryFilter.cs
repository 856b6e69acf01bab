using System.Globalization;
using System.Text.RegularExpressions;
using Ikada.Replica;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Reducing;

/// <summary>Which events a person needs to follow a violation, where they cannot read them all.</summary>
internal static partial class StoryFilter
{
    /// <summary>How many lines a person reads.</summary>
    public const int LinesMax = 120;

    private const int LastLines = 16;

    /// <summary>At most <see cref="LinesMax"/> of the events: the last ones whatever they are, then the more
    /// telling kinds first, of each the latest first.</summary>
    public static List<TraceEntry> Select(IReadOnlyList<TraceEntry> all, string found)
    {
        if (all.Count <= LinesMax)
        {
            return [.. all];
        }

        var levels = Levels(all, KeysIn(found));
        var chosen = new bool[all.Count];
        var left = LinesMax;
        for (var at = all.Count - LastLines; at < all.Count; at++, left--)
        {
            chosen[at] = true;
        }

        for (var level = Level.Faults; level < Level.All; level++)
        {
            for (var at = all.Count - 1; at >= 0 && left > 0; at--)
            {
                if (!chosen[at] && levels[at] == level)
                {
                    chosen[at] = true;
                    left--;
                }
            }
        }

        return [.. all.Where((_, at) => chosen[at])];
    }

    // An operation that was refused tells nothing, and neither does that it was asked for.
    private static Level[] Levels(IReadOnlyList<TraceEntry> all, List<long> keys)
    {
        var levels = new Level[all.Count];
        var refused = new HashSet<long>();
        for (var at = all.Count - 1; at >= 0; at--)
        {
            var entry = all[at];
            levels[at] = LevelOf(entry, keys);
            if (entry.Kind == TraceKind.ClientEnded && (OutcomeKind)(entry.C & 0xFF) == OutcomeKind.Refused)
            {
                refused.Add(entry.B);
                levels[at] = Level.All;
            }
            else if (entry.Kind == TraceKind.ClientInvoked && refused.Contains(entry.B))
            {
                levels[at] = Level.All;
            }
        }

        return levels;
    }

    private static Level LevelOf(in TraceEntry entry, List<long> keys) => entry.Kind switch
    {
        TraceKind.ClientInvoked => Concerns(keys, entry.C, entry.D) ? Level.Clients : Level.All,
        TraceKind.ClientEnded =>
            Concerns(keys, (entry.C >> 8) & 0xFF, entry.C >> 16) ? Level.Clients : Level.All,
        TraceKind.RoleChanged when entry.A == 0 => Level.Messages,
        TraceKind.Committed or TraceKind.DiskSynced => Level.Disks,
        TraceKind.FrameArrived => MessageText.IsIdle(entry) ? Level.All : Level.Messages,
        TraceKind.FrameLost or TraceKind.FrameDuplicated or TraceKind.FrameReplayed
            or TraceKind.FrameCorrupted or TraceKind.FrameRejected => Level.Messages,
        TraceKind.Applied or TraceKind.DiskWritten or TraceKind.LinkOpened or TraceKind.LinkClosed
            or TraceKind.WeatherChanged or TraceKind.SnapshotObserved => Level.All,
        _ => Level.Faults,
    };

    private static bool Concerns(List<long> keys, long kind, long key) =>
        keys.Count == 0 || keys.Contains(key)
            || (ClientOpKind)kind >= ClientOpKind.Command;

    private static List<long> KeysIn(string text)
    {
        var keys = new List<long>();
        foreach (Match match in Key().Matches(text))
        {
            keys.Add(long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        }

        return keys;
    }

    [GeneratedRegex("key (\\d{1,6})", RegexOptions.CultureInvariant)]
    private static partial Regex Key();

    private enum Level
    {
        Faults = 0,
        Clients,
        Disks,
        Messages,
        All,
    }
}
