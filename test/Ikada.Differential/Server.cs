using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Ikada.Api.Etcd;

namespace Ikada.Differential;

/// <summary>One of the two: a server of one node in a directory that goes afterwards.</summary>
internal sealed class Server : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(30);
    private readonly string _directory;
    private readonly Process _process;
    private readonly GrpcChannel _channel;

    private Server(string name, string program, string[] verb)
    {
        Name = name;
        // In memory where there is such a place: what is compared is not the disk.
        var place = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        _directory = Path.Combine(place, $"differential-{Guid.NewGuid():N}");
        Directory.CreateDirectory(_directory);
        var (client, peer) = FreePorts();
        // The shell sends the log to a file and is replaced by the server.
        _process = Process.Start("/bin/sh",
        [
            "-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1 </dev/null", "sh", LogFile, program, .. verb,
            "--name=n1", $"--data-dir={Path.Combine(_directory, "data")}",
            $"--listen-client-urls=http://127.0.0.1:{client}",
            $"--advertise-client-urls=http://127.0.0.1:{client}",
            $"--listen-peer-urls=http://127.0.0.1:{peer}",
            $"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            $"--initial-cluster=n1=http://127.0.0.1:{peer}",
        ]);
        _channel = GrpcChannel.ForAddress($"http://127.0.0.1:{client}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { UseProxy = false },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(50),
            MaxReconnectBackoff = TimeSpan.FromMilliseconds(200),
            MaxRetryAttempts = 1,
        });
        Kv = new KV.KVClient(_channel);
        Lease = new Lease.LeaseClient(_channel);
        Watch = new Watch.WatchClient(_channel);
        Maintenance = new Maintenance.MaintenanceClient(_channel);
    }

    public string Name { get; }

    public KV.KVClient Kv { get; }

    public Lease.LeaseClient Lease { get; }

    public Watch.WatchClient Watch { get; }

    public Maintenance.MaintenanceClient Maintenance { get; }

    private string LogFile => Path.Combine(_directory, "log");

    public static async Task<Server> StartAsync(string name, string program, params string[] verb)
    {
        var server = new Server(name, program, verb);
        try
        {
            await server.ReadyAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task ReadyAsync()
    {
        var started = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await Kv.RangeAsync(
                    new RangeRequest { Key = Google.Protobuf.ByteString.CopyFromUtf8("ready") },
                    deadline: DateTime.UtcNow + StartTime);
                return;
            }
            catch (RpcException) when (started.Elapsed < StartTime && !_process.HasExited)
            {
                await Task.Delay(20);
            }
            catch (RpcException error)
            {
                var said = string.Join('\n', File.ReadLines(LogFile).TakeLast(10));
                throw new InvalidOperationException($"{Name} does not start: {error.Status.Detail}\n{said}");
            }
        }
    }

    private static (int Client, int Peer) FreePorts()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }
}
