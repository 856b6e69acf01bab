using System.Collections.Frozen;
using Ikada.Api.Etcd;
using Microsoft.AspNetCore.Http;

namespace Ikada.Server;

/// <summary>
/// Serves KV's calls straight on Kestrel: nearly all that a server does is these, and the layers of the gRPC
/// framework, each with its own task, took more of the processor than consensus for them. What is out of the
/// ordinary goes on to the framework.
/// </summary>
internal sealed class UnaryCalls
{
    private readonly RequestDelegate _next;
    private readonly FrozenDictionary<string, UnaryMethod> _methods;

    public UnaryCalls(RequestDelegate next, KvService kv, UnaryParts parts)
    {
        _next = next;
        UnaryMethod[] methods =
        [
            new UnaryMethod<RangeRequest, RangeResponse>(
                "Range", RangeRequest.Parser, kv.RangeAsync, static request => request.Serializable, parts),
            new UnaryMethod<PutRequest, PutResponse>(
                "Put", PutRequest.Parser, kv.PutAsync, static _ => false, parts),
            new UnaryMethod<DeleteRangeRequest, DeleteRangeResponse>(
                "DeleteRange", DeleteRangeRequest.Parser, kv.DeleteRangeAsync, static _ => false, parts),
            new UnaryMethod<TxnRequest, TxnResponse>(
                "Txn", TxnRequest.Parser, kv.TxnAsync, static _ => false, parts),
        ];
        _methods = methods.ToFrozenDictionary(method => method.Path, StringComparer.Ordinal);
    }

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        return request.Path.Value is { } path && _methods.TryGetValue(path, out var method)
            && HttpMethods.IsPost(request.Method) && HttpProtocol.IsHttp2(request.Protocol)
            && GrpcAnswers.IsGrpc(request)
                ? method.InvokeAsync(context, _next)
                : _next(context);
    }
}
