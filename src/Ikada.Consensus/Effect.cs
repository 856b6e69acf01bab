using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// The closed set of things the core asks of its host. They are carried out in order. What must be durable
/// before what may leave:
/// <list type="number">
/// <item>A term or vote is durable before any message that shows it leaves. The core holds such a message
/// back until
/// <see cref="InputKind.HardStateSaved"/>: a <see cref="Send"/> may always leave at once.</item>
/// <item>An entry is durable on a node before that node acknowledges it or counts itself for it: the
/// acknowledgement is sent, and the leader's own match rises, on <see cref="InputKind.LogFlushed"/>.</item>
/// <item>A <see cref="TruncateLog"/> reaches the disk before the entries appended after it, in the same
/// order.</item>
/// <item>An entry is applied only when committed and durable on this node (the host compares both).</item>
/// </list>
/// </summary>
public enum EffectKind : byte
{
    /// <summary>Not an effect.</summary>
    None = 0,

    /// <summary>Make term and vote durable, then give them back as
    /// <see cref="InputKind.HardStateSaved"/>.</summary>
    SaveHardState,

    /// <summary>Drop the entries from <see cref="Effect.First"/> on; they conflict with the leader's
    /// (§5.3).</summary>
    TruncateLog,

    /// <summary>
    /// Append entries <see cref="Effect.First"/> to <see cref="Effect.Last"/> and make them durable, then
    /// <see cref="InputKind.LogFlushed"/>. They are those of the input, from <see cref="Effect.Skip"/> on; in
    /// <see cref="Effect.Term"/> for proposals; the leader's empty entry where the input has none.
    /// </summary>
    AppendToLog,

    /// <summary>
    /// Send <see cref="Effect.Message"/>; for an Append with the entries from <c>Position.Index + 1</c> to
    /// <c>End</c> in front of <see cref="Effect.LastTerm"/>. If the log no longer holds that term at
    /// <c>End</c>, drop it and say so.
    /// </summary>
    Send,

    /// <summary>Everything up to <see cref="Effect.Last"/> is committed (§5.3, §5.4.2).</summary>
    Commit,

    /// <summary>The proposals of this input were appended: entries First to Last of Term.</summary>
    AcceptProposal,

    /// <summary>The proposals of this input were not appended and never will be:
    /// <see cref="Effect.Refusal"/>.</summary>
    RefuseProposal,

    /// <summary>The read may be served once <see cref="Effect.Last"/> is applied (diss. §6.4).</summary>
    AnswerRead,

    /// <summary>The read cannot be served here: <see cref="Effect.Refusal"/>.</summary>
    RefuseRead,

    /// <summary>Role, term or known leader changed: a fact for logs, metrics and waiting clients.</summary>
    ObserveRole,
}

/// <summary>Why the core did not take a proposal or read. Nothing happened; it may be tried again,
/// elsewhere or later.</summary>
public enum Refusal : byte
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>Another node leads; <see cref="Effect.Leader"/> says which.</summary>
    NotLeader,

    /// <summary>Nobody is known to lead.</summary>
    NoLeader,

    /// <summary>Too many bytes are appended but not committed.</summary>
    TooMuchUncommitted,

    /// <summary>The leader stepped down before the read was confirmed.</summary>
    LeadershipLost,

    /// <summary>A queue on the way was full.</summary>
    Overloaded,
}

/// <summary>What a node is in its group.</summary>
public enum Role : byte
{
    /// <summary>Follows a leader, or waits for one.</summary>
    Follower = 0,

    /// <summary>Asks whether it would be elected (diss. §9.6).</summary>
    PreCandidate,

    /// <summary>Asks for votes (§5.2).</summary>
    Candidate,

    /// <summary>Leads (§5.3).</summary>
    Leader,
}

/// <summary>One thing the core asks of its host. Valid until the next step.</summary>
public readonly record struct Effect
{
    /// <summary>Which.</summary>
    public EffectKind Kind { get; init; }

    /// <summary>ObserveRole: the role now.</summary>
    public Role Role { get; init; }

    /// <summary>RefuseProposal, RefuseRead: why.</summary>
    public Refusal Refusal { get; init; }

    /// <summary>AppendToLog: how many entries of the input to leave out, since the log holds them
    /// already.</summary>
    public int Skip { get; init; }

    /// <summary>AppendToLog, AcceptProposal, TruncateLog: the first index.</summary>
    public LogIndex First { get; init; }

    /// <summary>AppendToLog, AcceptProposal: the last index. Commit: the commit index. AnswerRead: the read
    /// index.</summary>
    public LogIndex Last { get; init; }

    /// <summary>SaveHardState, AcceptProposal, ObserveRole: the term; AppendToLog: the term of what is
    /// proposed.</summary>
    public Term Term { get; init; }

    /// <summary>Send of an Append: the term of the last entry carried. Commit: the term of the entry at
    /// Last.</summary>
    public Term LastTerm { get; init; }

    /// <summary>SaveHardState: the vote.</summary>
    public NodeId Vote { get; init; }

    /// <summary>ObserveRole, refusals: the leader known, or none.</summary>
    public NodeId Leader { get; init; }

    /// <summary>AnswerRead, RefuseRead: the caller's number.</summary>
    public ulong ReadId { get; init; }

    /// <summary>AppendToLog: to be given back in LogFlushed. Rises with each truncation, so that the
    /// completion of an entry that was since dropped and appended again is not taken for the new
    /// one.</summary>
    public ulong Generation { get; init; }

    /// <summary>Send: the message.</summary>
    public Message Message { get; init; }
}
