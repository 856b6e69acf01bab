using Grpc.Net.Client;
using Ikada.Api.Etcd;

namespace Ikada.Faults.Clients;

/// <summary>The way to one node; all clients share it.</summary>
internal sealed class Connection : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly Func<int> _life;

    /// <param name="address">Of the node's clients' port, as http://host:port.</param>
    /// <param name="life">How often the node has been started.</param>
    public Connection(string address, Func<int> life)
    {
        _life = life;
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                UseProxy = false, EnableMultipleHttp2Connections = true,
                ConnectTimeout = TimeSpan.FromSeconds(2),
            },
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

    public KV.KVClient Kv { get; }

    public Lease.LeaseClient Lease { get; }

    public Watch.WatchClient Watch { get; }

    public Maintenance.MaintenanceClient Maintenance { get; }

    public int Life => _life();

    public void Dispose() => _channel.Dispose();
}
