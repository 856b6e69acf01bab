using Ikada.Consensus;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>What a replica starts from.</summary>
public sealed record ReplicaStart
{
    /// <summary>This node.</summary>
    public required NodeId Self { get; init; }

    /// <summary>This node's directory: its incarnation, and how often it has been opened, which names its
    /// forwarded messages apart from those of earlier starts.</summary>
    public required PeerIdentity Identity { get; init; }

    /// <summary>The group's opened log.</summary>
    public required GroupLog Log { get; init; }

    /// <summary>The group's snapshots.</summary>
    public required SnapshotShelf Snapshots { get; init; }

    /// <summary>Where the state machine stands: from <see cref="OpeningState.Restore"/>.</summary>
    public required OpenedState Opened { get; init; }

    /// <summary>Seeds the election timeouts; drawn anew at each start.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The settings of the consensus module.</summary>
    public ConsensusOptions Consensus { get; init; } = new();

    /// <summary>Sees every step of consensus; null: nobody does.</summary>
    public ICoreObserver? Observer { get; init; }

    /// <summary>The settings of the replica.</summary>
    public ReplicaOptions Replica { get; init; } = new();
}
