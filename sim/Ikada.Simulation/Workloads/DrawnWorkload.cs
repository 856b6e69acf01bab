using Ikada.Primitives;
using Ikada.Simulation.Workloads.Sessions;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Simulation.Workloads;

/// <summary>Which workload a seed has, where nobody asks for one.</summary>
internal static class DrawnWorkload
{
    private const ulong SessionsOneSeedIn = 7;
    private const ulong StoreOneSeedIn = 3;
    private const ulong StoreSalt = 0x5709E;

    /// <summary>The kind of a run.</summary>
    public static WorkloadKind KindOf(SimulationOptions options) => options.Workload
        ?? (options.Seed % SessionsOneSeedIn == SessionsOneSeedIn - 1 ? WorkloadKind.Sessions
            : options.Seed % StoreOneSeedIn == 0 ? WorkloadKind.Store
            : WorkloadKind.Keys);

    /// <summary>Draws the workload; what is drawn of <paramref name="random"/> is the same for every
    /// kind.</summary>
    public static Workload Of(SimulationOptions options, RandomSource random)
    {
        var keys = KeyValueWorkload.Drawn(random, options.Keys);
        return KindOf(options) switch
        {
            WorkloadKind.Sessions => new SessionWorkload(
                new ChainSubject(), new SessionBounds(new RandomSource(~options.Seed))),
            WorkloadKind.Store => new StoreWorkload(
                new RandomSource(~options.Seed ^ StoreSalt), options.Keys),
            _ => keys,
        };
    }
}
