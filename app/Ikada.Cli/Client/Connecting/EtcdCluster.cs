using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

/// <summary>
/// The servers of <c>--endpoints</c>, asked in order. A read that fails goes on to the next; a write only
/// if nothing of it was sent, since it may have happened otherwise.
/// </summary>
internal sealed class EtcdCluster : IDisposable
{
    private readonly List<EtcdConnection> _connections;
    private readonly DialSettings _dial;

    public EtcdCluster(IReadOnlyList<Endpoint> endpoints, TimeSpan commandTimeout, DialSettings dial)
    {
        _dial = dial;
        _connections = endpoints.Select(endpoint => new EtcdConnection(endpoint, dial)).ToList();
        CommandTimeout = commandTimeout;
    }

    public IReadOnlyList<EtcdConnection> Connections => _connections;

    /// <summary>How long one server may take to answer.</summary>
    public TimeSpan CommandTimeout { get; }

    /// <summary>How connections are made.</summary>
    public DialSettings Dial => _dial;

    /// <summary>A limit for one call, from now on.</summary>
    public CallOptions Limit(CancellationToken cancellation) =>
        new(deadline: DateTime.UtcNow + CommandTimeout, cancellationToken: cancellation);

    /// <summary>All members' servers, at the URLs that they tell.</summary>
    public async Task<EtcdCluster> OfAllMembersAsync(CancellationToken cancellation)
    {
        var listed = await ReadAsync(
            "member list",
            (connection, options) => connection.Cluster.MemberListAsync(new MemberListRequest(), options),
            cancellation);
        var urls = listed.Members.SelectMany(member => member.ClientURLs).ToList();
        return urls.Count > 0
            ? new EtcdCluster(
                Endpoint.ParseList(string.Join(',', urls), "client URLs of the members"), CommandTimeout,
                _dial)
            : throw new CliException("no member tells client URLs yet; name the servers by --endpoints");
    }

    public Task<T> ReadAsync<T>(
        string what, Func<EtcdConnection, CallOptions, AsyncUnaryCall<T>> call,
            CancellationToken cancellation) =>
        TryEachAsync(what, call, IsWorthAnotherServer, "", cancellation);

    public Task<T> WriteAsync<T>(
        string what, Func<EtcdConnection, CallOptions, AsyncUnaryCall<T>> call,
            CancellationToken cancellation) =>
        TryEachAsync(
            what, call, EtcdConnection.NothingWasSent, "; it may have happened all the same", cancellation);

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    private async Task<T> TryEachAsync<T>(
        string what,
        Func<EtcdConnection, CallOptions, AsyncUnaryCall<T>> call,
        Func<RpcException, bool> goesOn,
        string whenUnknown,
        CancellationToken cancellation)
    {
        var failures = new List<string>();
        foreach (var connection in _connections)
        {
            try
            {
                return await call(connection, Limit(cancellation)).ResponseAsync;
            }
            catch (RpcException error)
            {
                cancellation.ThrowIfCancellationRequested();
                failures.Add($"{connection.Endpoint.Text}: {EtcdConnection.Describe(error)}");
                if (goesOn(error))
                {
                    continue;
                }

                var doubt = IsUncertain(error) ? whenUnknown : "";
                throw new CliException($"{what}: {string.Join("; ", failures)}{doubt}");
            }
        }

        throw new CliException(
            $"{what}: {string.Join("; ", failures)}; is a server running there? --endpoints names others");
    }

    // What another server may be able to answer: it has a connection, a leader, the time.
    private static bool IsWorthAnotherServer(RpcException error) =>
        error.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded
        || EtcdConnection.NothingWasSent(error);

    private static bool IsUncertain(RpcException error) =>
        error.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled
            or StatusCode.Unknown or StatusCode.Internal;
}
