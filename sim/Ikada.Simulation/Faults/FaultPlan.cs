using Ikada.Primitives;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Faults;

/// <summary>
/// What the seed decided: which faults are on and how hard they strike (swarm testing: a run in which
/// everything
/// goes wrong at once hides what a run with one fault shows).
/// </summary>
internal sealed class FaultPlan
{
    private readonly long[] _every = new long[FaultSet.KindCount];

    /// <summary>Draws a plan. Of <c>all</c>, each kind is on in two of three runs; what is named is
    /// on.</summary>
    public FaultPlan(FaultSet allowed, RandomSource random)
    {
        var active = FaultSet.None;
        for (var kind = (FaultKind)0; kind <= FaultKind.DiskError; kind++)
        {
            active = Drawn(kind, allowed, active, random);
        }

        CrashEvery = random.Between(2 * Draw.Second, 15 * Draw.Second);
        PauseEvery = random.Between(2 * Draw.Second, 15 * Draw.Second);
        PartitionEvery = random.Between(2 * Draw.Second, 12 * Draw.Second);
        ResetEvery = random.Between(Draw.Second, 10 * Draw.Second);
        SlowEvery = random.Between(2 * Draw.Second, 15 * Draw.Second);
        WeatherEvery = random.Between(Draw.Second, 8 * Draw.Second);
        DropPerMillion = Hardness(random, 300_000);
        DuplicatePerMillion = Hardness(random, 200_000);
        ReorderPerMillion = Hardness(random, 300_000);
        ReplayPerMillion = Hardness(random, 30_000);
        CorruptPerMillion = Hardness(random, 5_000);
        DelayMean = random.Between(Draw.Millisecond, 80 * Draw.Millisecond);
        // Nothing may lean on clocks that agree: in half of the runs they differ wildly.
        SkewPerMillion = random.NextBelow(random.OneIn(2) ? 600_000 : 100_000);
        ClockDriftPerMillion = 10_000 << random.NextBelow(5);
        if (active.Contains(FaultKind.Lease))
        {
            // Leases do lean on them, within what their setting says: one fast and one slow by two fifths of
            // it.
            SkewPerMillion = Math.Min(SkewPerMillion, ClockDriftPerMillion * 2 / 5);
        }

        MembershipEvery = random.Between(Draw.Second / 4, 6 * Draw.Second);
        TransferEvery = random.Between(Draw.Second / 2, 8 * Draw.Second);
        LeaseEvery = random.Between(Draw.Second, 12 * Draw.Second);
        WipeEvery = random.Between(3 * Draw.Second, 20 * Draw.Second);
        DamageEvery = random.Between(2 * Draw.Second, 15 * Draw.Second);
        SnapshotDamageEvery = random.Between(2 * Draw.Second, 15 * Draw.Second);
        SnapshotCutPerMillion = Hardness(random, 400_000);
        LagEvery = random.Between(5 * Draw.Second, 30 * Draw.Second);
        NoSpaceEvery = random.Between(2 * Draw.Second, 20 * Draw.Second);
        DiskErrorEvery = random.Between(2 * Draw.Second, 20 * Draw.Second);
        Active = DrawLater(allowed, active, random.Split());
    }

    /// <summary>What is on in this run.</summary>
    public FaultSet Active { get; }

    /// <summary>The mean time between crashes.</summary>
    public long CrashEvery { get; }

    /// <summary>The mean time between pauses.</summary>
    public long PauseEvery { get; }

    /// <summary>The mean time between partitions.</summary>
    public long PartitionEvery { get; }

    /// <summary>The mean time between broken connections.</summary>
    public long ResetEvery { get; }

    /// <summary>The mean time between slow disks, and between slow state machines.</summary>
    public long SlowEvery { get; }

    /// <summary>The mean time between changes of the links' conditions.</summary>
    public long WeatherEvery { get; }

    /// <summary>The most frames lost on a link.</summary>
    public int DropPerMillion { get; }

    /// <summary>The most frames doubled on a link.</summary>
    public int DuplicatePerMillion { get; }

    /// <summary>The most frames overtaken on a link.</summary>
    public int ReorderPerMillion { get; }

    /// <summary>The most old frames repeated on a link.</summary>
    public int ReplayPerMillion { get; }

    /// <summary>The most frames corrupted on a link.</summary>
    public int CorruptPerMillion { get; }

    /// <summary>The most that frames are late on average.</summary>
    public long DelayMean { get; }

    /// <summary>The most that a clock is fast or slow.</summary>
    public int SkewPerMillion { get; }

    /// <summary>By how much the clocks of two nodes may differ, as the nodes are told.</summary>
    public int ClockDriftPerMillion { get; }

    /// <summary>The mean time between wishes to change the membership.</summary>
    public long MembershipEvery { get; }

    /// <summary>The mean time between wishes that another node lead.</summary>
    public long TransferEvery { get; }

    /// <summary>The mean time between changes of the lease.</summary>
    public long LeaseEvery { get; }

    /// <summary>The mean time between lost disks.</summary>
    public long WipeEvery { get; }

    /// <summary>The mean time between damaged logs.</summary>
    public long DamageEvery { get; }

    /// <summary>The mean time between damaged snapshots.</summary>
    public long SnapshotDamageEvery { get; }

    /// <summary>The most frames of snapshots lost, or followed by a broken connection, on a link.</summary>
    public int SnapshotCutPerMillion { get; }

    /// <summary>The mean time between long absences.</summary>
    public long LagEvery { get; }

    /// <summary>The mean time between full disks.</summary>
    public long NoSpaceEvery { get; }

    /// <summary>The mean time between failing disks.</summary>
    public long DiskErrorEvery { get; }

    /// <summary>The mean time between strikes of a kind that came after <see cref="FaultKind.DiskError"/>.
    /// </summary>
    public long Every(FaultKind kind) => _every[(int)kind];

    /// <summary>The most frames on a link that break off.</summary>
    public int TruncatePerMillion { get; private set; }

    // Kinds that came later draw for themselves, so that the runs without them stay what they were.
    private FaultSet DrawLater(FaultSet allowed, FaultSet active, RandomSource random)
    {
        for (var kind = FaultKind.Congest; (int)kind < FaultSet.KindCount; kind++)
        {
            var own = random.Split();
            active = Drawn(kind, allowed, active, own);
            // A point with a name waits until its node comes by: there are many to be visited.
            _every[(int)kind] = kind == FaultKind.CrashPoint
                ? own.Between(Draw.Second / 2, 4 * Draw.Second)
                : own.Between(2 * Draw.Second, 15 * Draw.Second);
            TruncatePerMillion = kind == FaultKind.Truncate ? Hardness(own, 5_000) : TruncatePerMillion;
        }

        // Where voters come and go there may be no majority that is right, and nothing could be demanded.
        var mayBeFewer = active.Contains(FaultKind.Membership) || active.Contains(FaultKind.Wipe);
        return mayBeFewer ? active.Without(FaultKind.WrongEffect).Without(FaultKind.BitRot) : active;
    }

    private static FaultSet Drawn(FaultKind kind, FaultSet allowed, FaultSet active, RandomSource random)
    {
        var drawn = random.NextBelow(3) > 0;
        return allowed.Contains(kind) && (drawn || allowed != FaultSet.All) ? active.With(kind) : active;
    }

    /// <summary>Mostly mild, sometimes up to <paramref name="most"/>.</summary>
    private static int Hardness(RandomSource random, int most) =>
        1 + random.NextBelow(most >> random.NextBelow(6));
}
