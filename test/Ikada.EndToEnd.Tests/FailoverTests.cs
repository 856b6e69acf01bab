using Ikada.Cli.Demo;
using Ikada.Cli.Loading;
using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

public sealed class FailoverTests : IAsyncLifetime
{
    private const string UnicodeData = "/usr/share/unicode/UnicodeData.txt";
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

    // A tenth of the records; all of them with IKADA_LONG=1.
    [Fact]
    [Trait("Needs", "unicode-data")]
    public async Task Unicode_data_loads_while_the_leader_is_killed_twice()
    {
        var all = Environment.GetEnvironmentVariable("IKADA_LONG") == "1";
        var records = Records.Read(UnicodeData, "u/", every: all ? 1 : 10);
        var loader = new Loader(_fixture.Servers, records);
        var loading = loader.RunAsync(clients: 16, Cancelled);
        LocalMember? dead = null;
        for (var kill = 1; kill <= 2; kill++)
        {
            var share = records.Count * kill / 3;
            await Eventually.HoldsAsync(
                $"{share} records", () => Task.FromResult(loader.Acknowledged >= share));
            if (dead is not null)
            {
                _fixture.Cluster.Start(dead);
                await _fixture.LeaderAsync();
            }

            dead = await _fixture.LeaderAsync();
            dead.Kill();
        }

        await loading;
        _fixture.Cluster.Start(dead!);
        await _fixture.SettledAsync();
        Assert.Equal(records.Count, loader.Acknowledged);
        Assert.Equal(0, await loader.CompareAsync("u/", TextWriter.Null, Cancelled));
    }

    private static Task AcknowledgedAsync(Ledger ledger, int count) =>
        Eventually.HoldsAsync(
            $"{count} acknowledged writes", () => Task.FromResult(ledger.AcknowledgedCount >= count));
}
