namespace Ikada.KeyValue;

/// <summary>What watching may cost in memory and in one go.</summary>
public sealed record WatchLimits
{
    /// <summary>Bytes of events that may wait for the client of one stream. A watcher that finds its stream
    /// full reads on from history later. Default 16 MiB.</summary>
    public long StreamPendingBytesMax { get; init; } = 16 << 20;

    /// <summary>The same over all streams together; beyond it every stream that has
    /// <see cref="StreamPendingBytesMin"/> waiting is full. Default 256 MiB.</summary>
    public long TotalPendingBytesMax { get; init; } = 256 << 20;

    /// <summary>What a stream may always have waiting. Default 64 KiB.</summary>
    public long StreamPendingBytesMin { get; init; } = 64 << 10;

    /// <summary>Revisions are put together in one response up to so many bytes. Default 256 KiB.</summary>
    public int ResponseBytesTarget { get; init; } = 256 << 10;

    /// <summary>How many changes of the history are read in one go, rounded up to a whole revision. Default
    /// 2000.</summary>
    public int CatchUpChangesMax { get; init; } = 2000;

    /// <summary>How many bytes of events are made from history in one go, rounded up to a whole revision.
    /// Default 4 MiB.</summary>
    public long CatchUpBytesMax { get; init; } = 4 << 20;
}
