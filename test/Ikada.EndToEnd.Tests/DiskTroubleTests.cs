using Ikada.Cli.Client;
using Ikada.Cli.Demo;
using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

/// <summary>Real servers whose real disks fail or do not answer: system calls are made to, by strace
/// (FAULTS.md F36, F37, F39).</summary>
[Trait("Needs", "strace")]
public sealed class DiskTroubleTests : IAsyncLifetime
{
    private readonly Ledger _ledger = new();
    private LocalCluster? _cluster;
    private string _wrapper = string.Empty;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _wrapper = Path.Combine(Directory.CreateTempSubdirectory("ikada-").FullName, "traced");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(Path.GetDirectoryName(_wrapper)!, recursive: true);
    }

    [Theory]
    [InlineData("fdatasync", "fdatasync:error=EIO:when=300", "fdatasync of ")]
    [InlineData("pwrite64,pwritev", "pwrite64,pwritev:error=EIO:when=300", "pwrite of ")]
    [InlineData("fdatasync", "fdatasync:error=ENOSPC:when=300", "fdatasync of ")]
    public async Task An_error_of_the_disk_stops_the_server_and_what_was_acknowledged_is_there_afterwards(
        string calls, string fault, string message)
    {
        Wrap($"-e trace={calls} -e inject={fault}");
        var cluster = _cluster = new LocalCluster(_wrapper, 1, $"test-{Guid.NewGuid():N}");
        var member = cluster.Members[0];
        cluster.StartAll();
        using var server = new EtcdConnection(Endpoint.ParseList(member.Endpoint, "test").Single());
        await using (var writers = new Writers([server], _ledger, "k/", count: 4))
        {
            writers.Start();
            await Eventually.HoldsAsync("the server stopping", () => Task.FromResult(!member.IsRunning));
            await writers.StopAsync();
        }

        Assert.NotEqual(0, member.ExitCode);
        var log = await File.ReadAllTextAsync(member.LogFile, Cancelled);
        Assert.Contains(message, log, StringComparison.Ordinal);
        Assert.Contains(fault.Contains("EIO", StringComparison.Ordinal) ? "EIO" : "ENOSPC", log,
            StringComparison.Ordinal);
        Assert.Contains("start the node again", log, StringComparison.Ordinal);
        Assert.True(_ledger.AcknowledgedCount > 10, $"only {_ledger.AcknowledgedCount} writes");

        Wrap(string.Empty);
        cluster.StartAll();
        await Eventually.HoldsAsync("an answer", async () =>
        {
            var put = await Command.IkadaAsync("put", "after", "1", "--endpoints", member.Endpoint);
            return put.ExitCode == 0;
        });
        Assert.Empty(_ledger.Contradictions(
            await ReadBack.AllAsync(server, "k/", serializable: false, Cancelled)));
    }

    [Fact]
    public async Task A_leader_whose_disk_does_not_answer_any_more_is_replaced_and_writes_go_on()
    {
        Wrap(string.Empty);
        var cluster = _cluster = new LocalCluster(_wrapper, 3, $"test-{Guid.NewGuid():N}");
        // Not the others: they must be there to take over.
        var stuck = cluster.Members[0];
        Wrap("-e trace=fdatasync -e inject=fdatasync:delay_enter=600000000:when=300+");
        cluster.Start(stuck);
        await Eventually.HoldsAsync(
            "the traced one running", () => Task.FromResult(File.Exists(stuck.LogFile)));
        await Task.Delay(TimeSpan.FromMilliseconds(500), Cancelled);
        Wrap(string.Empty);
        cluster.Start(cluster.Members[1]);
        cluster.Start(cluster.Members[2]);
        using var probe = new StateProbe();
        await Eventually.HoldsAsync("a leader", async () => await LeaderAsync(probe) is not null);
        var servers = Endpoint.ParseList(cluster.Endpoints, "test")
            .Select(each => new EtcdConnection(each)).ToList();
        await using (var writers = new Writers(servers, _ledger, "k/", count: 3))
        {
            writers.Start();
            if (await LeaderAsync(probe) != stuck)
            {
                await MoveLeaderAsync(probe, servers, stuck);
            }

            // Its disk stands still after so many syncs. It says so, and somebody else leads.
            await Eventually.HoldsAsync("another leader", async () =>
                (await File.ReadAllTextAsync(stuck.LogFile, Cancelled))
                    .Contains("DiskStuck", StringComparison.Ordinal)
                && await LeaderAsync(probe) is { } leader && leader != stuck);
            var acknowledged = _ledger.AcknowledgedCount;
            await Eventually.HoldsAsync(
                "writes going on", () => Task.FromResult(_ledger.AcknowledgedCount > acknowledged + 50));
            await writers.StopAsync();
        }

        Assert.Empty(_ledger.Contradictions(
            await ReadBack.AllAsync(servers[1], "k/", serializable: false, Cancelled)));
        stuck.Kill();
        servers.ForEach(server => server.Dispose());
    }

    // Traced, and on a busy machine, it may be the last one to be up.
    private static async Task<Api.Etcd.StatusResponse> FirstStatusAsync(EtcdConnection server)
    {
        Api.Etcd.StatusResponse? status = null;
        await Eventually.HoldsAsync("an answer of the traced one", async () =>
        {
            try
            {
                status = await server.Maintenance.StatusAsync(new(), cancellationToken: Cancelled);
            }
            catch (Grpc.Core.RpcException)
            {
                return false;
            }

            return true;
        });
        return status!;
    }

    private async Task MoveLeaderAsync(StateProbe probe, List<EtcdConnection> servers, LocalMember to)
    {
        var target = await FirstStatusAsync(servers[0]);
        await Eventually.HoldsAsync("the traced one leading", async () =>
        {
            var leader = await LeaderAsync(probe);
            if (leader is null || leader == to)
            {
                return leader == to;
            }

            var at = Enumerable.Range(0, servers.Count).Single(i => _cluster!.Members[i] == leader);
            try
            {
                await servers[at].Maintenance.MoveLeaderAsync(
                    new() { TargetID = target.Header.MemberId }, cancellationToken: Cancelled);
            }
            catch (Grpc.Core.RpcException)
            {
                // The leader of now may be another one: asked again.
                return false;
            }

            return true;
        });
    }

    private async Task<LocalMember?> LeaderAsync(StateProbe probe)
    {
        var states = await probe.AskAllAsync(_cluster!.Members, Cancelled);
        var at = Array.FindIndex(states, state => state is { IsLeader: true });
        return at < 0 ? null : _cluster.Members[at];
    }

    // The program with system calls that fail. With --seccomp-bpf only those are slowed down.
    private void Wrap(string options)
    {
        var trace = options.Length == 0 ? string.Empty
            : $"strace -f --seccomp-bpf -qq -o /dev/null {options} ";
        File.WriteAllText(_wrapper, $"#!/bin/sh\nexec {trace}'{Command.Ikada}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                _wrapper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
