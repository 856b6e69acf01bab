using Ikada.Bench.Clusters;
using Ikada.Load.Running;
using Ikada.Load.Workloads;

namespace Ikada.Bench.Budgeting;

/// <summary>How a put's processor time is measured.</summary>
internal sealed record BudgetPlan(
    IReadOnlyList<ServerKind> Kinds, int Clients, int Rounds, TimeSpan WarmUp, TimeSpan Window, string Where);

/// <summary>What one round gave: of each group of threads, a put; of a follower, the mean of both.</summary>
internal sealed record BudgetFigures(
    string Servers,
    double PerSecond,
    Dictionary<string, ThreadUse> Leader,
    Dictionary<string, ThreadUse> Follower);

/// <summary>Puts in a closed loop, and what each thread of the servers used for them.</summary>
internal sealed class BudgetRun(BudgetPlan plan, Action<string> tell)
{
    private const int Nodes = 3;
    private const int Keys = 10_000;
    private const int ValueBytes = 256;

    public async Task<List<BudgetFigures>> RunAsync()
    {
        var all = new List<BudgetFigures>();
        for (var round = 0; round < plan.Rounds; round++)
        {
            for (var turn = 0; turn < plan.Kinds.Count; turn++)
            {
                // Who begins changes from round to round.
                var kind = plan.Kinds[(round + turn) % plan.Kinds.Count];
                tell($"round {round + 1}: {kind.Name}");
                all.Add(await MeasureAsync(kind));
            }
        }

        return all;
    }

    private async Task<BudgetFigures> MeasureAsync(ServerKind kind)
    {
        using var cluster = await ServerCluster.StartAsync(kind, Nodes, plan.Where);
        var leader = await cluster.LeaderAsync();
        var moments = new List<Dictionary<int, (string Name, ThreadUse Use)>[]>();
        var result = LoadRun.Measure(
            new LoadPlan(
                [leader.Target], EtcdWorkloads.Put(new KeySpace("key/", Keys), ValueBytes), plan.Clients),
            plan.WarmUp, plan.Window,
            () => moments.Add([.. cluster.Servers.Select(server => ThreadTimes.Of(server.Id))]));
        if (result.Errors > 0)
        {
            throw new BenchException($"{kind.Name}: {result.Errors} puts failed: {result.FirstError}");
        }

        var used = moments[0].Zip(moments[1], ThreadTimes.Between).ToList();
        var at = cluster.Servers.ToList().IndexOf(leader);
        var followers = used.Where((_, server) => server != at).SelectMany(one => one)
            .GroupBy(one => one.Key, one => one.Value)
            .ToDictionary(group => group.Key, group => group.Aggregate((one, other) => one + other));
        return new BudgetFigures(
            kind.Name, result.PerSecond, APut(used[at], result.Operations),
            APut(followers, result.Operations * (Nodes - 1)));
    }

    private static Dictionary<string, ThreadUse> APut(Dictionary<string, ThreadUse> used, long puts) =>
        used.ToDictionary(
            one => one.Key, one => new ThreadUse(one.Value.Microseconds / puts, one.Value.Switches / puts));
}
