using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>What became of a snapshot.</summary>
public enum SnapshotFactKind : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>One was taken here: its file is durable and has been read back.</summary>
    Taken,

    /// <summary>One arrived whole at a peer.</summary>
    Sent,

    /// <summary>One arrived whole here.</summary>
    Received,

    /// <summary>One that arrived is in force in log and state machine.</summary>
    Installed,

    /// <summary>The log was compacted: it starts after the position.</summary>
    LogCompacted,

    /// <summary>One could not be taken or received; the text says why. It is tried again.</summary>
    Failed,

    /// <summary>The state before the log's base is lost: others are asked for a snapshot.</summary>
    StateMissing,
}

/// <summary>Something that an operator should know of snapshots.</summary>
/// <param name="Kind">What.</param>
/// <param name="Position">The last entry in the snapshot, or the log's new base.</param>
public readonly record struct SnapshotFact(SnapshotFactKind Kind, LogPosition Position)
{
    /// <summary>Sent, Received: the other node.</summary>
    public NodeId Peer { get; init; }

    /// <summary>The bytes of the file; LogCompacted: those of the entries forgotten.</summary>
    public long Bytes { get; init; }

    /// <summary>Sent, Received: the bytes that were sent or arrived for it, those sent again
    /// included.</summary>
    public long BytesMoved { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>Failed: why, naming file and remedy.</summary>
    public string? Reason { get; init; }
}
