using Ikada.Log.Format;

namespace Ikada.Log;

/// <summary>The settings of the log.</summary>
public sealed record LogOptions
{
    /// <summary>The size of a segment file. Default 64 MiB; a multiple of 4096, at least 64 KiB.</summary>
    public long SegmentBytes { get; init; } = 64L << 20;

    /// <summary>The most bytes of recent entries kept in memory for peers and apply, all groups together.
    /// Entries that are not durable yet are kept beyond it. Default 64 MiB.</summary>
    public long TailBytesMax { get; init; } = 64L << 20;

    /// <summary>The most recent entries kept in memory, all groups together, however small they are: each
    /// takes some hundred bytes beside its own, and what lives long costs the collector. Entries that are not
    /// durable yet are kept beyond it. Default 32 768; at least 0.</summary>
    public int TailEntriesMax { get; init; } = 32 << 10;

    /// <summary>The most bytes handed to the disk in one write; a single larger entry goes alone. Default 8
    /// MiB.</summary>
    public int BatchBytesMax { get; init; } = 8 << 20;

    /// <summary>How many bytes of the next segment are prepared in one operation, so that batches get in
    /// between. Default 1 MiB; a multiple of 4096.</summary>
    public int PreparationBytes { get; init; } = 1 << 20;

    /// <summary>How many freed segments are kept to be used again, besides the one that is ready; others
    /// are deleted. Default 2; at least 0.</summary>
    public int FreeSegmentsMax { get; init; } = 2;

    /// <summary>How many segments may be in use, however little of them counts, before entries are written
    /// forward so that old ones can be freed. Beyond it segments are used for at most about twice what
    /// counts. Default 4; at least 2.</summary>
    public int SegmentsBeforeRewrite { get; init; } = 4;

    internal void Check()
    {
        if (SegmentBytes < LogFormat.SegmentBytesMin || SegmentBytes % 4096 != 0
            || SegmentBytes > int.MaxValue)
        {
            throw new ArgumentException(
                $"SegmentBytes is {SegmentBytes}; it must be a multiple of 4096 from "
                    + $"{LogFormat.SegmentBytesMin} to 2 GiB.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(TailBytesMax);
        ArgumentOutOfRangeException.ThrowIfNegative(TailEntriesMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchBytesMax, 4096);
        ArgumentOutOfRangeException.ThrowIfNegative(FreeSegmentsMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(SegmentsBeforeRewrite, 2);
        if (PreparationBytes < 4096 || PreparationBytes % 4096 != 0)
        {
            throw new ArgumentException(
                $"PreparationBytes is {PreparationBytes}; it must be a positive multiple of 4096.");
        }
    }
}
