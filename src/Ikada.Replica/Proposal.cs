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

/// <summary>A client's linearizable read on its way.</summary>
public abstract class ReadRequest
{
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
public readonly record struct WriteOutcome(
    OutcomeKind Kind, LogPosition Position, ReadOnlyMemory<byte> Result, Refusal Refusal, NodeId Leader)
{
    /// <summary>Committed and applied.</summary>
    public static WriteOutcome Applied(LogPosition position, ReadOnlyMemory<byte> result) =>
        new(OutcomeKind.Applied, position, result, Refusal.None, NodeId.None);

    /// <summary>Never appended, or overwritten by a committed entry.</summary>
    public static WriteOutcome Refused(Refusal refusal, NodeId leader) =>
        new(OutcomeKind.Refused, default, default, refusal, leader);

    /// <summary>May still happen.</summary>
    public static WriteOutcome Unknown { get; }
}

/// <summary>The outcome of a read request.</summary>
/// <param name="Ready">Whether the state machine now holds all that was committed when the read
/// began.</param>
/// <param name="Index">Ready: the read index.</param>
/// <param name="Refusal">Not ready: why.</param>
/// <param name="Leader">Not ready: who leads, if known.</param>
public readonly record struct ReadOutcome(bool Ready, LogIndex Index, Refusal Refusal, NodeId Leader);
