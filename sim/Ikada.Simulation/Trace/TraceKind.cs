namespace Ikada.Simulation.Trace;

/// <summary>What a line of the event history tells.</summary>
internal enum TraceKind : byte
{
    None = 0,
    FrameArrived,
    FrameLost,
    FrameDuplicated,
    FrameReplayed,
    FrameCorrupted,
    FrameRejected,
    LinkOpened,
    LinkClosed,
    RoleChanged,
    Committed,
    DiskWritten,
    DiskSynced,
    Applied,
    ClientInvoked,
    ClientEnded,
    NodeStarted,
    NodeCrashed,
    NodePaused,
    NodeResumed,
    LinksCut,
    LinksHealed,
    WeatherChanged,
    Slowed,
    ClockChanged,
    Healed,
    Converged,
    Observed,
    ChangeAsked,
    ChangeEnded,
    TransferAsked,
    TransferEnded,
    DiskWiped,
    LogDamaged,
    SnapshotObserved,
    SnapshotDamaged,
    SpaceChanged,
    DiskFailed,
    LinksTroubled,
    ClockJumped,
    FaultStruck,
    StateCompared,
}

/// <summary>One line of the event history, unformatted: a run makes millions and prints forty.</summary>
internal struct TraceEntry
{
    public long Time;
    public TraceKind Kind;
    public short Node;
    public short Peer;
    public long A;
    public long B;
    public long C;
    public long D;
}
