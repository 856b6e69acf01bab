using Ikada.Cli.Demo;
using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

/// <summary>Servers that take snapshots often, keep little log, and have no other state to start from: their
/// keys are in memory.</summary>
public sealed class SnapshotTests : IAsyncLifetime
{
    private readonly ClusterFixture _fixture = new(
        [
            "--snapshot-count", "50", "--experimental-snapshot-catchup-entries", "10",
            "--storage-engine", "memory",
        ]);

    private readonly List<(string Prefix, Ledger Ledger)> _written = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    [Trait("Needs", "etcdctl")]
    public async Task A_server_that_was_away_catches_up_by_snapshot_and_restarts_lose_nothing()
    {
        await WriteAsync("before/", 100);
        (await Command.EtcdctlAsync(_fixture.Endpoints, "put", "early", "1")).Succeeded();
        var away = _fixture.Cluster.Members[2];
        away.Kill();
        await WriteAsync("meanwhile/", 400);
        (await Command.EtcdctlAsync(_fixture.Cluster.Members[0].Endpoint, "put", "late", "2")).Succeeded();
        await Eventually.HoldsAsync(
            "the others have forgotten what it lacks",
            () => Task.FromResult(_fixture.Cluster.Members.Take(2).All(member =>
                LinesOf(member, "the log starts after") >= 3)));

        _fixture.Cluster.Start(away);
        await SettledAsync();

        Assert.Equal(1, LinesOf(away, "has installed the snapshot of"));
        var local = await Command.EtcdctlAsync(away.Endpoint, "get", "late", "--consistency=s");
        Assert.Equal("late\n2\n", local.Succeeded().Output);
        var status = (await Command.EtcdctlAsync(_fixture.Endpoints, "endpoint", "status")).Succeeded();
        var indexes = status.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(", ")[8]).Distinct();
        Assert.Single(indexes);

        foreach (var member in _fixture.Cluster.Members)
        {
            member.Kill();
        }

        _fixture.Cluster.StartAll();
        await _fixture.LeaderAsync();
        await SettledAsync();
        Assert.All(
            _fixture.Cluster.Members, member => Assert.True(LinesOf(member, "starts from the snapshot") > 0));
        local = await Command.EtcdctlAsync(away.Endpoint, "get", "early", "--consistency=s");
        Assert.Equal("early\n1\n", local.Succeeded().Output);
    }

    private async Task WriteAsync(string prefix, int count)
    {
        var ledger = new Ledger();
        await using var writers = new Writers(_fixture.Servers, ledger, prefix, count: 4);
        writers.Start();
        await Eventually.HoldsAsync(
            $"{count} acknowledged writes", () => Task.FromResult(ledger.AcknowledgedCount >= count));
        await writers.StopAsync();
        _written.Add((prefix, ledger));
    }

    // All at one applied index with one state, and each with all that was acknowledged.
    private async Task SettledAsync()
    {
        var states = await _fixture.SettledAsync();
        Assert.Single(states.Select(state => state.StateHash).Distinct());
        foreach (var server in _fixture.Servers)
        {
            foreach (var (prefix, ledger) in _written)
            {
                Assert.Empty(ledger.Contradictions(
                    await ReadBack.AllAsync(server, prefix, serializable: true, Cancelled)));
            }
        }
    }

    private static int LinesOf(LocalMember member, string text) =>
        File.ReadLines(member.LogFile).Count(line => line.Contains(text, StringComparison.Ordinal));
}
