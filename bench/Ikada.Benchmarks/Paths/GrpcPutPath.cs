using System.Net;
using System.Net.Sockets;
using Ikada.Load.Http2;
using Ikada.Load.Running;
using Ikada.Load.Workloads;
using Ikada.Server;
using Microsoft.Extensions.Logging;

namespace Ikada.Benchmarks;

/// <summary>A put of 256 B over gRPC, from a client of this process to a server of one in it and back, with
/// all that lies between: 16 clients, RocksDB, the disk.</summary>
internal sealed class GrpcPutPath : HotPath
{
    private const int Clients = 16;
    private const int ValueBytes = 256;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly Scratch _scratch = new();
    private readonly IkadaServer _server;
    private readonly LoadPlan _plan;

    public GrpcPutPath()
    {
        var (clients, peers) = (Url(), Url());
        _server = IkadaServer.StartAsync(
            new ServerOptions
            {
                DataDirectory = _scratch.Path,
                ListenClientUrls = [clients],
                AdvertiseClientUrls = [clients],
                ListenPeerUrls = [peers],
                AdvertisePeerUrls = [peers],
                InitialCluster = [new InitialMember("default", [peers])],
                LogLevel = LogLevel.Error,
            },
            CancellationToken.None).GetAwaiter().GetResult();
        _plan = new LoadPlan(
            [new GrpcTarget("127.0.0.1", clients.Port)],
            EtcdWorkloads.Put(new KeySpace("key/", 4096), ValueBytes), Clients);
    }

    public override bool HasThreads => true;

    public override void Run(int operations)
    {
        var result = LoadRun.Count(_plan, operations, Patience);
        if (result.Errors > 0)
        {
            throw new InvalidOperationException($"{result.Errors} puts failed: {result.FirstError}");
        }
    }

    protected override void Dispose(bool disposing)
    {
        _server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _scratch.Dispose();
        base.Dispose(disposing);
    }

    private static Uri Url()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }
}
