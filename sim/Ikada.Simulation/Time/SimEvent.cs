namespace Ikada.Simulation.Time;

/// <summary>What the world does at a moment.</summary>
internal enum SimEventKind : byte
{
    None = 0,

    /// <summary>A frame reaches its receiver. Node: receiver; Peer: sender; Epoch: of the
    /// connection.</summary>
    FrameArrives,

    /// <summary>A node's timer is due.</summary>
    TimerFires,

    /// <summary>A busy node takes up what came meanwhile.</summary>
    NodeWakes,

    /// <summary>The disk is done with an operation.</summary>
    DiskFinishes,

    /// <summary>The completion of a disk operation reaches the consensus thread.</summary>
    DiskReports,

    /// <summary>The apply thread executes its request.</summary>
    ApplyFinishes,

    /// <summary>The snapshot thread is done with an operation.</summary>
    SnapshotFinishes,

    /// <summary>A node is told that a peer's connection is open.</summary>
    ConnectionOpens,

    /// <summary>A node is told that a peer's connection is closed.</summary>
    ConnectionCloses,

    /// <summary>A node tries to connect to a peer. Node: who tries.</summary>
    Connects,

    /// <summary>A sender notices that its connection leads nowhere. Node: sender; Peer: receiver.</summary>
    LinkBreaks,

    /// <summary>A client goes on.</summary>
    ClientWakes,

    /// <summary>A client gives up waiting for an operation.</summary>
    ClientTimesOut,

    /// <summary>A fault of the schedule begins; Number says which kind.</summary>
    FaultBegins,

    /// <summary>A fault of the schedule ends; Number says which kind.</summary>
    FaultEnds,

    /// <summary>A flapping partition flaps.</summary>
    PartitionFlaps,

    /// <summary>A node crashes in the middle of a disk operation. Number: 1 if its machine loses
    /// power.</summary>
    NodeCrashes,

    /// <summary>A crashed node starts.</summary>
    NodeStarts,

    /// <summary>A node does a read that was confirmed under a lease. Number: until when, by its
    /// clock.</summary>
    LeaseReadExecutes,

    /// <summary>The operators look whether something is to be done.</summary>
    OperatorLooks,

    /// <summary>The safety phase ends: everything heals.</summary>
    Heals,

    /// <summary>The liveness phase looks whether it is done.</summary>
    LivenessLooks,

    /// <summary>A slow wire has taken a frame out of the queue. Node: sender; Peer: receiver; Epoch: of the
    /// connection.</summary>
    FrameDeparts,

    /// <summary>A node is told something by its transport: the payload.</summary>
    TransportTells,

    /// <summary>One of the many who ask in an overload asks.</summary>
    ClientAsksMore,

    /// <summary>The workload does something of its own: the payload.</summary>
    WorkloadActs,
}

/// <summary>One event. Which fields mean something depends on the kind.</summary>
internal struct SimEvent
{
    public SimEventKind Kind;
    public short Node;
    public short Peer;
    public int Epoch;
    public long Number;
    public object? Payload;
}
