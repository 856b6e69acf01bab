namespace Ikada.Simulation.Coverage;

/// <summary>What a long run must have come by at least once, besides every kind of fault and every named
/// point of a crash: the sub-kinds of faults, and branches of the production code that only faults
/// reach.</summary>
internal enum Mark
{
    /// <summary>Frames were lost between two groups; the five below stand in the order of
    /// <see cref="Faults.PartitionShape"/>.</summary>
    PartitionHalves = 0,

    PartitionIsolated,
    PartitionBridge,
    PartitionRing,
    PartitionOneWay,
    PartitionFlapping,

    /// <summary>A node was told that the queue to a peer is full.</summary>
    QueueFull,

    /// <summary>A node was told that the queue to a peer has room again.</summary>
    QueueDrained,

    /// <summary>A node was told of messages that were never sent, since their connection broke.</summary>
    QueueDropped,

    /// <summary>A frame broke off in its header; below: behind it.</summary>
    TruncatedHeader,

    TruncatedPayload,

    /// <summary>Votes and pre-votes were lost, and nothing else; those below stand in the order of
    /// <see cref="Network.MessageClass"/>.</summary>
    LostVotes,

    LostVoteReplies,
    LostAppends,
    LostAppendReplies,
    LostHeartbeats,
    LostHeartbeatReplies,
    LostForwards,
    LostForwardReplies,
    LostSnapshots,
    LostRepairs,

    /// <summary>A message was too long for its link and not sent; below: refused by the receiver.</summary>
    TooLongToSend,

    TooLongToTake,

    ClockJumpedForward,
    ClockStoodStill,

    /// <summary>The power went in the middle of a start.</summary>
    CrashedInStart,
}
