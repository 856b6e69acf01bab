using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>How a membership changes.</summary>
public enum ChangeMode : byte
{
    /// <summary>As one step if at most one voter changes, else joint, left by itself.</summary>
    Auto = 0,

    /// <summary>As one step: at most one voter may change (diss. §4.1).</summary>
    Simple,

    /// <summary>Enters a joint state, left by itself once it is committed (diss. §4.3).</summary>
    JointAutoLeave,

    /// <summary>Enters a joint state that stays until <see cref="LeaveJoint"/>.</summary>
    JointExplicit,

    /// <summary>Leaves the joint state; names no members.</summary>
    LeaveJoint,
}

/// <summary>What becomes of one member.</summary>
public enum MemberChangeKind : byte
{
    /// <summary>Not a change.</summary>
    None = 0,

    /// <summary>It votes from now on; a learner only once it has caught up.</summary>
    Voter,

    /// <summary>It receives entries and is not counted. A voter is demoted.</summary>
    Learner,

    /// <summary>It leaves the group.</summary>
    Remove,

    /// <summary>Only its attributes or priority change.</summary>
    Update,
}

/// <summary>What becomes of one member.</summary>
/// <param name="Kind">What.</param>
/// <param name="Id">Of whom.</param>
public readonly record struct MemberChange(MemberChangeKind Kind, NodeId Id)
{
    /// <summary>Its attributes from now on; null: as they are.</summary>
    public ReadOnlyMemory<byte>? Attributes { get; init; }

    /// <summary>Its priority from now on; null: as it is.</summary>
    public byte? Priority { get; init; }

    /// <summary>Whether the incarnation bound to it is forgotten: the node that comes next under this id is a
    /// new one. Only for one that becomes a learner: so a node with a wiped disk comes back.</summary>
    public bool ForgetsIncarnation { get; init; }

    /// <summary>Whether the change is refused (<see cref="Refusal.MemberIsAlive"/>) while the leader hears
    /// the member under the incarnation bound to it: somebody else claims its id.</summary>
    public bool OnlyIfSilent { get; init; }
}

/// <summary>A wish to change membership or settings of the group.</summary>
public sealed record MembershipChange
{
    /// <summary>How.</summary>
    public ChangeMode Mode { get; init; }

    /// <summary>What becomes of whom, in order.</summary>
    public IReadOnlyList<MemberChange> Members { get; init; } = [];

    /// <summary>The <see cref="Membership.Fingerprint"/> of the members by which the change was judged: with
    /// others in force it is refused (<see cref="Refusal.MembershipMoved"/>). Null: whoever is in
    /// force.</summary>
    public ulong? Expected { get; init; }

    /// <summary>The group's lease from now on (zero: off); null: as it is.</summary>
    public TimeSpan? Lease { get; init; }
}
