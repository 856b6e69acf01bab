namespace Ikada.Log;

/// <summary>The settings of the log.</summary>
public sealed record LogOptions
{
    /// <summary>The size of a segment file. Default 64 MiB; a multiple of 4096, at least 64 KiB.</summary>
    public long SegmentBytes { get; init; } = 64L << 20;

    /// <summary>The most bytes of recent entries kept in memory for peers and apply. Default 64 MiB.</summary>
    public long TailBytesMax { get; init; } = 64L << 20;
}
