using Ikada.Load.Http2;

namespace Ikada.Load.Running;

/// <summary>What a load does, as often as it is asked to.</summary>
/// <param name="Name">As tables show it.</param>
/// <param name="NewClient">Makes the client of this number, counted from 0.</param>
public sealed record Workload(string Name, Func<int, LoadCall> NewClient);

/// <summary>A load.</summary>
/// <param name="Targets">Connections go to each in turn.</param>
/// <param name="Workload">What the clients do.</param>
/// <param name="Clients">How many there are: each has one operation under way. In an open loop: how many
/// there
/// are at first; it makes more as it needs them.</param>
public sealed record LoadPlan(IReadOnlyList<GrpcTarget> Targets, Workload Workload, int Clients)
{
    private const int ClientsPerConnection = 64;
    private const int ConnectionsUsually = 8;

    /// <summary>Operations a second that begin by the clock, whatever became of those before; null: a closed
    /// loop.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>How long a connection may take to be made.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>At least one for each server; else 8, or as many as there are clients, and one for 64 clients
    /// where there are more.</summary>
    public int Connections => Math.Max(
        Targets.Count,
        Math.Max(
            Math.Min(Clients, ConnectionsUsually),
            (Clients + ClientsPerConnection - 1) / ClientsPerConnection));
}

/// <summary>What a load was answered while it was measured.</summary>
/// <param name="Seconds">How long it was measured.</param>
/// <param name="Latencies">Of each operation that ended then, without those that failed.</param>
/// <param name="Errors">Operations that failed, from the first of the warm-up on.</param>
/// <param name="FirstError">Why one of them did; null without any.</param>
/// <param name="ClientCpuSeconds">Processor time of this process.</param>
/// <param name="Lateness">Of an open loop: how much later than intended operations were sent.</param>
public sealed record LoadResult(
    double Seconds,
    LatencyHistogram Latencies,
    long Errors,
    string? FirstError,
    double ClientCpuSeconds,
    LatencyHistogram Lateness)
{
    public long Operations => Latencies.Count;

    public double PerSecond => Operations / Seconds;

    /// <summary>Microseconds of the client's processor time an operation.</summary>
    public double ClientMicroseconds => Operations == 0 ? 0 : ClientCpuSeconds * 1e6 / Operations;
}
