using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>What became of the comparison of states.</summary>
public enum StateFactKind : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A majority holds another state than this node, which is quarantined: it serves no reads and
    /// gives no snapshot, and takes one of the agreeing majority.</summary>
    Quarantined,

    /// <summary>This node was quarantined when it was stopped, and still is.</summary>
    StillQuarantined,

    /// <summary>The state is that of the majority again.</summary>
    Rebuilt,

    /// <summary>Leader: the majority, this node among it, holds another state than a member.</summary>
    MemberDiffers,

    /// <summary>No majority holds one state: nobody can tell who is right.</summary>
    Disputed,

    /// <summary>A majority holds one state again.</summary>
    Settled,

    /// <summary>This node has read all that its state machine has stored, as of an index.</summary>
    Scrubbed,

    /// <summary>This node cannot read its state whole.</summary>
    Unreadable,

    /// <summary>Leader: what the members have stored at an index was compared.</summary>
    StoresCompared,
}

/// <summary>Something that an operator should know of the comparison of states.</summary>
/// <param name="Kind">What.</param>
/// <param name="Agreed">The last index where the states were found equal; 0: none is known.</param>
/// <param name="Differs">The first index where they were found to differ. Between the two the wrong effect
/// lies. Of stored bytes: the index at which they were read.</param>
public readonly record struct StateFact(StateFactKind Kind, LogIndex Agreed, LogIndex Differs)
{
    /// <summary>MemberDiffers: which.</summary>
    public NodeId Peer { get; init; }

    /// <summary>Quarantined, MemberDiffers: whether the stored bytes differ; else an effect went
    /// wrong.</summary>
    public bool IsStored { get; init; }

    /// <summary>Unreadable, and Quarantined for that: what the state machine said. Else null.</summary>
    public string? Reason { get; init; }

    /// <summary>Scrubbed: how many bytes were read.</summary>
    public long Bytes { get; init; }

    /// <summary>Scrubbed: how long it took.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>StoresCompared: how many members were compared, the leader among them.</summary>
    public int Members { get; init; }

    /// <summary>StoresCompared: how many of them a majority contradicts.</summary>
    public int OddMembers { get; init; }
}
