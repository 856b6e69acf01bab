using System.Diagnostics;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Faults.Clients;

namespace Ikada.Faults.Running;

/// <summary>Three servers, who of them leads, and whether they are of one mind.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    public const int Size = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan AskTime = TimeSpan.FromSeconds(1);

    public Cluster(string program, string directory, string[] flags)
    {
        var initial = Server.ClusterOf(Size);
        Servers = [.. Enumerable.Range(0, Size).Select(
            node => new Server(program, directory, node, initial, flags))];
    }

    public IReadOnlyList<Server> Servers { get; }

    public IReadOnlyList<Connection> Connections => [.. Servers.Select(server => server.Connection)];

    public Task StartAsync()
    {
        foreach (var server in Servers)
        {
            server.Start();
        }

        return SettledAsync();
    }

    /// <summary>Who leads in the highest term that any of them tells, and the term; null: nobody.</summary>
    public async Task<(int Node, ulong Term)?> LeaderAsync()
    {
        var states = await Task.WhenAll(Servers.Select(StatusAsync));
        (int, ulong)? leader = null;
        var term = 0UL;
        for (var node = 0; node < states.Length; node++)
        {
            if (states[node] is { } state && state.Leader == state.Header.MemberId && state.RaftTerm > term)
            {
                (leader, term) = ((node, state.RaftTerm), state.RaftTerm);
            }
        }

        return leader;
    }

    /// <summary>Waits until all run, know one leader, and answer.</summary>
    public Task SettledAsync() => EventuallyAsync("all servers answering under one leader", async () =>
    {
        var states = await Task.WhenAll(Servers.Select(StatusAsync));
        return states.All(state => state is not null && state.Leader != 0
            && state.Leader == states[0]!.Leader && state.RaftTerm == states[0]!.RaftTerm
            && state.Errors.Count == 0);
    });

    /// <summary>Waits until all have applied the same, and gives the hash of each at that revision.</summary>
    public async Task<(long Revision, uint[] Hashes)> HashesAsync()
    {
        var revision = 0L;
        await EventuallyAsync("all servers at one revision", async () =>
        {
            var states = await Task.WhenAll(Servers.Select(StatusAsync));
            revision = states[0]?.Header.Revision ?? 0;
            return states.All(state => state is not null && state.Header.Revision == revision
                && state.RaftAppliedIndex == states[0]!.RaftAppliedIndex);
        });
        var hashes = await Task.WhenAll(Servers.Select(async server =>
            (await server.Connection.Maintenance.HashKVAsync(
                new HashKVRequest { Revision = revision })).Hash));
        return (revision, hashes);
    }

    /// <summary>Asks again until it holds.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    public async Task EventuallyAsync(string what, Func<Task<bool>> holds)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                var said = Servers.Select(server => $"--- {server.Name}\n{server.LogTail()}");
                throw new TimeoutException(
                    $"waited {Patience.TotalSeconds} s for {what}, in vain\n{string.Join('\n', said)}");
            }

            await Task.Delay(LookInterval);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Servers)
        {
            await server.KillAsync();
            server.Dispose();
        }
    }

    private static async Task<StatusResponse?> StatusAsync(Server server)
    {
        try
        {
            return await server.Connection.Maintenance.StatusAsync(
                new StatusRequest(), deadline: DateTime.UtcNow + AskTime);
        }
        catch (RpcException)
        {
            return null;
        }
    }
}
