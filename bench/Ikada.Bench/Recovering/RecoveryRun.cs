using System.Diagnostics;
using Google.Protobuf;
using Grpc.Net.Client;
using Ikada.Api.Etcd;
using Ikada.Bench.Clusters;
using Ikada.Bench.Failing;
using Ikada.Load.Running;
using Ikada.Load.Workloads;

namespace Ikada.Bench.Recovering;

/// <summary>How a recovery is measured.</summary>
/// <param name="Kinds">Two: ours first.</param>
/// <param name="Rounds">Fresh clusters of each.</param>
/// <param name="Keys">How many there are.</param>
/// <param name="MissedFew">Writes that a node misses, so few that it gets them from the log.</param>
/// <param name="MissedMany">So many that it gets a snapshot.</param>
/// <param name="Where">A directory on the disk to measure.</param>
internal sealed record RecoveryPlan(
    IReadOnlyList<ServerKind> Kinds, int Rounds, int Keys, int MissedFew, int MissedMany, string Where);

/// <summary>What one round gave: seconds, and MiB of memory of the server that uses most.</summary>
internal sealed record RecoveryFigures(
    string Servers,
    double FillSeconds,
    double MemoryMiB,
    double RestartToRead,
    double RestartToWrite,
    double CaughtUpFew,
    double CaughtUpMany);

/// <summary>Restarts of a follower, with nothing missed and with much.</summary>
internal sealed class RecoveryRun(RecoveryPlan plan, Action<string> tell)
{
    private const int Nodes = 3;
    private const int ValueBytes = 256;
    private const int Clients = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);
    private readonly KeySpace _keys = new("key/", plan.Keys);

    public async Task<List<RecoveryFigures>> RunAsync()
    {
        var all = new List<RecoveryFigures>();
        for (var round = 0; round < plan.Rounds; round++)
        {
            for (var turn = 0; turn < plan.Kinds.Count; turn++)
            {
                // Who begins changes from round to round.
                all.Add(await MeasureAsync(plan.Kinds[(round + turn) % plan.Kinds.Count], round + 1));
            }
        }

        return all;
    }

    private async Task<RecoveryFigures> MeasureAsync(ServerKind kind, int round)
    {
        var where = $"round {round}: {kind.Name}";
        tell($"{where}: {plan.Keys} keys");
        using var cluster = await ServerCluster.StartAsync(kind, Nodes, plan.Where);
        var watch = Stopwatch.StartNew();
        Write(await cluster.LeaderAsync(), EtcdWorkloads.Fill(_keys, ValueBytes), plan.Keys);
        var filled = watch.Elapsed.TotalSeconds;
        var memory = cluster.Servers.Max(server => server.Usage().ResidentBytes) / (double)(1 << 20);
        tell($"{where}: restart");
        var (read, written) = await RestartAsync(cluster);
        tell($"{where}: misses {plan.MissedFew}");
        var few = await CatchUpAsync(cluster, plan.MissedFew);
        tell($"{where}: misses {plan.MissedMany}");
        var many = await CatchUpAsync(cluster, plan.MissedMany);
        return new RecoveryFigures(kind.Name, filled, memory, read, written, few, many);
    }

    // Seconds from the start of the process to its first answers.
    private async Task<(double Read, double Written)> RestartAsync(ServerCluster cluster)
    {
        var follower = await FollowerAsync(cluster);
        follower.Kill();
        var watch = Stopwatch.StartNew();
        cluster.Start(follower);
        await cluster.UntilAsync(follower, async channel =>
        {
            var found = await new KV.KVClient(channel).RangeAsync(
                new RangeRequest { Key = ByteString.CopyFrom(_keys.Key(1)), Serializable = true },
                deadline: DateTime.UtcNow + Deadline);
            return found.Count == 1;
        });
        var read = watch.Elapsed.TotalSeconds;
        await cluster.UntilAsync(follower, async channel =>
        {
            await new KV.KVClient(channel).PutAsync(
                new PutRequest { Key = ByteString.CopyFrom(_keys.Key(1)) },
                deadline: DateTime.UtcNow + Deadline);
            return true;
        });
        return (read, watch.Elapsed.TotalSeconds);
    }

    // Seconds from the start of the process until it has applied all that the leader had then, while one
    // writer
    // goes on.
    private async Task<double> CatchUpAsync(ServerCluster cluster, int missed)
    {
        var follower = await FollowerAsync(cluster);
        follower.Kill();
        var leader = await cluster.LeaderAsync();
        Write(leader, EtcdWorkloads.Put(_keys, ValueBytes), missed);
        await using var writer = new PatientWriter(cluster);
        var wanted = 0UL;
        await cluster.UntilAsync(leader, async channel =>
        {
            wanted = (await StatusAsync(channel)).RaftIndex;
            return true;
        });
        var watch = Stopwatch.StartNew();
        cluster.Start(follower);
        await cluster.UntilAsync(
            follower, async channel => (await StatusAsync(channel)).RaftAppliedIndex >= wanted, Patience);
        return watch.Elapsed.TotalSeconds;
    }

    private static async Task<ServerProcess> FollowerAsync(ServerCluster cluster)
    {
        var leader = await cluster.LeaderAsync();
        return cluster.Servers.First(server => server != leader);
    }

    private static async Task<StatusResponse> StatusAsync(GrpcChannel channel) =>
        await new Maintenance.MaintenanceClient(channel).StatusAsync(
            new StatusRequest(), deadline: DateTime.UtcNow + Deadline);

    private static void Write(ServerProcess leader, Workload workload, int count)
    {
        var result = LoadRun.Count(new LoadPlan([leader.Target], workload, Clients), count, Patience);
        if (result.Errors > 0)
        {
            throw new BenchException($"{result.Errors} writes failed: {result.FirstError}");
        }
    }
}
