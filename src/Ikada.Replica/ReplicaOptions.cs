using Ikada.Log.Snapshots;

namespace Ikada.Replica;

/// <summary>The bounds of a replica's own work.</summary>
public sealed record ReplicaOptions
{
    /// <summary>The most entries in one apply request. Default 4096.</summary>
    public int ApplyEntriesMax { get; init; } = 4096;

    /// <summary>The most body bytes in one apply request, unless a single entry is larger. Default 4
    /// MiB.</summary>
    public int ApplyBytesMax { get; init; } = 4 << 20;

    /// <summary>Whether a node that does not lead hands its clients' proposals on to the leader; otherwise
    /// they are refused, and the refusal says who leads. Default true.</summary>
    public bool ForwardsProposals { get; init; } = true;

    /// <summary>The most body bytes in one message of forwarded proposals, unless a single one is larger.
    /// Default 1 MiB.</summary>
    public int ForwardBytesMax { get; init; } = 1 << 20;

    /// <summary>The most messages to a peer that wait behind a read from the disk; a further one is dropped
    /// and the core told, so that it probes. More than the Appends that consensus keeps in flight, so that
    /// this is the exception. Default 256.</summary>
    public int AppendsBehindReadMax { get; init; } = 256;

    /// <summary>How many recent numbers of an origin the leader remembers, to take each forwarded message
    /// once. Older ones are not taken. Default 4096; a power of two, at least 64.</summary>
    public int ForwardWindow { get; init; } = 4096;

    /// <summary>After how many applied entries a snapshot is taken; but not before they take as many bytes of
    /// log as the last one has, if that is more than 1 MiB, and four times as many where the state machine is
    /// durable by itself. Default 100 000.</summary>
    public int SnapshotEntries { get; init; } = 100_000;

    /// <summary>After how many bytes of log a snapshot is taken, with the same bound as for <see
    /// cref="SnapshotEntries"/>. Default 64 MiB.</summary>
    public long SnapshotLogBytes { get; init; } = 64L << 20;

    /// <summary>How many entries the log keeps that a snapshot covers, for followers that are a little
    /// behind. Default 5000.</summary>
    public int RetainedEntriesMin { get; init; } = 5000;

    /// <summary>How many bytes those may take; fewer are kept where they are larger. Default 64
    /// MiB.</summary>
    public long RetainedBytesMax { get; init; } = 64L << 20;

    /// <summary>The log keeps twice what it grew by while a snapshot was last saved or sent, so that a
    /// follower which has got one finds the log behind it; but no more than this. Default 1 GiB.</summary>
    public long RetainedGrowthBytesMax { get; init; } = 1L << 30;

    /// <summary>How much of a state is written, hashed and held in memory at a time. Part of the snapshot's
    /// bytes: nodes with other sizes make other files of the same state. Default 256 KiB; 1 byte to 16
    /// MiB.</summary>
    public int SnapshotBlockBytes { get; init; } = SaveSnapshot.BlockBytesDefault;

    /// <summary>The size of the pieces in which a snapshot is sent. Default 256 KiB; at most 1
    /// MiB.</summary>
    public int SnapshotPieceBytes { get; init; } = 256 << 10;

    /// <summary>The most pieces to a peer that are not acknowledged. Default 4; at most 16.</summary>
    public int SnapshotPiecesInFlight { get; init; } = 4;

    /// <summary>The most bytes of snapshots that are sent in a second, to all peers together. Default 64
    /// MiB.</summary>
    public long SnapshotBytesPerSecondMax { get; init; } = 64L << 20;

    /// <summary>After how long a snapshot is tried again that could not be taken or received, for want of
    /// space say. Default 30 s.</summary>
    public TimeSpan SnapshotRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the states of the members are compared, by the hashes that their state machines give
    /// (<see cref="StateMachine.IStateMachine.StateHash"/>), and one that a majority contradicts is
    /// quarantined and rebuilt. Must be off for a machine whose hash sound replicas do not have in common.
    /// Default true.</summary>
    public bool ComparesStates { get; init; } = true;

    /// <summary>At each multiple of this index all replicas stop for a moment, whatever the size of their
    /// apply requests, so that their states can be compared also under load. The same on all members.
    /// Default 4096; 1 to 1048576.</summary>
    public int StateMarkEntries { get; init; } = 4096;

    /// <summary>How often the members compare all that their state machines have stored, which finds bytes
    /// that rot where they lie. Each reads its whole state, in the background. Only where
    /// <see cref="ComparesStates"/> is on, and only for a machine of which the same state gives the same
    /// bytes on every node (<see cref="StateMachine.IStateSnapshot.ScrubTo"/>). The leader's counts.
    /// Default zero: never; else at least 10 ms.</summary>
    public TimeSpan ScrubInterval { get; init; }

    /// <summary>The most bytes of states that are read in a second for that, of all groups of a process
    /// together. Default 32 MiB; at least 1 MiB.</summary>
    public long ScrubBytesPerSecondMax { get; init; } = 32L << 20;

    /// <summary>Returns what is wrong with the settings, naming option, value and range, or null.</summary>
    public string? Validate() =>
        SnapshotEntries < 1 ? $"SnapshotEntries is {SnapshotEntries}; it must be at least 1"
        : SnapshotLogBytes < 1 ? $"SnapshotLogBytes is {SnapshotLogBytes}; it must be at least 1"
        : RetainedEntriesMin < 0 ? $"RetainedEntriesMin is {RetainedEntriesMin}; it must not be negative"
        : RetainedBytesMax < 0 ? $"RetainedBytesMax is {RetainedBytesMax}; it must not be negative"
        : RetainedGrowthBytesMax < 0
            ? $"RetainedGrowthBytesMax is {RetainedGrowthBytesMax}; it must not be negative"
        : SnapshotBlockBytes is < 1 or > 16 << 20
            ? $"SnapshotBlockBytes is {SnapshotBlockBytes}; it must be 1 to 16777216"
        : SnapshotPieceBytes is < 1 or > 1 << 20
            ? $"SnapshotPieceBytes is {SnapshotPieceBytes}; it must be 1 to 1048576"
        : SnapshotPiecesInFlight is < 1 or > 16
            ? $"SnapshotPiecesInFlight is {SnapshotPiecesInFlight}; it must be 1 to 16"
        : SnapshotBytesPerSecondMax < 1
            ? $"SnapshotBytesPerSecondMax is {SnapshotBytesPerSecondMax}; it must be at least 1"
        : StateMarkEntries is < 1 or > 1 << 20
            ? $"StateMarkEntries is {StateMarkEntries}; it must be 1 to 1048576"
        : ScrubInterval != TimeSpan.Zero && ScrubInterval < TimeSpan.FromMilliseconds(10)
            ? $"ScrubInterval is {ScrubInterval.TotalMilliseconds} ms; it must be 0, or at least 10 ms"
        : ScrubBytesPerSecondMax < 1 << 20
            ? $"ScrubBytesPerSecondMax is {ScrubBytesPerSecondMax}; it must be at least 1048576"
        : SnapshotRetryDelay <= TimeSpan.Zero
            ? $"SnapshotRetryDelay is {SnapshotRetryDelay.TotalMilliseconds} ms; it must be positive"
        : null;
}
