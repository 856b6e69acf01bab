using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>What a node's state is when it opens.</summary>
public sealed record OpenedState
{
    /// <summary>What the state machine holds.</summary>
    public required LogIndex Applied { get; init; }

    /// <summary>The hash of what it holds; 0: it has none, or it is not to be used.</summary>
    public ulong StateHash { get; init; }

    /// <summary>What it holds durably by itself; null for one in memory.</summary>
    public LogIndex? DurableApplied { get; init; }

    /// <summary>The last entry of the snapshot it was restored from; default if from none.</summary>
    public LogPosition Snapshot { get; init; }

    /// <summary>Whether the log begins behind what it holds: no good snapshot is left.</summary>
    public bool IsStateMissing { get; init; }

    /// <summary>Whether an install that a crash had cut was completed: the log was reset.</summary>
    public bool IsInstallCompleted { get; init; }
}
