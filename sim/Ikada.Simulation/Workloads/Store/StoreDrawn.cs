using Ikada.KeyValue;
using Ikada.Primitives;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Workloads.Store;

/// <summary>The bounds of the servers of a run: small, so that they are met.</summary>
internal sealed class StoreDrawn(RandomSource random)
{
    public WatchLimits Limits { get; } = new()
    {
        StreamPendingBytesMax = 300 << random.NextBelow(6),
        TotalPendingBytesMax = 2000 << random.NextBelow(6),
        StreamPendingBytesMin = 100 << random.NextBelow(3),
        ResponseBytesTarget = 100 << random.NextBelow(6),
        CatchUpChangesMax = 1 << random.NextBelow(7),
        CatchUpBytesMax = 200 << random.NextBelow(6),
    };

    public long InboxBytesMax { get; } = 400 << random.NextBelow(8);

    public TimeSpan CheckpointInterval { get; } =
        TimeSpan.FromTicks(random.Between(500 * Draw.Millisecond, 2 * Draw.Second));

    public int RemovalChangesMax { get; } = 32 << random.NextBelow(3);

    public long ProgressInterval { get; } = random.Between(50 * Draw.Millisecond, Draw.Second);
}
