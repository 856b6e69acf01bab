using Ikada.Primitives;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Network;

/// <summary>How a directed link behaves for a while.</summary>
internal struct LinkConditions
{
    /// <summary>A frame never takes less.</summary>
    public long DelayMin;

    /// <summary>What a frame takes beyond that, on average.</summary>
    public long DelayMean;

    public int DropPerMillion;
    public int DuplicatePerMillion;
    public int ReorderPerMillion;
    public int ReplayPerMillion;
    public int CorruptPerMillion;

    /// <summary>Of the frames of snapshots only.</summary>
    public int SnapshotCutPerMillion;

    /// <summary>Frames that break off.</summary>
    public int TruncatePerMillion;

    /// <summary>A link on which nothing goes wrong: a local network.</summary>
    public static LinkConditions Calm => new()
    {
        DelayMin = 100 * Draw.Microsecond,
        DelayMean = 200 * Draw.Microsecond,
    };

    /// <summary>Draws conditions from what the plan allows. Half the links are calm at any time, so that
    /// progress
    /// is made and lost again.</summary>
    public static LinkConditions Drawn(FaultPlan plan, RandomSource random)
    {
        var conditions = Calm;
        if (random.OneIn(2))
        {
            return conditions;
        }

        var (least, mean) = (random.Between(0, plan.DelayMean), random.Between(1, plan.DelayMean));
        if (plan.Active.Contains(FaultKind.Delay))
        {
            (conditions.DelayMin, conditions.DelayMean) = (least, mean);
        }

        conditions.DropPerMillion = DrawRate(plan, FaultKind.Drop, plan.DropPerMillion, random);
        conditions.DuplicatePerMillion = DrawRate(plan, FaultKind.Duplicate, plan.DuplicatePerMillion,
            random);
        conditions.ReorderPerMillion = DrawRate(plan, FaultKind.Reorder, plan.ReorderPerMillion, random);
        conditions.ReplayPerMillion = DrawRate(plan, FaultKind.Replay, plan.ReplayPerMillion, random);
        conditions.CorruptPerMillion = DrawRate(plan, FaultKind.Corrupt, plan.CorruptPerMillion, random);
        conditions.SnapshotCutPerMillion = DrawRate(
            plan, FaultKind.SnapshotCut, plan.SnapshotCutPerMillion, random);
        conditions.TruncatePerMillion = DrawRate(plan, FaultKind.Truncate, plan.TruncatePerMillion, random);
        return conditions;
    }

    // Also drawn for kinds that are off: without them the others are what they were.
    private static int DrawRate(FaultPlan plan, FaultKind kind, int most, RandomSource random)
    {
        var drawn = random.NextBelow(most);
        return plan.Active.Contains(kind) ? drawn : 0;
    }
}
