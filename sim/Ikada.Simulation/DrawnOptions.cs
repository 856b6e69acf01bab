using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Time;

namespace Ikada.Simulation;

/// <summary>The options of the nodes of a run: small bounds, so that they are met.</summary>
internal static class DrawnOptions
{
    /// <summary>Appends of one entry, a follower that may not be sent more.</summary>
    public static ConsensusOptions Consensus(RandomSource random, FaultPlan plan)
    {
        var append = 1024 << (random.OneIn(2) ? 0 : random.NextBelow(11));
        return new ConsensusOptions
        {
            AppendBytesMax = append,
            InflightBytesMax = (long)append << random.NextBelow(7),
            UncommittedBytesMax = 16_384L << random.NextBelow(15),
            PromotionLagEntriesMax = 1 << random.NextBelow(11),
            ClockDriftPerMillionMax = plan.ClockDriftPerMillion,
        };
    }

    /// <summary>Small batches, snapshots of little.</summary>
    public static ReplicaOptions Replica(RandomSource random, FaultPlan plan) => new()
    {
        StateMarkEntries = plan.Active.Contains(FaultKind.WrongEffect) ? 32 : 4096,
        ScrubInterval = plan.Active.Contains(FaultKind.BitRot) ? TimeSpan.FromSeconds(2) : TimeSpan.Zero,
        ApplyEntriesMax = 1 << random.NextBelow(13),
        ApplyBytesMax = 64 << random.NextBelow(17),
        ForwardBytesMax = 64 << random.NextBelow(15),
        ForwardWindow = 64 << random.NextBelow(7),
        SnapshotEntries = random.OneIn(8) ? 1_000_000 : 20 + random.NextBelow(380),
        SnapshotLogBytes = 4096L << random.NextBelow(12),
        RetainedEntriesMin = random.OneIn(4) ? 0 : 1 << random.NextBelow(8),
        RetainedBytesMax = 1024L << random.NextBelow(12),
        RetainedGrowthBytesMax = 1024L << random.NextBelow(12),
        SnapshotPieceBytes = 1024 << random.NextBelow(7),
        SnapshotPiecesInFlight = 1 + random.NextBelow(8),
        SnapshotBytesPerSecondMax = (2L << 20) << random.NextBelow(6),
        SnapshotRetryDelay = TimeSpan.FromTicks(random.Between(50 * Draw.Millisecond, 2 * Draw.Second)),
        SnapshotBlockBytes = 1024 << random.NextBelow(6),
    };

    /// <summary>All of the first nodes vote.</summary>
    public static Membership MembershipOf(int nodes)
    {
        var members = new Member[nodes];
        var ids = new NodeId[nodes];
        for (var node = 0; node < nodes; node++)
        {
            ids[node] = new NodeId((ulong)node + 1);
            members[node] = new Member(ids[node], null, default);
        }

        return new Membership(members, ids);
    }
}
