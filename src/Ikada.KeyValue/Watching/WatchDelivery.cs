namespace Ikada.KeyValue;

/// <summary>What a client is told next.</summary>
/// <param name="Kind">Of what kind it is.</param>
/// <param name="WatchId">Whom it is for; <see cref="AllWatchers"/> for the whole stream, or for a watcher
/// that never came to be.</param>
/// <param name="Revision">The revision of the header.</param>
public sealed record WatchDelivery(WatchDeliveryKind Kind, long WatchId, long Revision)
{
    /// <summary>The id of what is for no watcher of its own.</summary>
    public const long AllWatchers = -1;

    /// <summary>Of a refusal: why.</summary>
    public WatchRefusal Refusal { get; init; }

    /// <summary>Of a cancellation by a compaction: the lowest revision that can still be read; else
    /// 0.</summary>
    public long CompactRevision { get; init; }

    /// <summary>The events, whole revisions in order, each prepared.</summary>
    public ReadOnlyMemory<WatchEvent> Events { get; init; }

    /// <summary>How many bytes the encodings of the events have together.</summary>
    public long EventBytes { get; init; }

    /// <summary>Whether the events' encoding with the previous item is meant.</summary>
    public bool WithPrevious { get; init; }

    /// <summary>Whether it may be cut into pieces.</summary>
    public bool MayFragment { get; init; }
}

/// <summary>Kinds of deliveries.</summary>
public enum WatchDeliveryKind
{
    /// <summary>Events.</summary>
    Events,

    /// <summary>A watcher has been made; comes before its first event.</summary>
    Created,

    /// <summary>A watcher was not made.</summary>
    Refused,

    /// <summary>A watcher has ended.</summary>
    Canceled,

    /// <summary>All up to the revision has been delivered.</summary>
    Progress,
}

/// <summary>Why a watcher was not made.</summary>
public enum WatchRefusal
{
    /// <summary>It was made.</summary>
    None,

    /// <summary>Its range can hold no key.</summary>
    EmptyRange,

    /// <summary>Its id is in use on the stream.</summary>
    DuplicateId,

    /// <summary>Its first revision is negative.</summary>
    NegativeRevision,
}
