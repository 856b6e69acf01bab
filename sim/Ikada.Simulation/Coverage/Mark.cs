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

    /// <summary>A link that holds everything back kept a frame for longer than it would have
    /// taken.</summary>
    LinkClogged,

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

    /// <summary>Most nodes crashed at once.</summary>
    MajorityCrashed,

    ClockJumpedForward,
    ClockStoodStill,

    /// <summary>The power went in the middle of a start.</summary>
    CrashedInStart,

    /// <summary>A call on a disk failed: in the order of <see cref="Disk.DiskOperationKind"/> without those
    /// that are not let fail.</summary>
    CreateFailed,

    WriteFailed,
    SyncFailed,
    RenameFailed,
    SyncDirectoryFailed,

    /// <summary>A read of the log failed; below: of a snapshot, in a start.</summary>
    LogReadFailed,

    SnapshotReadFailed,
    ReadFailedInStart,

    /// <summary>A read of the log brought what stands elsewhere; below: of a snapshot.</summary>
    LogReadMisdirected,

    SnapshotReadMisdirected,

    /// <summary>A batch of a log stood where another one had been synced.</summary>
    BatchMisdirected,

    NoSpaceToCreate,
    NoSpaceToGrow,

    /// <summary>Calls of one thread fell between those of another.</summary>
    CallsInterleaved,

    /// <summary>A crash kept some unsynced sectors of a file and lost others.</summary>
    WriteTorn,

    /// <summary>A crash kept the new length of a file, and not all of what stands there.</summary>
    SizeWithoutData,

    /// <summary>A crash kept what was written behind the end of a file, and not the new length.</summary>
    DataWithoutSize,

    CreateLost,
    RenameLost,
    DeleteLost,

    /// <summary>Bits turned over in the middle of a log; below: anywhere in it, in the head of a
    /// segment.</summary>
    LogDamagedInside,

    LogDamagedAnywhere,
    SegmentHeadDamaged,

    /// <summary>While a core healed, a node stayed down; the four below stand in the order of
    /// <see cref="Outside"/>.</summary>
    OutsideDown,

    OutsideCutOff,
    OutsideDeaf,
    OutsideMute,
    OutsideSlow,

    /// <summary>A core served, and then the others healed.</summary>
    CoreServed,

    /// <summary>A write was refused, since a queue on the way was full; below: since too much was not
    /// committed.</summary>
    RefusedOverloaded,

    RefusedTooMuchUncommitted,

    OtherClusterRefused,
    WrongTargetRefused,
    StrangerRefused,
    OtherVersionRefused,

    /// <summary>A process over an old copy of a directory was refused.</summary>
    CopiedDirectoryRefused,

    /// <summary>A copy of a session's command that was applied got the first answer; below: the client had
    /// acknowledged it.</summary>
    CopyAnswered,

    CopySuperseded,

    /// <summary>A session was forgotten: one more was opened than there may be; it was unused for long; there
    /// were too many bytes of answers.</summary>
    SessionCrowdedOut,

    SessionIdle,
    SessionTooLarge,

    /// <summary>A client was told that its session is gone; below: it left one that lived.</summary>
    SessionExpired,

    SessionLeft,

    /// <summary>A node of a group that had nothing to do went to sleep; below: it was told that nothing comes
    /// any more of the process of its leader.</summary>
    GroupAsleep,

    LeaderSilentInSleep,

    /// <summary>A node whose state had gone wrong was told so by a majority; below: while it led; its
    /// quarantine outlived a restart; the state of the leader took the place of its own.</summary>
    FollowerQuarantined,

    LeaderQuarantined,
    QuarantineOutlivedRestart,
    StateRebuilt,

    /// <summary>What the members have stored was compared and found to be the same; below: what a node has
    /// stored had changed, and it was told so.</summary>
    StoresCompared,

    RotFound,

    /// <summary>A transaction was applied and its client told.</summary>
    TransactionApplied,

    /// <summary>A read was refused, since its revision was compacted away.</summary>
    CompactedReadRefused,

    /// <summary>A lease ran out; below: a client ended it, a renewal came before its end, what is left of it
    /// was noted.</summary>
    LeaseExpired,

    LeaseRevoked,
    ExpiryOvertaken,
    LeaseCheckpointed,

    /// <summary>A client that watches took nothing for long; below: its stream was full and its watchers
    /// waited.</summary>
    WatcherSlow,

    WatcherStalled,

    /// <summary>A watcher went on from where it was, mostly at another node; below: it was told that this was
    /// compacted away, and how far it is.</summary>
    WatcherResumed,

    WatcherCompacted,
    WatcherProgress,
}
