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
    /// <see cref="InputKind.LogFlushed"/>. They are those of the input, from <see cref="Effect.Skip"/> on and
    /// no more than up to Last; in <see cref="Effect.Term"/> for proposals; the leader's empty entry where
    /// the input has none.
    /// </summary>
    AppendToLog,

    /// <summary>
    /// Send <see cref="Effect.Message"/>; for an Append or EntryReply with the entries from <c>Position.Index
    /// + 1</c> to
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

    /// <summary>Something that an operator or a waiting client should know: <see cref="Effect.Fact"/> about
    /// <see cref="Effect.Peer"/>.</summary>
    Observe,

    /// <summary>
    /// The log no longer holds what <see cref="Effect.Peer"/> needs: send it a snapshot that ends at or after
    /// <see cref="Effect.First"/>. Answer with <see cref="InputKind.SnapshotStarted"/> when it is on its way
    /// (or nothing, if there is none yet: it is asked for again), and <see cref="InputKind.SnapshotEnded"/>.
    /// </summary>
    SendSnapshot,

    /// <summary>The peer caught up by the log, or this node does not lead any more: a transfer to it is of no
    /// use. If one is under way it ends, and its end is not reported.</summary>
    AbortSnapshot,

    /// <summary>
    /// Put the snapshot that just arrived in force, in this order: (1) its file is durable; (2) the log keeps
    /// its tail if <see cref="Effect.KeepsTail"/>, else drops everything, in one record with base and
    /// membership, synced; (3) the state machine is restored. Then <see cref="InputKind.SnapshotInstalled"/>.
    /// </summary>
    InstallSnapshot,

    /// <summary>The snapshot that arrived is old or not wanted: delete it.</summary>
    DropSnapshot,

    /// <summary>Write entries First to Last of this input, from <see cref="Effect.Skip"/> on, in place of the
    /// damaged ones, then <see cref="InputKind.LogRepaired"/>.</summary>
    RepairLog,

    /// <summary>The transfer of leadership that was asked for ended: <see cref="Effect.Transfer"/>.</summary>
    EndTransfer,
}

/// <summary>How a transfer of leadership ended.</summary>
public enum TransferOutcome : byte
{
    /// <summary>Not ended.</summary>
    None = 0,

    /// <summary>Another node leads.</summary>
    Done,

    /// <summary>The target already led.</summary>
    AlreadyLeads,

    /// <summary>This node does not lead.</summary>
    NotLeader,

    /// <summary>The target is not a voter.</summary>
    NotAVoter,

    /// <summary>Nobody could take over: no other voter is in touch.</summary>
    NoTarget,

    /// <summary>The target did not take over within an election timeout.</summary>
    TimedOut,

    /// <summary>Another transfer was asked for meanwhile.</summary>
    Replaced,
}

/// <summary>A fact that consensus sees and others should know.</summary>
public enum Fact : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A member runs under another incarnation than the one bound to it: its disk was wiped. It is
    /// refused votes and acknowledgements until it has been added again as a learner.</summary>
    PeerWiped,

    /// <summary>A process speaks with a lower start count than was seen: a copied or rolled-back
    /// directory.</summary>
    PeerRolledBack,

    /// <summary>A member lost entries that it had acknowledged in this term: treated as wiped.</summary>
    PeerLostLog,

    /// <summary>This node itself lost entries that it had acknowledged: it votes, acknowledges and campaigns
    /// no more.</summary>
    LostLog,

    /// <summary>A message that no correct process sends was ignored.</summary>
    PeerMisbehaved,

    /// <summary>This node's own disk has not answered for too long: it gives up leadership.</summary>
    DiskStuck,

    /// <summary>Check-quorum: no majority was heard for an election timeout.</summary>
    QuorumLost,

    /// <summary>This node is not a member any more, by a committed membership.</summary>
    Removed,

    /// <summary>This node's log is whole again.</summary>
    LogWhole,

    /// <summary>This node knows again where its log must reach: it votes.</summary>
    NoLongerUnsure,

    /// <summary>All other members were asked for entries that this node cannot read, and none has them. It
    /// goes on asking.</summary>
    NobodyHasEntries,

    /// <summary>The group sleeps.</summary>
    Quiesced,

    /// <summary>The group is awake.</summary>
    Awake,
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

    /// <summary>Leadership is being handed over.</summary>
    Transferring,

    /// <summary>Another membership change is not committed yet, or no entry of this leader's term
    /// is.</summary>
    MembershipChangePending,

    /// <summary>The change cannot be made: <see cref="Effect.Reason"/> says why.</summary>
    MembershipInvalid,

    /// <summary>A learner to be promoted lags too far behind.</summary>
    LearnerNotReady,

    /// <summary>The log of this node, or of the leader, or of so many voters that nothing could be committed,
    /// has no room for commands.</summary>
    NoSpace,

    /// <summary>A change would forget the incarnation of a member that was heard under it within an election
    /// timeout, and was not to do that.</summary>
    MemberIsAlive,

    /// <summary>The node asked is quarantined: a majority holds another state than it does. It takes that
    /// state over by itself; ask another one meanwhile.</summary>
    Quarantined,

    /// <summary>A change was judged by members that are not in force any more: judge it again.</summary>
    MembershipMoved,
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

    /// <summary>Observe, SendSnapshot, AbortSnapshot: about whom. EndTransfer: the target.</summary>
    public NodeId Peer { get; init; }

    /// <summary>Observe: what.</summary>
    public Fact Fact { get; init; }

    /// <summary>EndTransfer: how it ended.</summary>
    public TransferOutcome Transfer { get; init; }

    /// <summary>AppendToLog of an entry that the core itself made: the membership in it, else null. The entry
    /// is of kind <see cref="EntryKind.Membership"/>. InstallSnapshot: the membership as of the
    /// snapshot.</summary>
    public Membership? Membership { get; init; }

    /// <summary>RefuseProposal with MembershipInvalid: why, naming member, value and remedy.</summary>
    public string? Reason { get; init; }

    /// <summary>AnswerRead: until when it may be served, by the node's own clock read again after the read;
    /// later it must be asked for anew. <see cref="Instant.Never"/> without a lease.</summary>
    public Instant ExpiresAt { get; init; }

    /// <summary>InstallSnapshot: the log holds the snapshot's last entry, so what follows it stays.</summary>
    public bool KeepsTail { get; init; }

    /// <summary>Send: the message.</summary>
    public Message Message { get; init; }
}
