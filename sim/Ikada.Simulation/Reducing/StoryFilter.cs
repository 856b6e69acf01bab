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

    /// <summary>At most about <see cref="LinesMax"/> of the events: as many kinds as fit, the more telling
    /// first, and the last ones whatever they are.</summary>
    public static List<TraceEntry> Select(IReadOnlyList<TraceEntry> all, string found)
    {
        var keys = KeysIn(found);
        var last = Math.Max(0, all.Count - LastLines);
        List<TraceEntry> chosen = [];
        for (var level = Level.All; level >= Level.Faults; level--)
        {
            chosen = [];
            for (var at = 0; at < all.Count; at++)
            {
                if (at >= last || LevelOf(all[at], keys) <= level)
                {
                    chosen.Add(all[at]);
                }
            }

            if (chosen.Count <= LinesMax)
            {
                return chosen;
            }
        }

        return chosen[^LinesMax..];
    }

    private static Level LevelOf(in TraceEntry entry, List<long> keys) => entry.Kind switch
    {
        TraceKind.ClientInvoked => Concerns(keys, entry.C, entry.D) ? Level.Clients : Level.All,
        TraceKind.ClientEnded =>
            (OutcomeKind)(entry.C & 0xFF) != OutcomeKind.Refused
                && Concerns(keys, (entry.C >> 8) & 0xFF, entry.C >> 16) ? Level.Clients : Level.All,
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
            || (ClientOpKind)kind is ClientOpKind.Command or ClientOpKind.Query;

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
