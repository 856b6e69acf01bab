using System.Diagnostics;
using Ikada.Bench.Clusters;

namespace Ikada.Bench.Failing;

/// <summary>What befalls a leader.</summary>
internal enum Fault
{
    Kill,
    Stop,
    Cut,
}

/// <summary>Gaps of one kind of servers under one fault, in milliseconds.</summary>
internal sealed record FaultSeries(string Servers, string Fault, List<double> Gaps);

/// <summary>How often a pause of half the election timeout has cost an election.</summary>
internal sealed record CalmSeries(string Servers, string Paused, int Pauses, int Elections);

/// <summary>Faults of the leader of one cluster, one after the other.</summary>
internal sealed class FailoverRun(ServerKind kind, string where, int trials, Action<string> tell)
{
    private const int Nodes = 3;
    private const int SteadyWrites = 100;
    private const int WritesAfter = 50;

    /// <summary>The default of both, and given to both.</summary>
    public const int ElectionMilliseconds = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1.5);

    public async Task<List<FaultSeries>> FaultsAsync(IEnumerable<Fault> faults)
    {
        using var network = new NamespaceNetwork(Nodes);
        using var cluster = await ServerCluster.StartAsync(kind, Nodes, where, network);
        await using var writer = new PatientWriter(cluster);
        var all = new List<FaultSeries>();
        foreach (var fault in faults)
        {
            var series = new FaultSeries(kind.Name, Name(fault), []);
            for (var trial = 1; trial <= trials; trial++)
            {
                tell($"{kind.Name}: {series.Fault}, {trial} of {trials}");
                series.Gaps.Add((await TryAsync(fault, cluster, network, writer)).TotalMilliseconds);
            }

            all.Add(series);
        }

        return all;
    }

    /// <summary>Pauses the leader, then followers, each for half the election timeout.</summary>
    public async Task<List<CalmSeries>> CalmAsync()
    {
        using var cluster = await ServerCluster.StartAsync(kind, Nodes, where);
        await using var writer = new PatientWriter(cluster);
        var all = new List<CalmSeries>();
        foreach (var ofLeader in (bool[])[true, false])
        {
            var elections = 0;
            var paused = ofLeader ? "the leader" : "a follower";
            for (var trial = 1; trial <= trials; trial++)
            {
                tell($"{kind.Name}: pauses {paused}, {trial} of {trials}");
                await writer.WritesAsync(SteadyWrites, Stopwatch.GetTimestamp(), Patience);
                var (leader, term) = await cluster.LeadershipAsync();
                var struck = ofLeader ? leader : cluster.Servers.First(server => server != leader);
                struck.Suspend();
                await Task.Delay(ElectionMilliseconds / 2);
                struck.Resume();
                await Task.Delay(Settling);
                elections += (await cluster.LeadershipAsync()).Term == term ? 0 : 1;
            }

            all.Add(new CalmSeries(kind.Name, paused, trials, elections));
        }

        return all;
    }

    private static string Name(Fault fault) => fault switch
    {
        Fault.Kill => "kill -9",
        Fault.Stop => "SIGSTOP",
        _ => "network cut",
    };

    private static async Task<TimeSpan> TryAsync(
        Fault fault, ServerCluster cluster, NamespaceNetwork network, PatientWriter writer)
    {
        await writer.WritesAsync(SteadyWrites, Stopwatch.GetTimestamp(), Patience);
        var leader = await cluster.LeaderAsync();
        var number = cluster.Servers.ToList().IndexOf(leader);
        var moment = Stopwatch.GetTimestamp();
        switch (fault)
        {
            case Fault.Kill: leader.Kill(); break;
            case Fault.Stop: leader.Suspend(); break;
            default: network.Cut(number); break;
        }

        // What was under way may still be acknowledged; the gap is behind it.
        await Task.Delay(ElectionMilliseconds);
        await writer.WritesAsync(WritesAfter, Stopwatch.GetTimestamp(), Patience);
        var gap = writer.LongestGapSince(moment);
        switch (fault)
        {
            case Fault.Kill: cluster.Start(leader); break;
            case Fault.Stop: leader.Resume(); break;
            default: network.Join(number); break;
        }

        await cluster.ReadyAsync();
        await Task.Delay(Settling);
        return gap;
    }
}
