namespace Ikada.Replica.Tests.Harness;

/// <summary>What all nodes of a cluster are started with.</summary>
internal sealed record NodePlan(
    Membership Membership, ReplicaOptions Options, ConsensusOptions Consensus, long TailBytes)
{
    /// <summary>Whether the state machines are durable by themselves.</summary>
    public bool IsDurable { get; init; }
}

/// <summary>The group that the tests use.</summary>
internal static class GroupIds
{
    public static readonly GroupId One = new(1);
}

/// <summary>A wish for a snapshot that keeps its end.</summary>
internal sealed class Snapshot : SnapshotWish
{
    public List<(LogPosition Position, string? Problem)> Ends { get; } = [];

    public override void Complete(LogPosition position, string? problem) => Ends.Add((position, problem));
}
