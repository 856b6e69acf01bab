using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>What a message between nodes asks or answers. The numbers are on the wire: never reuse
/// one.</summary>
public enum MessageType : byte
{
    /// <summary>Not a message.</summary>
    None = 0,

    /// <summary>"Would you vote for me in this term?" Changes nothing on either side (diss. §9.6).</summary>
    PreVote = 1,

    /// <summary>Answer to <see cref="PreVote"/>.</summary>
    PreVoteReply = 2,

    /// <summary>RequestVote (§5.2).</summary>
    Vote = 3,

    /// <summary>Answer to <see cref="Vote"/>.</summary>
    VoteReply = 4,

    /// <summary>AppendEntries (§5.3). Without entries it probes, or tells the commit index.</summary>
    Append = 5,

    /// <summary>Answer to <see cref="Append"/>; on acceptance sent only for what is durable.</summary>
    AppendReply = 6,

    /// <summary>The leader lives; also the round that confirms reads (diss. §6.4).</summary>
    Heartbeat = 7,

    /// <summary>Answer to <see cref="Heartbeat"/>.</summary>
    HeartbeatReply = 8,

    /// <summary>A follower hands a client's proposals to the leader of the named term.</summary>
    ForwardProposal = 9,

    /// <summary>Where the leader appended forwarded proposals, or that it refused them.</summary>
    ForwardProposalReply = 10,

    /// <summary>A follower asks the leader of the named term for a read index.</summary>
    ForwardRead = 11,

    /// <summary>The read index, or a refusal.</summary>
    ForwardReadReply = 12,

    /// <summary>"Campaign now": the leader hands over (diss. §3.10).</summary>
    TimeoutNow = 13,

    /// <summary>A follower passes a client's wish for a transfer on to the leader; <c>Sequence</c> is the
    /// wanted node's id, 0 for the best.</summary>
    TransferRequest = 14,

    /// <summary>An unsure node asks for the receiver's last position and commit index.</summary>
    LastPositionRequest = 15,

    /// <summary>Answer to <see cref="LastPositionRequest"/>.</summary>
    LastPositionReply = 16,

    /// <summary>A node with a damaged log asks any peer for the entries after <c>Position.Index</c> up to
    /// <c>End</c>, all of the term <c>Position.Term</c>; 0 if the terms are lost too.</summary>
    EntryRequest = 17,

    /// <summary>The entries from <c>Position.Index + 1</c> to <c>End</c>, or a refusal.</summary>
    EntryReply = 18,

    /// <summary>The leader sees every member at <c>Commit</c> with nothing to do: the group goes to
    /// sleep.</summary>
    Quiesce = 19,

    /// <summary>A member of a sleeping group has something to do: its leader sends heartbeats
    /// again.</summary>
    Wake = 20,

    /// <summary>A snapshot whose last entry is <c>Position</c>, complete at the receiver. Handed to the core
    /// by the host, with its membership; never a frame of its own.</summary>
    InstallSnapshot = 21,

    /// <summary>A snapshot is offered, whose descriptor is the body of the one entry beside it. The host's
    /// own, as all of the following: consensus does not see them.</summary>
    SnapshotOffer = 22,

    /// <summary>How much of an offered snapshot the receiver has, so where to go on; all of it: it has
    /// arrived, or is not needed. Refused: it is not taken.</summary>
    SnapshotAnswer = 23,

    /// <summary>A piece of an offered snapshot: the body of the one entry beside it.</summary>
    SnapshotPiece = 24,

    /// <summary>A node that lost its snapshots, or entries that no other node has any more, asks for one that
    /// ends at or after <c>Position.Index</c>.</summary>
    SnapshotRequest = 25,

    /// <summary>The leader to a member: at <c>Position.Index</c> a majority of the voters has the state hash
    /// in <c>Sequence</c>, and the receiver another one. Refused: no majority has one.</summary>
    StateVerdict = 26,

    /// <summary>The leader to a member: what has your state machine stored at
    /// <c>Position.Index</c>?</summary>
    StateScrub = 27,

    /// <summary>Answer to <see cref="StateScrub"/>: the hash of all stored bytes at <c>Position.Index</c> is
    /// <c>Sequence</c>, the state hash there <c>Round</c>. Refused: the index was passed, or the state cannot
    /// be read.</summary>
    StateScrubbed = 28,
}

/// <summary>What a message says besides its type. The bits are on the wire: never reuse one.</summary>
[Flags]
public enum MessageFlags : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Replies: refused. The same bit as <see cref="Message.Reject"/>.</summary>
    Reject = 1,

    /// <summary>Vote, PreVote: asked for by the leader itself (<see cref="MessageType.TimeoutNow"/>): a
    /// living leader does not stand against it (diss. §3.10).</summary>
    Transfer = 2,

    /// <summary>Heartbeat: the leader wants a lease. HeartbeatReply: the sender's own durable log has leases
    /// on, and it grants nobody a vote for a lease from now.</summary>
    Lease = 4,

    /// <summary>AppendReply, HeartbeatReply: the sender's log has lost entries it had acknowledged in this
    /// term: it is treated as wiped.</summary>
    LostLog = 8,

    /// <summary>LastPositionReply: the sender is unsure too; its position is what it can read.</summary>
    Unsure = 16,

    /// <summary>LastPositionReply: the sender leads its term.</summary>
    Leads = 32,

    /// <summary>AppendReply, HeartbeatReply: the sender's log has no room for commands; it acknowledges none
    /// that it did not take. ForwardProposalReply: refused for that reason.</summary>
    Full = 64,
}

/// <summary>
/// A message between nodes. One struct for all types, so that the replication path allocates nothing; the
/// comment on each field says which types use it. Entries travel beside it.
/// </summary>
public readonly record struct Message
{
    /// <summary>What it asks or answers.</summary>
    public MessageType Type { get; init; }

    /// <summary>The sender.</summary>
    public NodeId From { get; init; }

    /// <summary>The receiver.</summary>
    public NodeId To { get; init; }

    /// <summary>
    /// The sender's term, never above its durable one. Two exceptions (diss. §9.6):
    /// <see cref="MessageType.PreVote"/> and its grant carry the term the candidate would have.
    /// LastPositionRequest: the lowest term that an answer counts in. Forwarded messages: the term of the
    /// leader they are meant for.
    /// </summary>
    public Term Term { get; init; }

    /// <summary>
    /// PreVote, Vote: the candidate's last entry. Append: the entry before the first one carried.
    /// AppendReply: accepted: the highest durable entry known to match (term unused); rejected: where the
    /// follower's log may agree (§5.3). ForwardProposalReply: where the first proposal was appended.
    /// ForwardReadReply: the read index. Heartbeat: the index is what the receiver has acknowledged in this
    /// term (term unused): a log that ends before it has lost entries. LastPositionRequest,
    /// LastPositionReply: the sender's last entry. EntryRequest, EntryReply: the entry before the first one
    /// wanted or carried; in a request the term is that of the wanted entries. InstallSnapshot and
    /// the transfer of snapshots: the last entry in the snapshot. SnapshotRequest: where it must end at
    /// the least. HeartbeatReply: an index at which the sender's state machine stood, 0 if it says none.
    /// StateVerdict, StateScrub, StateScrubbed: the index that is judged, wanted or read.
    /// </summary>
    public LogPosition Position { get; init; }

    /// <summary>
    /// Append, EntryReply: the last index carried, equal to <c>Position.Index</c> when there are no entries.
    /// EntryRequest: the last index wanted. LastPositionReply: the newest membership entry that the sender
    /// holds. Heartbeat: the number of the incarnation that Position is about; 0 while none is bound.
    /// SnapshotOffer, SnapshotAnswer, SnapshotPiece: the lower half of the snapshot's hash.
    /// StateVerdict: the last index where the receiver's state was found to be the majority's, or 0.
    /// StateScrubbed, refused: 1 if the index was passed, 2 if the state cannot be read.
    /// AppendReply, rejected: <c>Position.Index</c> of the rejected Append, so that stale rejections are
    /// recognized.
    /// </summary>
    public LogIndex End { get; init; }

    /// <summary>Append: the leader's commit index. Heartbeat: the lower of it and what the follower
    /// verifiably holds. LastPositionReply, EntryReply: the sender's. EntryRequest: what its
    /// state machine held durably when it started. Quiesce: where all members stand. StateScrub,
    /// StateScrubbed: the number of the round.</summary>
    public LogIndex Commit { get; init; }

    /// <summary>Heartbeat, HeartbeatReply: the number of the round, growing within a term. EntryRequest: the
    /// index of the first entry after the wanted ones whose term the asker knows, where the wanted terms are
    /// lost. EntryReply: the same, if the sender holds that entry: then both logs are equal before it.
    /// LastPositionReply: what the sender's log stands on, its term in <see cref="Sequence"/>. SnapshotPiece:
    /// where in the file it belongs. SnapshotAnswer: up to where the receiver has the file; refused: 1 if
    /// what arrived is damaged, 0 if it is not wanted. StateVerdict: 1 if the hash is that of the stored
    /// bytes, 0 if it is the state hash. StateScrubbed: the state hash.</summary>
    public ulong Round { get; init; }

    /// <summary>Forwarded messages and their replies: the number the origin gave, unique within its start
    /// count. TransferRequest: the id of the wanted node, or 0. Heartbeat with
    /// <see cref="MessageFlags.Lease"/>: how long a promise is asked for, in 100 ns. EntryRequest,
    /// EntryReply, LastPositionReply: the term of the entry that <see cref="Round"/> names. SnapshotOffer:
    /// the number the sender gave it; its pieces and answers bear the same. SnapshotRequest: 1 if the sender
    /// is quarantined and takes only one that the majority is known to agree with. HeartbeatReply,
    /// StateVerdict: the state hash at <see cref="Position"/>. StateScrubbed: that of the stored
    /// bytes.</summary>
    public ulong Sequence { get; init; }

    /// <summary>Replies: refused.</summary>
    public bool Reject
    {
        get => (Flags & MessageFlags.Reject) != 0;
        init => Flags = value ? Flags | MessageFlags.Reject : Flags & ~MessageFlags.Reject;
    }

    /// <summary>What it says besides.</summary>
    public MessageFlags Flags { get; init; }

    /// <summary>Whether all of <paramref name="flags"/> are set.</summary>
    public bool Has(MessageFlags flags) => (Flags & flags) == flags;
}
