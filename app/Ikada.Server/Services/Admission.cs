using System.Text;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Ikada.Api.Etcd;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Ikada.Server;

/// <summary>What etcd looks at before any of its services sees a call: a learner answers little, a client may
/// want a leader or none of it, and tells its version.</summary>
internal sealed class Admission(StoreCalls calls, ClientRequests counts) : Interceptor
{
    /// <summary>The header in which a client tells which version of the API it speaks.</summary>
    public const string VersionHeader = "client-api-version";

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Check(
            context.GetHttpContext(), context.Method, "unary",
            request is StatusRequest or RangeRequest { Serializable: true });
        return continuation(request, context);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Check(context.GetHttpContext(), context.Method, "stream", request is SnapshotRequest);
        return continuation(request, responseStream, context);
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Check(context.GetHttpContext(), context.Method, "stream", answersAsLearner: false);
        return continuation(requestStream, responseStream, context);
    }

    /// <summary>Lets a call in, or refuses it by an <see cref="RpcException"/>.</summary>
    /// <param name="context">The call's.</param>
    /// <param name="method">/package.Service/Method.</param>
    /// <param name="type">unary or stream.</param>
    /// <param name="answersAsLearner">Whether a learner answers it.</param>
    public void Check(HttpContext context, string method, string type, bool answersAsLearner)
    {
        var status = calls.Store.Status;
        // Whether it is alive a learner tells as well.
        if (!answersAsLearner && calls.Store.Membership.IsLearner(status.Self)
            && method.StartsWith("/etcdserverpb.", StringComparison.Ordinal))
        {
            throw EtcdErrors.NotForLearners.Exception();
        }

        var versions = context.Request.Headers[VersionHeader];
        if (!IsUtf8(versions))
        {
            throw EtcdErrors.InvalidClientVersion.Exception();
        }

        counts.Count(type, versions.Count > 0 ? versions[0]! : "unknown");
        if (status.Leader.IsNone && StoreCalls.AsksForLeader(context))
        {
            throw EtcdErrors.NoLeader.Exception();
        }
    }

    // The server reads this header as Latin-1, so that each byte is still there.
    private static bool IsUtf8(StringValues versions)
    {
        if (versions.Count == 0 || Ascii.IsValid(versions[0]))
        {
            return true;
        }

        try
        {
            Strict.GetCharCount(Encoding.Latin1.GetBytes(versions[0]!));
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
