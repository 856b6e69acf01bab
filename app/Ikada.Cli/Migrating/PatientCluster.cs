using System.Diagnostics;
using Grpc.Core;
using Ikada.Cli.Client;

namespace Ikada.Cli.Migrating;

/// <summary>The servers of one side of a migration. A call that a server cannot answer now goes to the next
/// one, and round again until patience ends: so every call may be made twice.</summary>
/// <param name="side">How the user names it: --from or --to.</param>
/// <param name="endpoints">Where its servers are.</param>
/// <param name="dial">How they are reached.</param>
internal sealed class PatientCluster(string side, IReadOnlyList<Endpoint> endpoints, DialSettings dial)
    : IDisposable
{
    /// <summary>How long one server may take to answer.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private readonly EtcdConnection[] _connections =
        [.. endpoints.Select(endpoint => new EtcdConnection(endpoint, dial))];
    private int _at;

    public string Side => side;

    /// <summary>How long servers may be away before the work is given up.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(3);

    public string Names { get; } = string.Join(',', endpoints.Select(endpoint => endpoint.Text));

    /// <summary>The server whose turn it is.</summary>
    public EtcdConnection Current => _connections[_at % _connections.Length];

    /// <summary>Goes on to the next server.</summary>
    public void Next() => _at++;

    public async Task<T> CallAsync<T>(
        string what, Func<CallInvoker, CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var options = new CallOptions(
                deadline: DateTime.UtcNow + AnswerTimeout, cancellationToken: cancellation);
            try
            {
                return await call(Current.Invoker, options).ResponseAsync;
            }
            catch (RpcException error)
            {
                cancellation.ThrowIfCancellationRequested();
                if (!MayPass(error))
                {
                    throw;
                }

                if (Stopwatch.GetElapsedTime(started) > Patience)
                {
                    throw Unreachable(what, EtcdConnection.Describe(error));
                }

                Next();
                await Task.Delay(Pause, cancellation);
            }
        }
    }

    public CliException Unreachable(string what, string reason) => new(
        $"migrate: {what}: {side} {Names} does not answer: {reason}; is it running there?");

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    /// <summary>Whether another server, or the same one later, may answer.</summary>
    public static bool MayPass(RpcException error) =>
        error.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled
            or StatusCode.Internal
        || error.Status.Detail.Contains("too many requests", StringComparison.Ordinal);
}
