using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>A client's write on its way. The host derives from it to be told the outcome.</summary>
public abstract class Proposal(ReadOnlyMemory<byte> command)
{
    /// <summary>The command: immutable until the outcome is known and beyond, since the log's tail holds
    /// it.</summary>
    public ReadOnlyMemory<byte> Command { get; } = command;

    /// <summary>Called exactly once, from the thread of the replica or of apply.</summary>
    public abstract void Complete(in WriteOutcome outcome);
}

/// <summary>Somebody's wish to change membership or settings, on its way. It is applied when the entry is
/// committed and this node's state machine stands there; no command goes to the state machine.</summary>
public abstract class MembershipProposal(MembershipChange change) : Proposal(default)
{
    /// <summary>What is wanted.</summary>
    public MembershipChange Change { get; } = change;
}

/// <summary>Somebody's wish that another node lead.</summary>
/// <param name="target">Who should, or none for the best.</param>
public abstract class TransferRequest(NodeId target)
{
    /// <summary>Who should lead; none: whoever is best.</summary>
    public NodeId Target { get; } = target;

    /// <summary>Called exactly once, from the thread of the replica.</summary>
    public abstract void Complete(TransferOutcome outcome, NodeId leader);
}

/// <summary>A client's linearizable read on its way.</summary>
public abstract class ReadRequest
{
    /// <summary>Whether a lease must not be used: for a read whose lease had passed when it was
    /// done.</summary>
    public virtual bool WithoutLease => false;

    /// <summary>Called exactly once, from the thread of the replica, when the state machine is new enough,
    /// or on refusal.</summary>
    public abstract void Complete(in ReadOutcome outcome);
}

/// <summary>What became of a write.</summary>
public enum OutcomeKind : byte
{
    /// <summary>It may still happen, or not: its leader was lost before the answer was known.</summary>
    Unknown = 0,

    /// <summary>It is committed and applied here.</summary>
    Applied,

    /// <summary>It did not happen and never will.</summary>
    Refused,
}

/// <summary>The outcome of a write.</summary>
/// <param name="Kind">Applied, refused or unknown.</param>
/// <param name="Position">Applied: the entry. Else default.</param>
/// <param name="Result">Applied: the state machine's result.</param>
/// <param name="Refusal">Refused: why.</param>
/// <param name="Leader">Refused: who leads, if known.</param>
/// <param name="Reason">Refused as invalid: why, naming member, value and remedy.</param>
public readonly record struct WriteOutcome(
    OutcomeKind Kind, LogPosition Position, ReadOnlyMemory<byte> Result, Refusal Refusal, NodeId Leader,
    string? Reason = null)
{
    /// <summary>Committed and applied.</summary>
    public static WriteOutcome Applied(LogPosition position, ReadOnlyMemory<byte> result) =>
        new(OutcomeKind.Applied, position, result, Refusal.None, NodeId.None);

    /// <summary>Never appended, or overwritten by a committed entry.</summary>
    public static WriteOutcome Refused(Refusal refusal, NodeId leader, string? reason = null) =>
        new(OutcomeKind.Refused, default, default, refusal, leader, reason);

    /// <summary>May still happen.</summary>
    public static WriteOutcome Unknown { get; }
}

/// <summary>The outcome of a read request.</summary>
/// <param name="Ready">Whether the state machine now holds all that was committed when the read
/// began.</param>
/// <param name="Index">Ready: the read index.</param>
/// <param name="Refusal">Not ready: why.</param>
/// <param name="Leader">Not ready: who leads, if known.</param>
/// <param name="ExpiresAt">Ready under a lease: until when what is read counts; the clock is read again after
/// the read, and past this it is asked for again without a lease. Without one: <see
/// cref="Instant.Never"/>.</param>
public readonly record struct ReadOutcome(
    bool Ready, LogIndex Index, Refusal Refusal, NodeId Leader, Instant ExpiresAt)
{
    /// <summary>Not ready.</summary>
    public static ReadOutcome Refused(Refusal refusal, NodeId leader) =>
        new(false, default, refusal, leader, Instant.Never);
}
