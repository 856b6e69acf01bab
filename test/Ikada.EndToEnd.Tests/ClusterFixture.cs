using Ikada.Cli.Client;
using Ikada.Cli.Demo;
using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

/// <summary>Three servers with a leader, on free ports and in a directory that goes at the end.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private readonly StateProbe _probe = new();

    public ClusterFixture()
        : this([])
    {
    }

    internal ClusterFixture(string[] flags)
    {
        Cluster = new LocalCluster(Command.Ikada, 3, $"test-{Guid.NewGuid():N}", flags);
        Servers = Endpoint.ParseList(Cluster.Endpoints, "test").Select(e => new EtcdConnection(e)).ToList();
    }

    internal LocalCluster Cluster { get; }

    internal IReadOnlyList<EtcdConnection> Servers { get; }

    internal string Endpoints => Cluster.Endpoints;

    public async ValueTask InitializeAsync()
    {
        Cluster.StartAll();
        await LeaderAsync();
        // All three know it: from here on every server answers.
        await Eventually.HoldsAsync("all servers knowing the leader", async () =>
            (await StatesAsync()).All(state => state is not null && state.Leader == Leader(state)
                && Knows(state)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Servers)
        {
            server.Dispose();
        }

        await Cluster.DisposeAsync();
        _probe.Dispose();
    }

    internal Task<NodeState?[]> StatesAsync() =>
        _probe.AskAllAsync(Cluster.Members, TestContext.Current.CancellationToken);

    internal Task<LocalMember> LeaderAsync(LocalMember? except = null) =>
        Eventually.GetAsync("a leader", async () =>
    {
        var states = await StatesAsync();
        var at = Array.FindIndex(states, state => state is { IsLeader: true });
        return at < 0 || Cluster.Members[at] == except ? null : Cluster.Members[at];
    });

    /// <summary>Waits until all three have applied the same, and gives their states.</summary>
    internal Task<NodeState[]> SettledAsync() =>
        Eventually.GetAsync("all servers at one applied index", async () =>
    {
        var states = await StatesAsync();
        return states.All(state => state is not null && state.AppliedIndex == states[0]?.AppliedIndex
            && state.CommitIndex == state.AppliedIndex)
            ? states.Select(state => state!).ToArray()
            : null;
    });

    private static string Leader(NodeState state) => state.Leader;

    private static bool Knows(NodeState state) =>
        state.Leader.Length > 0 && state.Leader.Trim('0', 'n').Length > 0 && state.Leader != "none";
}
