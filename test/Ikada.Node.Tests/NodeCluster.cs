using System.Net;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;
using Microsoft.Extensions.Logging;

namespace Ikada.Node.Tests;

/// <summary>Nodes over real disks and sockets: some voters from the beginning, and places for more.</summary>
internal sealed class NodeCluster(string directory, IPEndPoint[] endPoints, int voters) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TestNode?[] _nodes = new TestNode?[endPoints.Length];

    /// <summary>What its nodes are started with.</summary>
    public NodeOptions Options { get; init; } = TestNode.Options;

    /// <summary>Where the nodes reach each other; else where they listen.</summary>
    public IPEndPoint[]? Dialled { get; init; }

    /// <summary>Takes what the nodes log.</summary>
    public ILoggerFactory? Loggers { get; init; }

    public IReadOnlyList<TestNode> Live => [.. _nodes.OfType<TestNode>()];

    public TestNode this[int number] => _nodes[number]!;

    public static async Task<NodeCluster> StartAsync(
        string directory, int voters, int spares = 0, NodeOptions? options = null)
    {
        var cluster = new NodeCluster(directory, TestNode.FreeEndPoints(voters + spares), voters)
        {
            Options = options ?? TestNode.Options,
        };
        for (var number = 0; number < voters; number++)
        {
            await cluster.StartAsync(number);
        }

        return cluster;
    }

    /// <summary>Starts a node over its directory, a new one if there is none. One that is no voter from the
    /// beginning knows nothing but addresses.</summary>
    public async Task StartAsync(int number, ulong? seed = null) =>
        _nodes[number] = await TestNode.StartAsync(
            DirectoryOf(number), number, number < voters ? voters : 0, endPoints, Options, seed, Loggers,
            Dialled);

    public Task RestartAsync(NodeId id) => StartAsync(NumberOf(id));

    public async Task StopAsync(NodeId id)
    {
        var node = _nodes[NumberOf(id)]!;
        _nodes[NumberOf(id)] = null;
        await node.DisposeAsync();
    }

    /// <summary>Stops a node, loses its disk and starts it again; with a seed its incarnation is drawn from
    /// that.</summary>
    public async Task WipeAsync(int number, ulong? seed = null)
    {
        await StopAsync(TestNode.Id(number));
        Directory.Delete(DirectoryOf(number), recursive: true);
        await StartAsync(number, seed);
    }

    public async Task<NodeId> LeaderAsync()
    {
        NodeId leader = default;
        await UntilAsync("somebody leads", () =>
        {
            leader = Live.Select(node => node.Node.Status).Where(one => one.Role == Role.Leader)
                .Select(one => one.Self).FirstOrDefault();
            return !leader.IsNone;
        });
        return leader;
    }

    /// <summary>Asks whoever leads until the change is applied.</summary>
    public async Task ChangeAsync(MembershipChange change)
    {
        var end = DateTime.UtcNow + Patience;
        while (true)
        {
            var leader = this[NumberOf(await LeaderAsync())];
            var outcome = await leader.Node
                .ChangeMembershipAsync(change, TestContext.Current.CancellationToken).AsTask()
                .WaitAsync(Patience, TestContext.Current.CancellationToken);
            if (outcome.Kind == OutcomeKind.Applied)
            {
                return;
            }

            Assert.True(DateTime.UtcNow < end, $"{outcome}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public static async Task UntilAsync(string what, Func<bool> holds, Func<string>? otherwise = null)
    {
        var end = DateTime.UtcNow + Patience;
        while (!holds())
        {
            Assert.True(DateTime.UtcNow < end, $"not so in time: {what}\n{otherwise?.Invoke()}");
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

    public static int NumberOf(NodeId id) => (int)(id.Value - TestNode.Id(0).Value);

    public string DirectoryOf(int number) => Path.Combine(directory, $"{number}");
}
