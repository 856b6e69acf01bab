using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Ikada.Api.Etcd;
using Microsoft.Extensions.Logging;

namespace Ikada.Server.Tests;

/// <summary>Real servers in this process: real sockets on loopback, real disks in a directory that goes
/// afterwards.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("ikada-server-").FullName;
    private readonly IReadOnlyList<InitialMember> _members;
    private readonly int[] _clientPorts;
    private readonly IkadaServer?[] _servers;
    private readonly GrpcChannel?[] _channels;

    public TestCluster(int size)
    {
        var ports = FreePorts(2 * size);
        _members = [.. Enumerable.Range(0, size).Select(at => new InitialMember($"n{at}", [Url(ports[at])]))];
        _clientPorts = ports[size..];
        _servers = new IkadaServer?[size];
        _channels = new GrpcChannel?[size];
    }

    public int Size => _servers.Length;

    public IkadaServer Server(int at) => _servers[at]!;

    public ServerOptions Options(int at) => new()
    {
        Name = _members[at].Name,
        DataDirectory = Path.Combine(_root, _members[at].Name),
        ListenClientUrls = [Url(_clientPorts[at])],
        AdvertiseClientUrls = [Url(_clientPorts[at])],
        ListenPeerUrls = _members[at].PeerUrls,
        AdvertisePeerUrls = _members[at].PeerUrls,
        InitialCluster = _members,
        LogLevel = LogLevel.Error,
    };

    public Task StartAsync(int at) => StartAsync(at, Options(at));

    public async Task StartAsync(int at, ServerOptions options)
    {
        _servers[at] = await IkadaServer.StartAsync(options, TestContext.Current.CancellationToken);
        _channels[at] = GrpcChannel.ForAddress(Url(_clientPorts[at]));
    }

    public Task StartAllAsync() => Task.WhenAll(Enumerable.Range(0, Size).Select(StartAsync));

    public async Task StopAsync(int at)
    {
        _channels[at]?.Dispose();
        await _servers[at]!.StopAsync(TestContext.Current.CancellationToken);
        _servers[at] = null;
    }

    public KV.KVClient Kv(int at) => new(_channels[at]);

    public Cluster.ClusterClient Cluster(int at) => new(_channels[at]);

    public Maintenance.MaintenanceClient Maintenance(int at) => new(_channels[at]);

    public async Task<StatusResponse> StatusAsync(int at) => await Maintenance(at).StatusAsync(
        new StatusRequest(), cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Puts, again and again while there is no leader: to repeat it does no harm here.</summary>
    public async Task PutAsync(int at, string key, string value)
    {
        var request = new PutRequest { Key = ServerFixture.Bytes(key), Value = ServerFixture.Bytes(value) };
        await EventuallyAsync(async () =>
        {
            try
            {
                await Kv(at).PutAsync(request, cancellationToken: TestContext.Current.CancellationToken);
                return true;
            }
            catch (RpcException refusal) when (refusal.StatusCode == StatusCode.Unavailable)
            {
                return false;
            }
        });
    }

    public async Task<string?> GetAsync(int at, string key)
    {
        var response = await Kv(at).RangeAsync(
            new RangeRequest { Key = ServerFixture.Bytes(key) },
            cancellationToken: TestContext.Current.CancellationToken);
        return response.Kvs.Count == 0 ? null : response.Kvs[0].Value.ToStringUtf8();
    }

    public static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        for (var attempt = 0; attempt < 300; attempt++)
        {
            if (await holds())
            {
                return;
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Fail("what was waited for did not come to hold in 30 seconds");
    }

    public async ValueTask DisposeAsync()
    {
        for (var at = 0; at < Size; at++)
        {
            _channels[at]?.Dispose();
            if (_servers[at] is { } server)
            {
                await server.DisposeAsync();
            }
        }

        Directory.Delete(_root, recursive: true);
    }

    private static Uri Url(int port) => new($"http://127.0.0.1:{port}");

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count)
            .Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }
}
