using Ikada.Bench.Clusters;
using Ikada.Bench.Libraries;
using Ikada.Load.Running;
using Ikada.Load.Workloads;

namespace Ikada.Bench.Scaling;

/// <summary>Measures each axis from its lowest point to its highest, each kind of servers by
/// itself.</summary>
internal sealed class ScaleRun(ScalePlan plan, Action<string> tell)
{
    private const int Nodes = 3;
    private const int ValueBytes = 256;
    private const int Keys = 10_000;
    private const int FewClients = 64;
    private const int ManyClients = 256;
    private const int FillClients = 256;
    private const int CommandBytes = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    // Before each point: until its clients are all under way.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(0.5);

    public async Task<IReadOnlyDictionary<Axis, List<Curve>>> RunAsync()
    {
        var results = new Dictionary<Axis, List<Curve>>();
        foreach (var axis in plan.Axes)
        {
            var curves = results[axis] = [];
            if (axis == Axis.Groups)
            {
                curves.Add(await GroupsAsync());
                continue;
            }

            foreach (var kind in plan.Kinds)
            {
                curves.AddRange(axis.Id switch
                {
                    "keys" => await KeysAsync(kind),
                    "clients" => await ClientsAsync(kind),
                    "nodes" => await NodesAsync(kind),
                    _ => await ValuesAsync(kind),
                });
            }
        }

        return results;
    }

    private IReadOnlyList<int> PointsOf(Axis axis) => plan.IsFull ? axis.FullPoints : axis.Points;

    private async Task<List<Curve>> KeysAsync(ServerKind kind)
    {
        var (puts, gets) = (new Curve($"{kind.Name}, put", []), new Curve($"{kind.Name}, get", []));
        using var cluster = await StartAsync(kind, Nodes, ValueBytes);
        // What is there already is written again: a point's keys are all there, whatever came before.
        foreach (var point in PointsOf(Axis.Keys))
        {
            tell($"{kind.Name}: {point} keys");
            var keys = new KeySpace("key/", point);
            Fill(await cluster.LeaderAsync(), keys);
            puts.Points.Add((point, await MeasureAsync(
                cluster, EtcdWorkloads.Put(keys, ValueBytes), FewClients, Settling)));
            gets.Points.Add((point, await MeasureAsync(
                cluster, EtcdWorkloads.Get(keys, isSerializable: false), FewClients, Settling)));
        }

        return [puts, gets];
    }

    private async Task<List<Curve>> ClientsAsync(ServerKind kind)
    {
        var (puts, gets) = (new Curve($"{kind.Name}, put", []), new Curve($"{kind.Name}, get", []));
        using var cluster = await StartAsync(kind, Nodes, ValueBytes);
        var keys = new KeySpace("key/", Keys);
        Fill(await cluster.LeaderAsync(), keys);
        foreach (var point in PointsOf(Axis.Clients))
        {
            tell($"{kind.Name}: {point} clients");
            puts.Points.Add((point, await MeasureAsync(
                cluster, EtcdWorkloads.Put(keys, ValueBytes), point, Settling)));
            gets.Points.Add((point, await MeasureAsync(
                cluster, EtcdWorkloads.Get(keys, isSerializable: false), point, Settling)));
        }

        return [puts, gets];
    }

    private async Task<List<Curve>> NodesAsync(ServerKind kind)
    {
        var curve = new Curve($"{kind.Name}, put", []);
        foreach (var point in PointsOf(Axis.Nodes))
        {
            tell($"{kind.Name}: {point} nodes");
            using var cluster = await StartAsync(kind, point, ValueBytes);
            curve.Points.Add((point, await MeasureAsync(
                cluster, EtcdWorkloads.Put(new KeySpace("key/", Keys), ValueBytes), ManyClients, Settling)));
        }

        return [curve];
    }

    private async Task<List<Curve>> ValuesAsync(ServerKind kind)
    {
        var curve = new Curve($"{kind.Name}, put", []);
        foreach (var point in PointsOf(Axis.Values))
        {
            tell($"{kind.Name}: values of {point} B");
            // A cluster each: none has what the others wrote to carry.
            using var cluster = await StartAsync(kind, Nodes, point);
            curve.Points.Add((point, await MeasureAsync(
                cluster, EtcdWorkloads.Put(new KeySpace("key/", Keys), point), FewClients, Settling)));
        }

        return [curve];
    }

    private async Task<Curve> GroupsAsync()
    {
        var curve = new Curve("ikada, the library", []);
        foreach (var point in PointsOf(Axis.Groups))
        {
            tell($"library: {point} groups");
            using var cluster = await NodeCluster.StartAsync(
                new NodeKind("ikada", plan.Library, $"groups:{point}"), plan.Where, point);
            await cluster.MeasureAsync(ManyClients, CommandBytes, plan.WarmUp, Settling);
            var figures = await cluster.MeasureAsync(ManyClients, CommandBytes, Settling, plan.Window);
            curve.Points.Add((point, figures.PerSecond));
        }

        return curve;
    }

    // A cluster that has been under the load of its point for a while.
    private async Task<ServerCluster> StartAsync(ServerKind kind, int nodes, int valueBytes)
    {
        var cluster = await ServerCluster.StartAsync(kind, nodes, plan.Where);
        try
        {
            var keys = new KeySpace("warm-up/", Keys);
            await MeasureAsync(
                cluster, EtcdWorkloads.Put(keys, valueBytes), FewClients, plan.WarmUp, Settling);
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    private async Task<double> MeasureAsync(
        ServerCluster cluster, Workload workload, int clients, TimeSpan before, TimeSpan? window = null)
    {
        var leader = await cluster.LeaderAsync();
        var result = LoadRun.Measure(
            new LoadPlan([leader.Target], workload, clients), before, window ?? plan.Window);
        return result.Errors == 0
            ? result.PerSecond
            : throw new BenchException(
                $"{cluster.Kind.Name}, {workload.Name}: {result.Errors} failed: {result.FirstError}");
    }

    private static void Fill(ServerProcess leader, KeySpace keys)
    {
        var filled = LoadRun.Count(
            new LoadPlan([leader.Target], EtcdWorkloads.Fill(keys, ValueBytes), FillClients), keys.Count,
            Patience);
        if (filled.Errors > 0)
        {
            throw new BenchException($"{filled.Errors} keys were not written: {filled.FirstError}");
        }
    }
}
