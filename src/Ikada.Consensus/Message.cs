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
    /// <see cref="MessageType.PreVote"/> and its grant carry the term the candidate would have. Forwarded
    /// messages: the term of the leader they are meant for.
    /// </summary>
    public Term Term { get; init; }

    /// <summary>
    /// PreVote, Vote: the candidate's last entry. Append: the entry before the first one carried.
    /// AppendReply: accepted: the highest durable entry known to match (term unused); rejected: where the
    /// follower's log may agree (§5.3). ForwardProposalReply: where the first proposal was appended.
    /// ForwardReadReply: the read index.
    /// </summary>
    public LogPosition Position { get; init; }

    /// <summary>
    /// Append: the last index carried, equal to <c>Position.Index</c> when there are no entries.
    /// AppendReply, rejected: <c>Position.Index</c> of the rejected Append, so that stale rejections are
    /// recognized.
    /// </summary>
    public LogIndex End { get; init; }

    /// <summary>Append: the leader's commit index. Heartbeat: the lower of it and what the follower
    /// verifiably holds.</summary>
    public LogIndex Commit { get; init; }

    /// <summary>Heartbeat, HeartbeatReply: the number of the round, growing within a term.</summary>
    public ulong Round { get; init; }

    /// <summary>Forwarded messages and their replies: the number the origin gave, unique within its start
    /// count.</summary>
    public ulong Sequence { get; init; }

    /// <summary>Replies: refused.</summary>
    public bool Reject { get; init; }
}
