using Ikada.Load.Http2;
using Ikada.Load.Running;
using Ikada.Load.Workloads;

namespace Ikada.Bench.Comparing;

/// <summary>What a row is measured on.</summary>
/// <param name="Leader">Requests go to it.</param>
/// <param name="All">All servers.</param>
/// <param name="Keys">Keys that are there.</param>
/// <param name="WarmUp">Not measured.</param>
/// <param name="Window">Measured.</param>
/// <param name="AtWindow">To be called as the measuring begins, and as it ends.</param>
internal sealed record RowContext(
    GrpcTarget Leader,
    IReadOnlyList<GrpcTarget> All,
    KeySpace Keys,
    TimeSpan WarmUp,
    TimeSpan Window,
    Action AtWindow);

/// <summary>A row of the comparison.</summary>
/// <param name="Id">As the option --only names it.</param>
/// <param name="Name">As tables show it.</param>
/// <param name="Clients">How many have an operation under way at once.</param>
/// <param name="Measure">Measures it.</param>
internal sealed record Row(string Id, string Name, int Clients, Func<RowContext, Task<LoadResult>> Measure)
{
    public const int ValueBytes = 256;
    private const int RangeKeys = 100;
    private const long FirstLease = 1_000_000;
    private const double FixedRate = 1000;

    public static IReadOnlyList<Row> All { get; } =
    [
        .. ((int[])[1, 16, 64, 256, 1000]).Select(clients =>
            Of("put", clients, keys => EtcdWorkloads.Put(keys, ValueBytes))),
        Of("put-all", 256, keys => EtcdWorkloads.Put(keys, ValueBytes), toAll: true),
        Of("put-rate", 64, keys => EtcdWorkloads.Put(keys, ValueBytes), FixedRate),
        .. ((int[])[1, 64, 256]).Select(clients =>
            Of("get", clients, keys => EtcdWorkloads.Get(keys, isSerializable: false))),
        .. ((int[])[64, 256]).Select(clients =>
            Of("get-serializable", clients, keys => EtcdWorkloads.Get(keys, isSerializable: true))),
        Of("mixed-90", 64, keys => EtcdWorkloads.Mixed(keys, ValueBytes, percentReads: 90)),
        Of("mixed-50", 64, keys => EtcdWorkloads.Mixed(keys, ValueBytes, percentReads: 50)),
        Of("mixed-50", 256, keys => EtcdWorkloads.Mixed(keys, ValueBytes, percentReads: 50)),
        Of("swap", 64, keys => EtcdWorkloads.Swap(keys with { Prefix = "own/" }, ValueBytes)),
        Of("range", 64, keys => EtcdWorkloads.Range(keys, RangeKeys)),
        new("watch", "watch, 100 watchers, 50 puts/s", FanOut.Watchers, FanOut.MeasureAsync),
        new("lease", "lease keep-alive", 64, KeepAliveAsync),
        new("put-grpc", "put, Grpc.Net.Client", 64, GrpcNetClientLoad.MeasureAsync),
    ];

    private static Row Of(
        string id, int clients, Func<KeySpace, Workload> workload, double? rate = null, bool toAll = false)
    {
        var name = workload(new KeySpace("", 2 * RangeKeys)).Name
            + (rate is { } perSecond ? $", open loop at {perSecond}/s" : "")
            + (toAll ? ", to all servers" : "");
        return new Row(id, name, clients, context => Task.FromResult(LoadRun.Measure(
            new LoadPlan(toAll ? context.All : [context.Leader], workload(context.Keys), clients)
            {
                RatePerSecond = rate,
            },
            context.WarmUp, context.Window, context.AtWindow)));
    }

    private static Task<LoadResult> KeepAliveAsync(RowContext context)
    {
        const int Clients = 64;
        var granting = new LoadPlan([context.Leader], EtcdWorkloads.Grant(FirstLease), Clients);
        var granted = LoadRun.Count(granting, Clients, TimeSpan.FromSeconds(10));
        return granted.Errors > 0
            ? throw new BenchException($"leases could not be granted: {granted.FirstError}")
            : Task.FromResult(LoadRun.Measure(
                granting with { Workload = EtcdWorkloads.KeepAlive(FirstLease) },
                context.WarmUp, context.Window, context.AtWindow));
    }
}
