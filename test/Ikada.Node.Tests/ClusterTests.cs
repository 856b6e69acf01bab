using Ikada.Consensus;
using Ikada.Primitives;
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
        await using var cluster = await ThreeNodes.StartAsync(_directory);
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
        await using var cluster = await ThreeNodes.StartAsync(_directory);
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
        await using var cluster = await ThreeNodes.StartAsync(_directory);
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

    private sealed class ThreeNodes(string directory, System.Net.IPEndPoint[] endPoints) : IAsyncDisposable
    {
        private readonly TestNode?[] _nodes = new TestNode?[3];

        public IReadOnlyList<TestNode> Live => [.. _nodes.OfType<TestNode>()];

        public static async Task<ThreeNodes> StartAsync(string directory)
        {
            var cluster = new ThreeNodes(directory, TestNode.FreeEndPoints(3));
            for (var i = 0; i < 3; i++)
            {
                await cluster.RestartAsync(TestNode.Id(i));
            }

            return cluster;
        }

        public async Task RestartAsync(NodeId id)
        {
            var number = Number(id);
            _nodes[number] = await TestNode.StartAsync(
                Path.Combine(directory, $"{number}"), number, members: 3, endPoints);
        }

        public async Task StopAsync(NodeId id)
        {
            var node = _nodes[Number(id)]!;
            _nodes[Number(id)] = null;
            await node.DisposeAsync();
        }

        public async Task<NodeId> LeaderAsync()
        {
            var end = DateTime.UtcNow + Patience;
            while (true)
            {
                foreach (var node in Live)
                {
                    if (node.Node.Status.Role == Role.Leader)
                    {
                        return node.Node.Status.Self;
                    }
                }

                Assert.True(DateTime.UtcNow < end, "nobody leads");
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var node in Live)
            {
                await node.DisposeAsync();
            }
        }

        private static int Number(NodeId id) => (int)(id.Value - TestNode.Id(0).Value);
    }
}
