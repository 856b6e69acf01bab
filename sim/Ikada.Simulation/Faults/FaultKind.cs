namespace Ikada.Simulation.Faults;

/// <summary>The kinds of faults that can be switched on by name. Each comment gives its row in the faults
/// table.</summary>
public enum FaultKind
{
    /// <summary>Frames are lost (F1).</summary>
    Drop = 0,

    /// <summary>Frames are late, some by seconds (F2, F6).</summary>
    Delay,

    /// <summary>Frames arrive twice (F4).</summary>
    Duplicate,

    /// <summary>Frames overtake each other (F3).</summary>
    Reorder,

    /// <summary>Old frames arrive again much later (F5).</summary>
    Replay,

    /// <summary>Links are cut: halves, isolated, bridge, ring, one way, flapping (F8, F9, F10).</summary>
    Partition,

    /// <summary>Nodes lose power and come back, with any part of what they had not synced (F20, F21, F22,
    /// F30, F31).</summary>
    Crash,

    /// <summary>A node stands still while the world goes on (F24, F27).</summary>
    Pause,

    /// <summary>A disk takes long (F39).</summary>
    SlowDisk,

    /// <summary>A state machine takes long (F26).</summary>
    SlowApply,

    /// <summary>Bits of a frame flip (F11).</summary>
    Corrupt,

    /// <summary>Connections break, one or all of a node, also all of a living leader (F12).</summary>
    Reset,

    /// <summary>Clocks run fast or slow (F25).</summary>
    Skew,

    /// <summary>The membership changes in every way, also by those who may not change it (F50).</summary>
    Membership,

    /// <summary>Leadership is handed over, and members get priorities (F50).</summary>
    Transfer,

    /// <summary>Leases go on and off; clocks then differ no more than leases allow (F24, F25, F66).</summary>
    Lease,

    /// <summary>A node loses its disk and comes back empty under its old id (F23).</summary>
    Wipe,

    /// <summary>Bits of a log turn over while its node is down (F34, F42).</summary>
    Damage,

    /// <summary>Bits of snapshot files turn over while their node is down, of one or all (F34).</summary>
    SnapshotDamage,

    /// <summary>Frames of snapshots are lost, and connections break behind them (F14, F15).</summary>
    SnapshotCut,

    /// <summary>A node is away for so long that the others' logs forget what it needs (F22).</summary>
    Lag,

    /// <summary>A disk has no space left, and has some again (F38).</summary>
    NoSpace,

    /// <summary>A disk fails a call: its node stops and starts again, with what a failed sync lost gone (F36,
    /// F37).</summary>
    DiskError,

    /// <summary>Queues to peers are small and slow: they overflow, and their node is told (F7).</summary>
    Congest,

    /// <summary>A frame breaks off in the middle, and its connection with it (F12).</summary>
    Truncate,

    /// <summary>Messages of one type are lost, on some links or on all (F14).</summary>
    TypeLoss,

    /// <summary>A link takes short frames only: longer ones are not sent, or refused on arrival
    /// (F16).</summary>
    Oversize,

    /// <summary>Clocks jump forward, or stand still for a while (F25).</summary>
    ClockJump,

    /// <summary>A node crashes again and again, soon after each start or in the middle of it (F29).</summary>
    CrashLoop,

    /// <summary>The power goes at a named point of what disks do (F20).</summary>
    CrashPoint,

    /// <summary>A read of the log or of a snapshot fails (F36).</summary>
    ReadError,

    /// <summary>A read brings what stands elsewhere, or a batch of the log was written over another
    /// one (F35).</summary>
    Misdirect,

    /// <summary>Single disk calls of the log's thread and of the snapshots' thread fall between each
    /// other.</summary>
    Interleave,

    /// <summary>Clients that were not answered ask another node (F60).</summary>
    Retry,

    /// <summary>Clients ask two nodes at once for the same (F61).</summary>
    Twice,

    /// <summary>Clients die while they wait, and come back (F63).</summary>
    ClientCrash,

    /// <summary>Clients read what a node has applied, be it the newest or not (F66).</summary>
    StaleRead,

    /// <summary>Ten times as much is asked for a while, and who is refused is told why (F67).</summary>
    Overload,

    /// <summary>Processes over old copies of a directory, of other clusters and strangers dial nodes (F13,
    /// F41).</summary>
    Stale,

    /// <summary>The effect of a command goes wrong on one node, as by a bit that turned over in
    /// memory. Not where the membership changes or disks are lost.</summary>
    WrongEffect,

    /// <summary>What a node's state machine has stored changes where it lies: no effect, hash or checksum
    /// says so. Not where the membership changes or disks are lost.</summary>
    BitRot,
}
