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
}

/// <summary>Something that an operator should know of the comparison of states.</summary>
/// <param name="Kind">What.</param>
/// <param name="Agreed">The last index where the states were found equal; 0: none is known.</param>
/// <param name="Differs">The first index where they were found to differ. Between the two the wrong effect
/// lies.</param>
public readonly record struct StateFact(StateFactKind Kind, LogIndex Agreed, LogIndex Differs)
{
    /// <summary>MemberDiffers: which.</summary>
    public NodeId Peer { get; init; }
}
