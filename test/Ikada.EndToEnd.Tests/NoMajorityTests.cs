using Ikada.Cli.Demo;

namespace Ikada.EndToEnd.Tests;

/// <summary>More than one server goes.</summary>
public sealed class NoMajorityTests : IAsyncLifetime
{
    private readonly ClusterFixture _fixture = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task All_servers_killed_at_once_come_back_with_everything()
    {
        var ledger = new Ledger();
        await using (var writers = new Writers(_fixture.Servers, ledger, "k/", count: 4))
        {
            writers.Start();
            await AcknowledgedAsync(ledger, 200);
            foreach (var member in _fixture.Cluster.Members)
            {
                member.Kill();
            }

            await writers.StopAsync();
        }

        _fixture.Cluster.StartAll();
        await _fixture.LeaderAsync();
        Assert.Empty(ledger.Contradictions(
            await ReadBack.AllAsync(_fixture.Servers[0], "k/", serializable: false, Cancelled)));
    }

    [Fact]
    [Trait("Needs", "etcdctl")]
    public async Task Without_a_majority_a_local_read_answers_and_a_linearizable_one_times_out()
    {
        (await Command.EtcdctlAsync(_fixture.Endpoints, "put", "q", "1")).Succeeded();
        await _fixture.SettledAsync();
        var survivor = _fixture.Cluster.Members[0];
        _fixture.Cluster.Members[1].Kill();
        _fixture.Cluster.Members[2].Kill();

        var local = await Command.EtcdctlAsync(survivor.Endpoint, "get", "q", "--consistency=s");
        Assert.Equal("q\n1\n", local.Succeeded().Output);
        var agreed = await Command.EtcdctlAsync(survivor.Endpoint, "--command-timeout=10s", "get", "q");
        Assert.NotEqual(0, agreed.ExitCode);
        Assert.Contains("etcdserver: request timed out", agreed.Errors, StringComparison.Ordinal);
        var write = await Command.EtcdctlAsync(survivor.Endpoint, "--command-timeout=10s", "put", "q", "2");
        Assert.NotEqual(0, write.ExitCode);
        Assert.Contains("etcdserver: request timed out", write.Errors, StringComparison.Ordinal);
    }

    private static Task AcknowledgedAsync(Ledger ledger, int count) =>
        Eventually.HoldsAsync(
            $"{count} acknowledged writes", () => Task.FromResult(ledger.AcknowledgedCount >= count));
}
