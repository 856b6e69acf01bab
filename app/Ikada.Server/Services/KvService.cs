using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>etcdserverpb.KV.</summary>
internal sealed class KvService(StoreCalls calls, ServerOptions options) : KV.KVBase
{
    public override async Task<RangeResponse> Range(RangeRequest request, ServerCallContext context)
    {
        calls.RequireLeader(context);
        var query = Requests.Query(request);
        var result = await calls.ReadAsync(
            request.Serializable, view => view.Range(query), context.CancellationToken);
        if (result.Error != KeyValueError.None)
        {
            throw EtcdErrors.Of(result.Error).Exception();
        }

        var response = new RangeResponse
        {
            Header = calls.Header(result.Revision),
            Count = result.Count,
            More = result.More,
        };
        response.Kvs.Capacity = result.Items.Count;
        for (var i = 0; i < result.Items.Count; i++)
        {
            response.Kvs.Add(Requests.KeyValue(result.Items[i]));
        }

        return response;
    }

    public override async Task<PutResponse> Put(PutRequest request, ServerCallContext context)
    {
        calls.RequireLeader(context);
        var command = Requests.Command(request, options.MaxRequestBytes);
        var result = await calls.WriteAsync(command, context.CancellationToken);
        var response = new PutResponse { Header = calls.Header(result.Revision) };
        if (result.Previous.Count > 0)
        {
            response.PrevKv = Requests.KeyValue(result.Previous[0]);
        }

        return response;
    }

    public override async Task<DeleteRangeResponse> DeleteRange(
        DeleteRangeRequest request, ServerCallContext context)
    {
        calls.RequireLeader(context);
        var command = Requests.Command(request, options.MaxRequestBytes);
        var result = await calls.WriteAsync(command, context.CancellationToken);
        var response = new DeleteRangeResponse
        {
            Header = calls.Header(result.Revision),
            Deleted = result.Deleted,
        };
        for (var i = 0; i < result.Previous.Count; i++)
        {
            response.PrevKvs.Add(Requests.KeyValue(result.Previous[i]));
        }

        return response;
    }

    public override Task RangeStream(
        RangeRequest request,
        IServerStreamWriter<RangeStreamResponse> responseStream,
        ServerCallContext context) =>
        throw Unimplemented(context);

    public override Task<TxnResponse> Txn(TxnRequest request, ServerCallContext context) =>
        throw Unimplemented(context);

    public override Task<CompactionResponse> Compact(CompactionRequest request, ServerCallContext context) =>
        throw Unimplemented(context);

    private static RpcException Unimplemented(ServerCallContext context) =>
        EtcdErrors.Unimplemented(context.Method, serviceKnown: true).Exception();
}
