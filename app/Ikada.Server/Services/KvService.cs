using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>etcdserverpb.KV.</summary>
internal sealed class KvService(StoreCalls calls, Quota quota, ServerOptions options) : KV.KVBase
{
    public override Task<RangeResponse> Range(RangeRequest request, ServerCallContext context) =>
        RangeAsync(request, context.CancellationToken);

    public override Task<PutResponse> Put(PutRequest request, ServerCallContext context) =>
        PutAsync(request, context.CancellationToken);

    public override Task<DeleteRangeResponse> DeleteRange(
        DeleteRangeRequest request, ServerCallContext context) =>
        DeleteRangeAsync(request, context.CancellationToken);

    public override Task<TxnResponse> Txn(TxnRequest request, ServerCallContext context) =>
        TxnAsync(request, context.CancellationToken);

    public async Task<RangeResponse> RangeAsync(RangeRequest request, CancellationToken client)
    {
        var query = Requests.Query(request);
        var result = await calls.ReadAsync(
            request.Serializable, view => NotCorrupt(view).Range(query), client);
        if (result.Error != KeyValueError.None)
        {
            throw EtcdErrors.Of(result.Error).Exception();
        }

        return Responses.Range(calls.Header(result.Revision), result);
    }

    public async Task<PutResponse> PutAsync(PutRequest request, CancellationToken client)
    {
        var command = Requests.Command(request, options.MaxRequestBytes);
        await quota.CheckAsync(request, client);
        var result = await calls.WriteAsync(command, client);
        return Responses.Put(calls.Header(result.Revision), result);
    }

    public async Task<DeleteRangeResponse> DeleteRangeAsync(
        DeleteRangeRequest request, CancellationToken client)
    {
        var command = Requests.Command(request, options.MaxRequestBytes);
        var result = await calls.WriteAsync(command, client);
        return Responses.Delete(calls.Header(result.Revision), result);
    }

    public async Task<TxnResponse> TxnAsync(TxnRequest request, CancellationToken client)
    {
        var command = TransactionRequests.Command(request, options.MaxTxnOps, options.MaxRequestBytes);
        await quota.CheckAsync(request, client);
        var result = TransactionRequests.IsRead(request)
            ? await calls.ReadAsync(
                TransactionRequests.IsSerializable(request),
                view => NotCorrupt(view).ReadTransaction(command),
                client)
            : await calls.WriteAsync(command, client);
        return result.Error == KeyValueError.None
            ? Responses.Transaction(calls.Header(result.Revision), request, result)
            : throw EtcdErrors.Of(result.Error).Exception();
    }

    public override Task RangeStream(
        RangeRequest request,
        IServerStreamWriter<RangeStreamResponse> responseStream,
        ServerCallContext context) =>
        throw Unimplemented(context);

    public override async Task<CompactionResponse> Compact(
        CompactionRequest request, ServerCallContext context)
    {
        var command = KeyValueCommand.EncodeCompact(request.Revision);
        var result = await calls.WriteAsync(command, context.CancellationToken);
        if (request.Physical)
        {
            await calls.WaitAsync(
                view => view.CompactedRevision >= request.Revision && !view.IsRemovingCompacted,
                context.CancellationToken);
        }

        return new CompactionResponse { Header = calls.Header(result.Revision) };
    }

    private static KeyValueView NotCorrupt(KeyValueView view) =>
        view.Alarms.Count == 0 || view.Alarms[^1].Kind != AlarmKind.Corrupt
            ? view : throw EtcdErrors.Corrupt.Exception();

    private static RpcException Unimplemented(ServerCallContext context) =>
        EtcdErrors.Unimplemented(context.Method, serviceKnown: true).Exception();
}
