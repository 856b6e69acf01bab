using Ikada.Primitives;
using Ikada.Simulation.Workloads.Sessions;

namespace Ikada.Simulation.Workloads;

/// <summary>Which workload a seed has, where nobody asks for one.</summary>
internal static class DrawnWorkload
{
    private const ulong OneSeedIn = 7;

    /// <summary>The kind of a run.</summary>
    public static WorkloadKind KindOf(SimulationOptions options) => options.Workload
        ?? (options.Seed % OneSeedIn == OneSeedIn - 1 ? WorkloadKind.Sessions : WorkloadKind.Keys);

    /// <summary>Draws the workload; what is drawn of <paramref name="random"/> is the same for every
    /// kind.</summary>
    public static Workload Of(SimulationOptions options, RandomSource random)
    {
        var keys = KeyValueWorkload.Drawn(random, options.Keys);
        return KindOf(options) == WorkloadKind.Sessions
            ? new SessionWorkload(
                new ChainSubject(), new SessionBounds(new RandomSource(~options.Seed))) : keys;
    }
}
