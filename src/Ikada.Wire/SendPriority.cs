using Ikada.Consensus;

namespace Ikada.Wire;

/// <summary>Which messages a full queue must still take.</summary>
public static class SendPriority
{
    /// <summary>Whether messages of that type have a reserve of their own in the queue to a peer: a queue
    /// full of entries must never silence a leader or hold up an election.</summary>
    public static bool IsUrgent(MessageType type) => type is MessageType.PreVote or MessageType.PreVoteReply
        or MessageType.Vote or MessageType.VoteReply or MessageType.Heartbeat or MessageType.HeartbeatReply
        or MessageType.TimeoutNow or MessageType.LastPositionRequest or MessageType.LastPositionReply
        or MessageType.Quiesce or MessageType.Wake;
}
