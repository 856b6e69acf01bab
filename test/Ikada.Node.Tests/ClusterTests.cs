using Ikada.Consensus;
using Ikada.Replica;

namespace Ikada.Node.Tests;

public sealed class ClusterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-cluster-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Three_nodes_elect_a_leader_and_a_write_at_any_of_them_is_applied_on_all()
    {
        await using var cluster = await NodeCluster.StartAsync(_directory, voters: 3);
        var written = new List<string>();
        foreach (var node in cluster.Live)
        {
            var command = $"from {written.Count}";
            var outcome =
                await node.ProposeAsync(command).WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.Equal(OutcomeKind.Applied, outcome.Kind);
            written.Add(command);
        }

        foreach (var node in cluster.Live)
        {
            Assert.True((await node.Node.ReadBarrierAsync(TestContext.Current.CancellationToken)).Ready);
            Assert.Equal(written, node.Machine.Commands);
        }
    }

    [Fact]
    public async Task When_the_leader_goes_another_leads_and_nothing_acknowledged_is_lost()
    {
        await using var cluster = await NodeCluster.StartAsync(_directory, voters: 3);
        var acknowledged = new List<string>();
        await WriteAsync(cluster.Live[0], "before", acknowledged);

        var leader = await cluster.LeaderAsync();
        await cluster.StopAsync(leader);
        await WriteAsync(cluster.Live[0], "after", acknowledged);
        Assert.NotEqual(leader, await cluster.LeaderAsync());

        // The one that was away has everything again as well.
        await cluster.RestartAsync(leader);
        foreach (var node in cluster.Live)
        {
            using var limit = new CancellationTokenSource(Patience);
            Assert.True((await node.Node.ReadBarrierAsync(limit.Token)).Ready);
            var applied = node.Machine.Commands.ToHashSet();
            Assert.All(acknowledged, command => Assert.Contains(command, applied));
        }
    }

    [Fact]
    public async Task A_leader_lost_under_load_costs_no_acknowledged_write_and_none_is_applied_twice()
    {
        await using var cluster = await NodeCluster.StartAsync(_directory, voters: 3);
        var leader = await cluster.LeaderAsync();
        using var stop = new CancellationTokenSource();
        var writers = cluster.Live.Where(node => node.Node.Status.Self != leader)
            .SelectMany((node, n) => Enumerable.Range(0, 8)
                .Select(w => KeepWritingAsync(node, $"{n}.{w}", stop.Token)))
            .ToArray();
        await Task.Delay(300, TestContext.Current.CancellationToken);
        await cluster.StopAsync(leader);
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        var acknowledged = (await Task.WhenAll(writers)).SelectMany(one => one).ToArray();

        Assert.NotEmpty(acknowledged);
        var logs = new List<IReadOnlyList<string>>();
        foreach (var node in cluster.Live)
        {
            using var limit = new CancellationTokenSource(Patience);
            Assert.True((await node.Node.ReadBarrierAsync(limit.Token)).Ready);
            var applied = node.Machine.Commands;
            Assert.Equal(applied.Count, applied.Distinct().Count());
            Assert.Empty(acknowledged.Except(applied));
            logs.Add(applied);
        }

        // The same commands in the same order, as far as both have got.
        var common = logs.Min(log => log.Count);
        Assert.Equal(logs[0].Take(common), logs[1].Take(common));
    }

    private static async Task<List<string>> KeepWritingAsync(TestNode node, string name,
        CancellationToken stop)
    {
        var acknowledged = new List<string>();
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var outcome = await node.ProposeAsync($"{name} {i}", stop);
            if (outcome.Kind == OutcomeKind.Applied)
            {
                acknowledged.Add($"{name} {i}");
            }
        }

        return acknowledged;
    }

    private static async Task WriteAsync(TestNode node, string prefix, List<string> acknowledged)
    {
        for (var i = 0; i < 20; i++)
        {
            var outcome = await node.ProposeAsync($"{prefix} {i}")
                .WaitAsync(Patience, TestContext.Current.CancellationToken);
            if (outcome.Kind == OutcomeKind.Applied)
            {
                acknowledged.Add($"{prefix} {i}");
            }
        }

        // A few may be unknown where a leader was lost; most are not.
        Assert.True(acknowledged.Count >= 10, $"only {acknowledged.Count} writes were acknowledged");
    }
}
