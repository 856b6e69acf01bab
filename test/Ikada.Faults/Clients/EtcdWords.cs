using Google.Protobuf;
using Ikada.KeyValue;
using Ikada.Simulation.Workloads;
using Ikada.Simulation.Workloads.Store;
using Etcd = Ikada.Api.Etcd;
using Mvcc = Ikada.Api.Mvcc;

namespace Ikada.Faults.Clients;

/// <summary>What the model reads as etcd's messages say it, and back.</summary>
internal static class EtcdWords
{
    public static Etcd.RangeRequest Read(ReadRequest read, bool isSerializable) => new()
    {
        Key = Bytes(read.Keys.Range.Key), RangeEnd = Bytes(read.Keys.Range.End),
        Serializable = isSerializable,
    };

    public static Etcd.PutRequest Put(PutRequest put) => new()
    {
        Key = Key(put.Key), Value = ByteString.CopyFrom(put.Value), Lease = put.Lease,
    };

    public static Etcd.DeleteRangeRequest Delete(DeleteRequest delete) => new()
    {
        Key = Bytes(delete.Keys.Range.Key), RangeEnd = Bytes(delete.Keys.Range.End),
    };

    public static Etcd.TxnRequest Transaction(TransactionRequest transaction)
    {
        var request = new Etcd.TxnRequest();
        request.Compare.AddRange(transaction.Conditions.Select(Condition));
        request.Success.AddRange(transaction.Success.Select(Operation));
        request.Failure.AddRange(transaction.Failure.Select(Operation));
        return request;
    }

    public static RangeResult Result(Etcd.RangeResponse found) => new()
    {
        Revision = found.Header.Revision, Count = found.Count, More = found.More,
        Items = [.. found.Kvs.Select(Item)],
    };

    public static KeyValueResult Result(Etcd.PutResponse put) => new() { Revision = put.Header.Revision };

    public static KeyValueResult Result(Etcd.DeleteRangeResponse deleted) => new()
    {
        Revision = deleted.Header.Revision, Deleted = deleted.Deleted,
    };

    public static KeyValueResult Result(Etcd.TxnResponse done) => new()
    {
        Revision = done.Header.Revision, Succeeded = done.Succeeded,
        Responses = [.. done.Responses.Select(Result)],
    };

    public static KeyValueItem Item(Mvcc.KeyValue item) => new(
        item.Key.ToByteArray(), item.CreateRevision, item.ModRevision, item.Version, item.Lease,
        item.Value.ToByteArray());

    /// <summary>A change as an event shows it.</summary>
    public static RecordedChange Change(Mvcc.Event one) => new(
        one.Type == Mvcc.Event.Types.EventType.Delete,
        Item(one.Kv),
        one.PrevKv is null ? null : Item(one.PrevKv));

    private static OperationResult Result(Etcd.ResponseOp done) => done.ResponseCase switch
    {
        Etcd.ResponseOp.ResponseOneofCase.ResponseRange => new(Result(done.ResponseRange), null),
        Etcd.ResponseOp.ResponseOneofCase.ResponsePut => new(null, Result(done.ResponsePut)),
        _ => throw new InvalidDataException($"nobody asked for a {done.ResponseCase} in a transaction"),
    };

    private static Etcd.Compare Condition(StoreCondition condition)
    {
        var compare = new Etcd.Compare { Key = Key(condition.Key) };
        if (condition.Target == ComparisonTarget.Value)
        {
            compare.Target = Etcd.Compare.Types.CompareTarget.Value;
            compare.Value = ByteString.CopyFrom(condition.Value);
        }
        else
        {
            compare.Target = Etcd.Compare.Types.CompareTarget.Version;
            compare.Version = condition.Number;
        }

        return compare; // the result compared with is EQUAL, which is 0
    }

    private static Etcd.RequestOp Operation(StoreRequest request) => request switch
    {
        PutRequest put => new() { RequestPut = Put(put) },
        ReadRequest read => new() { RequestRange = Read(read, isSerializable: false) },
        _ => throw new ArgumentException($"'{request}' is not sent in transactions", nameof(request)),
    };

    private static ByteString Key(int key) => ByteString.CopyFrom(KeyValueCommands.Key(key));

    private static ByteString Bytes(ReadOnlyMemory<byte> bytes) => ByteString.CopyFrom(bytes.Span);
}
