using Ikada.Bench.Clusters;
using Ikada.Load.Running;
using Ikada.Load.Workloads;

namespace Ikada.Bench.Comparing;

/// <summary>How a comparison is made.</summary>
/// <param name="Kinds">Two: ours first.</param>
/// <param name="Rows">What is measured.</param>
/// <param name="Rounds">How often, on fresh clusters by turns.</param>
/// <param name="Nodes">Servers of a cluster.</param>
/// <param name="Keys">How many there are before anything is measured.</param>
/// <param name="WarmUp">Of fresh servers, by reads and writes, before the first measurement.</param>
/// <param name="Settling">Before each measurement.</param>
/// <param name="Window">Of each measurement.</param>
/// <param name="Where">A directory on the disk to measure.</param>
internal sealed record ComparePlan(
    IReadOnlyList<ServerKind> Kinds,
    IReadOnlyList<Row> Rows,
    int Rounds,
    int Nodes,
    int Keys,
    TimeSpan WarmUp,
    TimeSpan Settling,
    TimeSpan Window,
    string Where);

/// <summary>Measures both kinds of servers by turns: the machine is not the same from one half-hour to the
/// next.</summary>
internal sealed class CompareRun(ComparePlan plan, Action<string> tell)
{
    private const int FillClients = 1000;
    private const int WarmUpClients = 64;
    private static readonly TimeSpan FillPatience = TimeSpan.FromMinutes(5);
    private readonly KeySpace _keys = new("key/", plan.Keys);

    private readonly Dictionary<Row, List<Series>> _results = plan.Rows.ToDictionary(
        row => row, _ => plan.Kinds.Select(kind => new Series(kind.Name, [])).ToList());

    /// <summary>For each row the series of each kind, in the order of the kinds.</summary>
    public async Task<IReadOnlyDictionary<Row, List<Series>>> RunAsync()
    {
        for (var round = 0; round < plan.Rounds; round++)
        {
            for (var turn = 0; turn < plan.Kinds.Count; turn++)
            {
                // Who begins changes from round to round.
                var at = (round + turn) % plan.Kinds.Count;
                await MeasureAsync(round, at);
            }
        }

        return _results;
    }

    private async Task MeasureAsync(int round, int at)
    {
        var kind = plan.Kinds[at];
        tell($"round {round + 1}: {kind.Name} starts");
        using var cluster = await ServerCluster.StartAsync(kind, plan.Nodes, plan.Where);
        tell($"round {round + 1}: {kind.Name}: {plan.Keys} keys");
        var leader = await cluster.LeaderAsync();
        var filled = LoadRun.Count(
            new LoadPlan([leader.Target], EtcdWorkloads.Fill(_keys, Row.ValueBytes), FillClients),
            plan.Keys, FillPatience);
        Expect(kind, "fill", filled);
        // Both alike; it is Ikada's whose code is compiled as it runs.
        tell($"round {round + 1}: {kind.Name} warms up");
        Expect(kind, "warm-up", LoadRun.Measure(
            new LoadPlan(
                [leader.Target], EtcdWorkloads.Mixed(_keys, Row.ValueBytes, percentReads: 50), WarmUpClients),
            plan.WarmUp, plan.Settling));
        foreach (var row in plan.Rows)
        {
            tell($"round {round + 1}: {kind.Name}: {row.Name}, {row.Clients} clients");
            leader = await cluster.LeaderAsync();
            _results[row][at].Rounds.Add(await MeasureAsync(row, kind, cluster, leader));
        }
    }

    private async Task<Figures> MeasureAsync(
        Row row, ServerKind kind, ServerCluster cluster, ServerProcess leader)
    {
        var usages = new List<Usage>();
        var result = await row.Measure(new RowContext(
            leader.Target, cluster.Targets, _keys, plan.Settling, plan.Window,
            () => usages.Add(cluster.Usage())));
        Expect(kind, row.Name, result);
        return Figures.Of(result, usages[0], usages[1]);
    }

    private static void Expect(ServerKind kind, string what, LoadResult result)
    {
        if (result.Errors > 0 || result.Operations == 0)
        {
            throw new BenchException(
                $"{kind.Name}, {what}: {result.Errors} operations failed, {result.Operations} did not: "
                + (result.FirstError ?? "none was answered"));
        }
    }
}
