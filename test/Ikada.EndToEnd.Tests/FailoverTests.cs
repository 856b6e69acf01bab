using Ikada.Cli.Demo;

namespace Ikada.EndToEnd.Tests;

/// <summary>One server goes, killed or asked to, and the others go on.</summary>
public sealed class FailoverTests : IAsyncLifetime
{
    private readonly ClusterFixture _fixture = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_leader_killed_under_writes_loses_nothing_and_comes_back()
    {
        var ledger = new Ledger();
        var leader = await _fixture.LeaderAsync();
        await using (var writers = new Writers(_fixture.Servers, ledger, "k/", count: 4))
        {
            writers.Start();
            await AcknowledgedAsync(ledger, 100);
            leader.Kill();
            await _fixture.LeaderAsync(except: leader);
            await AcknowledgedAsync(ledger, ledger.AcknowledgedCount + 100);
            _fixture.Cluster.Start(leader);
            await AcknowledgedAsync(ledger, ledger.AcknowledgedCount + 100);
            await writers.StopAsync();
        }

        var states = await _fixture.SettledAsync();
        Assert.Single(states.Select(state => state.StateHash).Distinct());
        foreach (var server in _fixture.Servers)
        {
            Assert.Empty(
                ledger.Contradictions(await ReadBack.AllAsync(server, "k/", serializable: true, Cancelled)));
        }

        Assert.Empty(ledger.Contradictions(
            await ReadBack.AllAsync(_fixture.Servers[0], "k/", serializable: false, Cancelled)));
    }

    [Fact]
    public async Task A_server_stops_with_exit_code_0_when_asked_and_the_others_go_on()
    {
        var leader = await _fixture.LeaderAsync();
        Assert.Equal(0, await leader.StopAsync());
        var successor = await _fixture.LeaderAsync(except: leader);
        (await Command.IkadaAsync("put", "after", "1", "--endpoints", successor.Endpoint)).Succeeded();
        _fixture.Cluster.Start(leader);
        await _fixture.SettledAsync();
        Assert.Equal(
            "after\n1\n",
            (await Command.IkadaAsync("get", "after", "--endpoints", leader.Endpoint)).Succeeded().Output);
    }

    private static Task AcknowledgedAsync(Ledger ledger, int count) =>
        Eventually.HoldsAsync(
            $"{count} acknowledged writes", () => Task.FromResult(ledger.AcknowledgedCount >= count));
}
