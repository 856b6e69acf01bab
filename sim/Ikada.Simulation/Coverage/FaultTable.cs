using Ikada.Simulation.Faults;

namespace Ikada.Simulation.Coverage;

/// <summary>What the simulator injects, fault by fault. docs/simulation/coverage.md is made from
/// it.</summary>
internal static class FaultTable
{
    /// <summary>All of F1 to F67.</summary>
    public static IReadOnlyList<FaultRow> Rows { get; } =
        [
            .. LinkRows(), .. MessageRows(), .. NodeRows(), .. DiskRows(), .. MachineRows(), .. ClientRows(),
            .. StoreRows(),
        ];

    private static IEnumerable<FaultRow> LinkRows() =>
    [
        new("F1 drop", "`SimulatedNetwork.Pass`") { Kinds = [FaultKind.Drop] },
        new("F2 delay", "`LinkConditions.Drawn`") { Kinds = [FaultKind.Delay] },
        new("F3 reorder", "`SimulatedNetwork.ArrivalTime`") { Kinds = [FaultKind.Reorder] },
        new("F4 duplicate", "`SimulatedNetwork.Pass`") { Kinds = [FaultKind.Duplicate] },
        new("F5 replay of an old message", "`FrameFates.Replayed`; over restarts of the receiver and terms. "
            + "Frames of a sender's earlier start are refused by the start count in their header, as the "
            + "transport does") { Kinds = [FaultKind.Replay] },
        new("F6 clogged link", "`FaultSchedule.ChangeWeather`")
        {
            Kinds = [FaultKind.Delay], Marks = [Mark.LinkClogged],
        },
        new("F7 queue overflow", "`LinkTroubles`, `SlowQueues`: small queues before slow wires; full, half "
            + "empty and never sent are told as the transport tells them")
        {
            Kinds = [FaultKind.Congest],
            Marks = [Mark.QueueFull, Mark.QueueDrained, Mark.QueueDropped],
        },
        new("F8 partitions", "`PartitionCutter.Cut`")
        {
            Kinds = [FaultKind.Partition],
            Marks =
            [
                Mark.PartitionHalves, Mark.PartitionIsolated, Mark.PartitionBridge, Mark.PartitionRing,
            ],
        },
        new("F9 one way", "`PartitionCutter.Cut`") { Marks = [Mark.PartitionOneWay] },
        new("F10 flapping", "`PartitionCutter.Flap`") { Marks = [Mark.PartitionFlapping] },
    ];

    private static IEnumerable<FaultRow> MessageRows() =>
    [
        new("F11 corrupted frame", "`FrameFates.Corrupted`") { Kinds = [FaultKind.Corrupt] },
        new("F12 truncated frame, reset", "`FrameFates.BrokenOff`: a frame breaks off in its header or "
            + "behind it, and its connection ends; `FaultSchedule.ResetSome`")
        {
            Kinds = [FaultKind.Truncate, FaultKind.Reset],
            Marks = [Mark.TruncatedHeader, Mark.TruncatedPayload],
        },
        new("F13 stale peer identity", "`PeerGreetings`: processes of another cluster, unknown ones, ones "
            + "that mean somebody else; refused by the production rules, and told why")
        {
            Kinds = [FaultKind.Stale],
            Marks = [Mark.OtherClusterRefused, Mark.WrongTargetRefused, Mark.StrangerRefused],
        },
        new("F14 drop by message type", "`LinkTroubles`, `FrameFates.LosesByType`: one class of messages on "
            + "some links, all of a node, or all; `FrameFates.CutSnapshot`")
        {
            Kinds = [FaultKind.TypeLoss, FaultKind.SnapshotCut],
            Marks =
            [
                Mark.LostVotes, Mark.LostVoteReplies, Mark.LostAppends, Mark.LostAppendReplies,
                Mark.LostHeartbeats, Mark.LostHeartbeatReplies, Mark.LostForwards, Mark.LostForwardReplies,
                Mark.LostSnapshots, Mark.LostRepairs,
            ],
        },
        new("F15 snapshot stream cut", "`FrameFates.CutSnapshot`: a piece is lost, alone or with its "
            + "connection; also resets, crashes and partitions while one is on its way")
        {
            Kinds = [FaultKind.SnapshotCut],
        },
        new("F16 message over the limit", "`LinkTroubles`: for a while a link takes short frames only; the "
            + "sender knows and does not send, or does not know and loses the connection")
        {
            Kinds = [FaultKind.Oversize],
            Marks = [Mark.TooLongToSend, Mark.TooLongToTake],
        },
    ];

    private static IEnumerable<FaultRow> NodeRows() =>
    [
        new("F20 crash at every persistence point", "`NodeTroubles.CrashAt`, `TrackedDisk`: before, in the "
            + "middle of and after every named call; `NodeMachine.Stop`: between any two calls")
        {
            Kinds = [FaultKind.CrashPoint, FaultKind.Crash], Marks = [Mark.CrashedInStart], HasPoints = true,
        },
        new("F21 majority, all at once", "`FaultSchedule.CrashMany`")
        {
            Kinds = [FaultKind.Crash], Marks = [Mark.MajorityCrashed],
        },
        new("F22 restart at once, late, never", "`FaultSchedule.StartLater`; `StorageFaults`: away until the "
            + "others' logs have forgotten what it needs; `CorePhase`: down while a core serves")
        {
            Kinds = [FaultKind.Crash, FaultKind.Lag], Marks = [Mark.OutsideDown],
        },
        new("F23 lost disk", "`DiskLoss.Wipe`, `Readmission`; as old member refused, then added again")
        {
            Kinds = [FaultKind.Wipe],
        },
        new("F24 pause", "`SimulatedNode.Pause`; with `lease` between confirmation and read")
        {
            Kinds = [FaultKind.Pause],
        },
        new("F25 clock skew, steps, freeze", "`FaultSchedule.ChangeClock`, `NodeTroubles`: the monotonic "
            + "clock runs fast or slow, jumps forward, stands still; where leases are on only within the "
            + "nodes' setting. A wall clock is read by nothing")
        {
            Kinds = [FaultKind.Skew, FaultKind.ClockJump],
            Marks = [Mark.ClockJumpedForward, Mark.ClockStoodStill],
        },
        new("F26 slow apply", "`NodeMachine.Apply`") { Kinds = [FaultKind.SlowApply] },
        new("F27 stalls", "`SimulatedNode.Pause`: half of the pauses around 200 ms")
        {
            Kinds = [FaultKind.Pause],
        },
        new("F28 mixed versions", "`PeerGreetings`: a peer that speaks only another format is refused",
            "cluster level; there is one format version of log, snapshot and wire so far")
        {
            Marks = [Mark.OtherVersionRefused],
        },
        new("F29 crash loop", "`NodeTroubles`: soon after each start, or in it")
        {
            Kinds = [FaultKind.CrashLoop], Marks = [Mark.CrashedInStart],
        },
    ];

    private static IEnumerable<FaultRow> DiskRows() =>
    [
        new("F30 lost unsynced write", "`SimulatedDisk.Crash`") { Kinds = [FaultKind.Crash] },
        new("F31 torn write", "`SimulatedFile.Crash`: any subset of sectors") { Marks = [Mark.WriteTorn] },
        new("F32 size without data, data without size", "`SimulatedFile.Crash`")
        {
            Marks = [Mark.SizeWithoutData, Mark.DataWithoutSize],
        },
        new("F33 lost create, rename, delete", "`SimulatedDisk.Crash`: unsynced names")
        {
            Marks = [Mark.CreateLost, Mark.RenameLost, Mark.DeleteLost],
        },
        new("F34 bit rot", "`LogInjury`: batches and segment heads; `SnapshotInjury`: one or all snapshots "
            + "of a node", "identity file: the node refuses to start, which no run survives; unit tests")
        {
            Kinds = [FaultKind.Damage, FaultKind.SnapshotDamage],
            Marks = [Mark.LogDamagedInside, Mark.SegmentHeadDamaged],
        },
        new("F35 misdirected write and read", "`LogInjury.Misdirect`: a batch stands where another one was "
            + "synced; `ReadTrouble`: what stands elsewhere is read")
        {
            Kinds = [FaultKind.Misdirect],
            Marks = [Mark.BatchMisdirected, Mark.LogReadMisdirected, Mark.SnapshotReadMisdirected],
        },
        new("F36 EIO on read and write", "`StorageFaults`: create, write (half of it written), rename; "
            + "`ReadTrouble`: log, snapshots, and in a start: the node stops and starts again")
        {
            Kinds = [FaultKind.DiskError, FaultKind.ReadError],
            Marks =
            [
                Mark.CreateFailed, Mark.WriteFailed, Mark.RenameFailed, Mark.SyncDirectoryFailed,
                Mark.LogReadFailed, Mark.SnapshotReadFailed, Mark.ReadFailedInStart,
            ],
        },
        new("F37 EIO on sync, data gone", "`SimulatedFile.LoseUnsynced`: the next sync succeeds and the data "
            + "is gone at the next power cut") { Marks = [Mark.SyncFailed] },
        new("F38 no space", "`TrackedDisk.SpaceLeft`: files cannot grow by more than what is left, what fits "
            + "is written; also at a start")
        {
            Kinds = [FaultKind.NoSpace], Marks = [Mark.NoSpaceToCreate, Mark.NoSpaceToGrow],
        },
        new("F39 slow sync", "`NodeMachine.ScheduleDisk`") { Kinds = [FaultKind.SlowDisk] },
        new("F40 short read and write", "`SimulatedDisk.Write`, `TrackedDisk.Grow`: a part of a write is "
            + "there and the call fails, by a crash, an error or want of space; a short read is the file "
            + "disk's own affair: its tests") { Marks = [Mark.WriteFailed, Mark.NoSpaceToGrow] },
        new("F41 stale segment, rolled back directory", "`NodeTroubles.Impose`: a process over a copy of a "
            + "directory is refused by all that have seen a later start of it",
            "a stale segment: the log's own tests")
        {
            Kinds = [FaultKind.Stale], Marks = [Mark.CopiedDirectoryRefused],
        },
        new("F42 corrupt tail, corrupt middle", "`LogInjury.InjureAnywhere`, `InjureMiddle`")
        {
            Kinds = [FaultKind.Damage], Marks = [Mark.LogDamagedAnywhere, Mark.LogDamagedInside],
        },
    ];

    private static IEnumerable<FaultRow> MachineRows() =>
    [
        new("An effect that goes wrong on one node", "`WrongEffects`, `SpoiltMachine`: the state of one node "
            + "is another one from a command on, in its hash and its snapshots")
        {
            Kinds = [FaultKind.WrongEffect],
            Marks =
            [
                Mark.FollowerQuarantined, Mark.LeaderQuarantined, Mark.QuarantineOutlivedRestart,
                Mark.StateRebuilt,
            ],
        },
        new("Stored bytes that change where they lie", "`WrongEffects`, `SpoiltMachine`: the state of one "
            + "node changes, and only a comparison of all that is stored shows it")
        {
            Kinds = [FaultKind.BitRot], Marks = [Mark.StoresCompared, Mark.RotFound],
        },
        new("Calls of the two disk threads", "`TrackedDisk.Between`: those of one fall between those of the "
            + "other") { Kinds = [FaultKind.Interleave], Marks = [Mark.CallsInterleaved] },
    ];

    private static IEnumerable<FaultRow> ClientRows() =>
    [
        new("F50 membership and transfer", "`MembershipActor`, `LeadershipActor`")
        {
            Kinds = [FaultKind.Membership, FaultKind.Transfer],
        },
        new("F60 retry elsewhere", "`ClientTroubles.Retried`, `SessionWorkload`: with a session as the same "
            + "command, else as another operation")
        {
            Kinds = [FaultKind.Retry], Marks = [Mark.CopyAnswered, Mark.CopySuperseded],
        },
        new("F61 one request on two nodes", "`ClientTroubles.Asked`: with a session as the same command, "
            + "else as two operations") { Kinds = [FaultKind.Twice], Marks = [Mark.CopyAnswered] },
        new("F62 expired session", "`SessionWorkload`: small bounds, which change while the group runs")
        {
            Marks =
            [
                Mark.SessionCrowdedOut, Mark.SessionIdle, Mark.SessionTooLarge, Mark.SessionExpired,
            ],
        },
        new("F63 client crash", "`ClientTroubles.Asked`: it dies while it waits and comes back; "
            + "`SessionWorkload`: with a new session")
        {
            Kinds = [FaultKind.ClientCrash], Marks = [Mark.SessionLeft],
        },
        new("F65 request at a follower, learner, removed node", "`ClientSwarm.Continue`: any node"),
        new("F66 reads under partition, pause, skew", "linearizable reads, by read index and under leases; "
            + "serializable ones against their promise, `StaleReads`")
        {
            Kinds = [FaultKind.Lease, FaultKind.StaleRead],
        },
        new("F67 overload", "`ClientTroubles.Overload`: ten times as much for a while; refusals say why",
            "the bounds at a node's door are `Ikada.Node`'s: its tests")
        {
            Kinds = [FaultKind.Overload], Marks = [Mark.RefusedOverloaded, Mark.RefusedTooMuchUncommitted],
        },
        new("Sleep of an idle group", "`RestTimes`, `NodePulse`: in one seed of six clients rest now and "
            + "then, the group sleeps under the heartbeats of the processes, and all that strikes strikes it "
            + "asleep")
        {
            Marks = [Mark.GroupAsleep, Mark.LeaderSilentInSleep],
        },
        new("Healing of a core only", "`CorePhase`: the others stay down, cut off, deaf, mute or slow")
        {
            Marks =
            [
                Mark.OutsideDown, Mark.OutsideCutOff, Mark.OutsideDeaf, Mark.OutsideMute, Mark.OutsideSlow,
                Mark.CoreServed,
            ],
        },
    ];

    private static IEnumerable<FaultRow> StoreRows() =>
    [
        new("F64 slow watcher", "`WatchClient`: takes nothing for seconds, loses its connection with what "
            + "was on its way, goes on at another node; the bounds of what waits for it are small")
        {
            Marks =
            [
                Mark.WatcherSlow, Mark.WatcherStalled, Mark.WatcherResumed, Mark.WatcherCompacted,
                Mark.WatcherProgress,
            ],
        },
        new("Transactions, compactions, leases", "`StoreWorkload`, `StoreService`: in one seed of three that "
            + "has no sessions; leases run out by the clock of whoever leads, whatever befalls it")
        {
            Marks =
            [
                Mark.TransactionApplied, Mark.CompactedReadRefused, Mark.LeaseExpired, Mark.LeaseRevoked,
                Mark.ExpiryOvertaken, Mark.LeaseCheckpointed,
            ],
        },
    ];
}
