using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Transport;

namespace Ikada;

/// <summary>Where this node stands, as of its last batch of inputs.</summary>
public sealed record RaftStatus
{
    /// <summary>This node.</summary>
    public required string Name { get; init; }

    /// <summary>What it is in its group.</summary>
    public required Role Role { get; init; }

    /// <summary>The latest term it has seen.</summary>
    public required Term Term { get; init; }

    /// <summary>Who leads in that term; null if that is not known.</summary>
    public required RaftMember? Leader { get; init; }

    /// <summary>The last entry of its log.</summary>
    public required LogIndex LastIndex { get; init; }

    /// <summary>The last entry that it knows committed.</summary>
    public required LogIndex CommitIndex { get; init; }

    /// <summary>The last entry that its state machine holds.</summary>
    public required LogIndex AppliedIndex { get; init; }

    /// <summary>How long its disk has been at its present operation; zero if it has none.</summary>
    public TimeSpan DiskBusy { get; init; }

    /// <summary>How the connections to the other members stand, and what keeps away those that are
    /// out of reach.</summary>
    public IReadOnlyList<PeerStatus> Peers { get; init; } = [];

    /// <summary>All that consensus, log and snapshots tell.</summary>
    public required ReplicaStatus Details { get; init; }
}
