using Ikada.Bench.Clusters;
using Ikada.Load.Running;

namespace Ikada.Bench.Comparing;

/// <summary>What one measurement gave: milliseconds, seconds of the servers' processor time for 100 000
/// operations, MiB of all servers, bytes an operation.</summary>
internal sealed record Figures(
    double PerSecond,
    double P50,
    double P90,
    double P99,
    double P999,
    double Max,
    double Cpu,
    double MemoryMiB,
    double BytesWritten,
    long Operations,
    double ClientMicroseconds)
{
    private const double PerCpu = 100_000;

    public static Figures Of(LoadResult result, Usage before, Usage after)
    {
        var operations = Math.Max(1, result.Operations);
        return new Figures(
            result.PerSecond, At(0.5), At(0.9), At(0.99), At(0.999), result.Latencies.MaxNanoseconds / 1e6,
            (after.CpuSeconds - before.CpuSeconds) * PerCpu / operations,
            after.ResidentBytes / (double)(1 << 20),
            (after.WrittenBytes - before.WrittenBytes) / (double)operations,
            result.Operations, result.ClientMicroseconds);

        double At(double share) => result.Latencies.Percentile(share) / 1e6;
    }
}

/// <summary>The figures of a row, one for each round, of one kind of servers.</summary>
internal sealed record Series(string Servers, List<Figures> Rounds)
{
    public double Median(Func<Figures, double> of) => Middle(Rounds.Select(of));

    public static double Middle(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
