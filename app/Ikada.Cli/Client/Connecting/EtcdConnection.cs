using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;
using Grpc.Net.Client;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

/// <summary>A connection to one server, with the services that the commands need.</summary>
internal sealed class EtcdConnection : IDisposable
{
    private static readonly TimeSpan ReconnectDelayMin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ReconnectDelayMax = TimeSpan.FromSeconds(1);
    private readonly GrpcChannel _channel;

    public EtcdConnection(Endpoint endpoint, DialSettings? dial = null)
    {
        Endpoint = endpoint;
        dial ??= DialSettings.Default;
        HttpMessageHandler handler = dial.NewHandler();
        if (dial.Login is { } login)
        {
            handler = new TokenHandler(login, endpoint.Text, handler)
            {
                Auth = () => new Auth.AuthClient(_channel),
            };
        }

        _channel = GrpcChannel.ForAddress(endpoint.Address, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,
            InitialReconnectBackoff = ReconnectDelayMin,
            MaxReconnectBackoff = ReconnectDelayMax,
            // A put that is repeated by itself could happen twice.
            MaxRetryAttempts = 1,
        });
        Invoker = _channel.CreateCallInvoker();
        KeyValues = new KV.KVClient(_channel);
        Maintenance = new Maintenance.MaintenanceClient(_channel);
        Cluster = new Cluster.ClusterClient(_channel);
        Leases = new Lease.LeaseClient(_channel);
        Watches = new Watch.WatchClient(_channel);
    }

    public Endpoint Endpoint { get; }

    /// <summary>Carries the calls of any service.</summary>
    public CallInvoker Invoker { get; }

    public KV.KVClient KeyValues { get; }

    public Maintenance.MaintenanceClient Maintenance { get; }

    public Cluster.ClusterClient Cluster { get; }

    public Lease.LeaseClient Leases { get; }

    public Watch.WatchClient Watches { get; }

    public void Dispose() => _channel.Dispose();

    /// <summary>Whether a call failed before anything of it was sent: no connection could be made.</summary>
    public static bool NothingWasSent(RpcException error)
    {
        for (var cause = error.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }
                or HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError }
                or HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }
                or SocketException { SocketErrorCode: SocketError.ConnectionRefused })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What went wrong, in few words.</summary>
    public static string Describe(RpcException error) => error.StatusCode switch
    {
        _ when Untrusted(error) is { } reason => $"no connection: {reason}",
        _ when NothingWasSent(error) => "no connection",
        StatusCode.DeadlineExceeded => "no answer in time",
        _ => error.Status.Detail.ReplaceLineEndings(" "),
    };

    // The handshake of TLS: the cause says more than the status does.
    private static string? Untrusted(RpcException error)
    {
        for (var cause = error.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return cause.Message.ReplaceLineEndings(" ").TrimEnd('.');
            }
        }

        return null;
    }
}
