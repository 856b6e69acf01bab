using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Ikada.Api.Etcd;
using Ikada.Load.Http2;

namespace Ikada.Bench.Clusters;

/// <summary>Servers of one cluster on loopback, in a fresh directory that goes with them.</summary>
internal sealed class ServerCluster : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private readonly string _directory;
    private readonly string _text;

    private ServerCluster(ServerKind kind, int size, string where, NamespaceNetwork? network)
    {
        Kind = kind;
        _directory = Path.Combine(where, $"ikada-bench-{Guid.NewGuid():N}");
        Directory.CreateDirectory(_directory);
        var ports = Ports.Free(2 * size);
        Servers =
        [
            .. Enumerable.Range(0, size).Select(i =>
                new ServerProcess(
                    kind, $"n{i + 1}", _directory,
                    network is null ? "127.0.0.1" : NamespaceNetwork.Address(i),
                    ports[2 * i], ports[(2 * i) + 1], network?.Entering(i) ?? [])),
        ];
        _text = string.Join(',', Servers.Select(server => $"{server.Name}={server.PeerUrl}"));
    }

    public ServerKind Kind { get; }

    public IReadOnlyList<ServerProcess> Servers { get; }

    public IReadOnlyList<GrpcTarget> Targets => [.. Servers.Select(server => server.Target)];

    /// <summary>Starts one, and waits until it takes writes.</summary>
    /// <param name="kind">Of which servers.</param>
    /// <param name="size">How many.</param>
    /// <param name="where">Directory on the disk to measure.</param>
    /// <param name="network">Where its servers are; null: all on loopback.</param>
    public static async Task<ServerCluster> StartAsync(
        ServerKind kind, int size, string where, NamespaceNetwork? network = null)
    {
        var cluster = new ServerCluster(kind, size, where, network);
        try
        {
            foreach (var server in cluster.Servers)
            {
                cluster.Start(server);
            }

            await cluster.ReadyAsync();
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    public void Start(ServerProcess server) => server.Start(_text);

    public Usage Usage() => Servers.Select(server => server.Usage()).Aggregate((one, other) => one + other);

    /// <summary>Waits until each server answers a write.</summary>
    public async Task ReadyAsync()
    {
        foreach (var server in Servers)
        {
            await UntilAsync(server, async channel =>
            {
                await new KV.KVClient(channel).PutAsync(
                    new PutRequest { Key = ByteString.CopyFromUtf8("ready") },
                    deadline: DateTime.UtcNow + TimeSpan.FromSeconds(2));
                return true;
            });
        }
    }

    /// <summary>The server that leads now.</summary>
    public async Task<ServerProcess> LeaderAsync() => (await LeadershipAsync()).Leader;

    /// <summary>The server that leads now, and its term.</summary>
    public async Task<(ServerProcess Leader, ulong Term)> LeadershipAsync()
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience; await Task.Delay(Poll))
        {
            foreach (var server in Servers)
            {
                if (await TermOfLeaderAsync(server) is { } term)
                {
                    return (server, term);
                }
            }
        }

        throw new BenchException($"{Kind.Name}: nobody leads");
    }

    public void Dispose()
    {
        foreach (var server in Servers)
        {
            server.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Tries until it succeeds.</summary>
    public async Task UntilAsync(
        ServerProcess server, Func<GrpcChannel, Task<bool>> succeeds, TimeSpan? patience = null)
    {
        var limit = patience ?? Patience;
        using var channel = GrpcChannel.ForAddress(server.ClientUrl);
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(Poll))
        {
            try
            {
                if (await succeeds(channel))
                {
                    return;
                }
            }
            catch (RpcException failure) when (watch.Elapsed > limit)
            {
                throw new BenchException(
                    $"{Kind.Name} {server.Name} does not answer: {failure.Status.Detail}\n"
                    + server.LogTail());
            }
            catch (RpcException)
            {
                // It is not there yet, or behind.
                continue;
            }

            if (watch.Elapsed > limit)
            {
                throw new BenchException($"{Kind.Name} {server.Name} is not ready:\n{server.LogTail()}");
            }
        }
    }

    // Null: it does not lead.
    private static async Task<ulong?> TermOfLeaderAsync(ServerProcess server)
    {
        try
        {
            using var channel = GrpcChannel.ForAddress(server.ClientUrl);
            var status = await new Maintenance.MaintenanceClient(channel).StatusAsync(
                new StatusRequest(), deadline: DateTime.UtcNow + TimeSpan.FromSeconds(1));
            return status.Leader != 0 && status.Leader == status.Header.MemberId ? status.RaftTerm : null;
        }
        catch (RpcException)
        {
            return null;
        }
    }
}
