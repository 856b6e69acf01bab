using Ikada.Primitives;

namespace Ikada.Log.Inspection;

/// <summary>Takes what <see cref="LogContents"/> finds, in the order of the stream.</summary>
public interface ILogVisitor
{
    /// <summary>A segment begins.</summary>
    void Segment(SegmentSeen segment);

    /// <summary>A batch whose header can be read; its records follow as far as they can.</summary>
    void Batch(BatchSeen batch);

    /// <summary>A record of the last batch.</summary>
    void Record(RecordSeen record);

    /// <summary>A place in which nothing can be read.</summary>
    void Unreadable(string file, long offsetBytes, long endBytes, string what);
}

/// <summary>A segment file.</summary>
/// <param name="File">Its name.</param>
/// <param name="Sequence">Its number.</param>
/// <param name="FileBytes">Its length.</param>
public sealed record SegmentSeen(string File, ulong Sequence, long FileBytes)
{
    /// <summary>Whether the head can be read: if not, the segment is not in use, or damaged.</summary>
    public bool HasHead { get; init; }

    /// <summary>Where the first batch begins.</summary>
    public int HeadBytes { get; init; }

    /// <summary>The random number of this use.</summary>
    public ulong UseId { get; init; }

    /// <summary>Whose it is.</summary>
    public NodeId Node { get; init; }

    /// <summary>Of which cluster.</summary>
    public ClusterId Cluster { get; init; }

    /// <summary>Under which incarnation it was written.</summary>
    public Incarnation Incarnation { get; init; }

    /// <summary>Where the segment before ends.</summary>
    public long PredecessorEndBytes { get; init; }

    /// <summary>What the head says of each group.</summary>
    public IReadOnlyList<GroupSeen> Groups { get; init; } = [];
}

/// <summary>What a head or a batch says of a group.</summary>
/// <param name="Group">Which.</param>
/// <param name="HardState">Its term, vote and commit index.</param>
/// <param name="Last">Its last entry.</param>
public sealed record GroupSeen(GroupId Group, HardState HardState, LogPosition Last)
{
    /// <summary>Its base; heads only.</summary>
    public LogPosition Base { get; init; }

    /// <summary>Whether acknowledged entries may be missing; heads only.</summary>
    public bool IsUnsure { get; init; }

    /// <summary>Whether a vote may be lost; heads only.</summary>
    public bool LostHardState { get; init; }
}

/// <summary>A batch: one write and one sync.</summary>
/// <param name="File">Where.</param>
/// <param name="OffsetBytes">From where on.</param>
/// <param name="Bytes">Its length, padding included.</param>
/// <param name="Records">How many records its header names.</param>
/// <param name="SyncedUpToBytes">Up to where the segment was known synced when it was written.</param>
public sealed record BatchSeen(
    string File, long OffsetBytes, int Bytes, int Records, long SyncedUpToBytes)
{
    /// <summary>Its table.</summary>
    public IReadOnlyList<GroupSeen> Groups { get; init; } = [];

    /// <summary>What is wrong with it; null: nothing.</summary>
    public string? Fault { get; init; }
}

/// <summary>A record.</summary>
/// <param name="File">Where.</param>
/// <param name="OffsetBytes">From where on.</param>
/// <param name="Kind">What it is, by the name in docs/internals/log-format.md.</param>
/// <param name="Group">Whose.</param>
/// <param name="Position">Index and term, as its kind means them.</param>
/// <param name="BodyBytes">The length of its body.</param>
public sealed record RecordSeen(
    string File, long OffsetBytes, string Kind, GroupId Group, LogPosition Position, int BodyBytes)
{
    /// <summary>Whether it is an entry, or one written forward.</summary>
    public bool IsEntry { get; init; }

    /// <summary>The kind of an entry.</summary>
    public EntryKind EntryKind { get; init; }

    /// <summary>Whether its body is as it was written.</summary>
    public bool IsWhole { get; init; }

    /// <summary>The membership that an entry, or the base of a group, holds; null: none, or it is not as it
    /// was written.</summary>
    public Membership? Membership { get; init; }

    /// <summary>The vote of a hard state.</summary>
    public NodeId Vote { get; init; }
}
