using System.Globalization;
using Ikada.Log;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// I43: what a node's files take stays within what its options and what must be kept say, for ever: the log
/// about twice the entries behind its base, and a few segments; a few snapshots. A log with damage frees
/// nothing, so it is not looked at.
/// </summary>
internal sealed class DiskUse(int node, LogOptions options, int nodes)
{
    public const string Property = "I43 the disk does not fill up";
    private const int SegmentsBesides = 5; // in use, before it, ready, waiting for a head, being rewritten to
    private long _live;
    private long _peak;
    private long _peakBefore;
    private ulong _newest;

    /// <summary>Batches with entries behind the base take so many bytes now.</summary>
    public void Live(long bytes) => (_live, _peak) = (bytes, Math.Max(_peak, bytes));

    /// <summary>Looks at all files there are, by name and length.</summary>
    public void Look(IReadOnlyList<string> names, Func<string, long> lengthOf)
    {
        var (log, snapshots, parts, newest) = (0L, 0, 0, 0UL);
        foreach (var name in names)
        {
            if (name.StartsWith("segment-", StringComparison.Ordinal)
                || name.StartsWith("free-", StringComparison.Ordinal))
            {
                log += lengthOf(name);
                newest = Math.Max(newest, SequenceOf(name));
            }

            snapshots += SnapshotImage.IsSnapshot(name) ? 1 : 0;
            parts += SnapshotImage.IsPart(name) ? 1 : 0;
        }

        Check(log, snapshots, parts);
        if (newest > _newest)
        {
            // Segments are freed behind the next head: what was alive until then counts.
            (_newest, _peakBefore, _peak) = (newest, _peak, _live);
        }
    }

    private static ulong SequenceOf(string name) => name.StartsWith("segment-", StringComparison.Ordinal)
        ? ulong.Parse(
            name.AsSpan("segment-".Length, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : 0;

    private void Check(long log, int snapshots, int parts)
    {
        var segments = options.SegmentsBeforeRewrite + options.FreeSegmentsMax + SegmentsBesides;
        var logMax = (segments * options.SegmentBytes) + (3 * Math.Max(_peak, _peakBefore));
        // The newest, its predecessor, one just saved, and those being sent.
        var snapshotsMax = 3 + (nodes - 1);
        const int PartsMax = 3;
        if (log > logMax || snapshots > snapshotsMax || parts > PartsMax)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} has {log} bytes of log (at most {logMax}, with {_live} behind the base), "
                + $"{snapshots} snapshots (at most {snapshotsMax}), {parts} parts (at most {PartsMax})");
        }
    }
}
