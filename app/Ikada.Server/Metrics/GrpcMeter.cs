using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Ikada.Server;

/// <summary>Counts the calls that begin and those that end, by their code, under the names of go-grpc's
/// metrics.</summary>
internal sealed class GrpcMeter : Interceptor
{
    private readonly ConcurrentDictionary<string, Method> _methods = new(StringComparer.Ordinal);

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        var method = Begin(context.Method, "unary");
        try
        {
            var response = await continuation(request, context);
            method.End(context.Status.StatusCode);
            return response;
        }
        catch (Exception failure)
        {
            method.End(CodeOf(failure));
            throw;
        }
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        CountAsync(
            Begin(context.Method, "server_stream"), continuation(request, responseStream, context), context);

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        CountAsync(
            Begin(context.Method, "bidi_stream"),
            continuation(requestStream, responseStream, context),
            context);

    /// <summary>The two families.</summary>
    public IEnumerable<MetricFamily> Families()
    {
        var started = new MetricFamily(
            "grpc_server_started_total", MetricKind.Counter, "Calls that have begun");
        var handled = new MetricFamily(
            "grpc_server_handled_total", MetricKind.Counter, "Calls that have ended, by their code");
        foreach (var method in _methods.Values)
        {
            started.Add(method.Started, method.Labels);
            foreach (var (code, count) in method.Ended)
            {
                handled.Add(count, MetricText.Label("grpc_code", code) + "," + method.Labels);
            }
        }

        return [started, handled];
    }

    private static async Task CountAsync(Method method, Task call, ServerCallContext context)
    {
        try
        {
            await call;
            method.End(context.Status.StatusCode);
        }
        catch (Exception failure)
        {
            method.End(CodeOf(failure));
            throw;
        }
    }

    private static StatusCode CodeOf(Exception failure) => failure switch
    {
        RpcException refusal => refusal.StatusCode,
        OperationCanceledException => StatusCode.Cancelled,
        _ => StatusCode.Unknown,
    };

    /// <summary>Counts a call that begins.</summary>
    /// <param name="path">/package.Service/Method.</param>
    /// <param name="type">unary, server_stream or bidi_stream.</param>
    public Method Begin(string path, string type)
    {
        var method = _methods.TryGetValue(path, out var known) ? known
            : _methods.GetOrAdd(path, static (path, type) => new Method(path, type), type);
        method.Begin();
        return method;
    }

    /// <summary>The calls of one method.</summary>
    internal sealed class Method
    {
        private readonly long[] _ended = new long[17];
        private long _started;

        public Method(string path, string type)
        {
            var parts = path.Split('/');
            Labels = string.Join(
                ',',
                MetricText.Label("grpc_method", parts[^1]),
                MetricText.Label("grpc_service", parts[^2]),
                MetricText.Label("grpc_type", type));
        }

        public string Labels { get; }

        public long Started => Volatile.Read(ref _started);

        public IEnumerable<(string Code, long Count)> Ended
        {
            get
            {
                for (var code = 0; code < _ended.Length; code++)
                {
                    var count = Volatile.Read(ref _ended[code]);
                    // One that never failed shall not seem to be missing.
                    if (count > 0 || code == 0)
                    {
                        yield return (NameOf((StatusCode)code), count);
                    }
                }
            }
        }

        public void Begin() => Interlocked.Increment(ref _started);

        public void End(StatusCode code) => Interlocked.Increment(ref _ended[(int)code]);

        // As Go spells it.
        private static string NameOf(StatusCode code) =>
            code == StatusCode.Cancelled ? "Canceled" : code.ToString();
    }
}
