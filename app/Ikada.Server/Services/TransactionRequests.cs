using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>From etcd's transactions to the store's. Checks what can be checked before anything is
/// replicated, in etcd's order.</summary>
internal static class TransactionRequests
{
    /// <summary>The command of a transaction.</summary>
    public static byte[] Command(TxnRequest request, int operationsMax, int bytesMax)
    {
        var wrong = Check(request, operationsMax)
            ?? TransactionKeys.Check(request.Success)
            ?? TransactionKeys.Check(request.Failure)
            ?? (Requests.IsTooLarge(request, bytesMax) ? EtcdErrors.RequestTooLarge : null);
        return wrong is null ? Encode(request) : throw wrong.Exception();
    }

    /// <summary>Whether it needs no entry in the log: all its operations read. A nested transaction counts
    /// as a write, whatever it holds.</summary>
    public static bool IsRead(TxnRequest request) => All(
        request, operation => operation.RequestCase == RequestOp.RequestOneofCase.RequestRange);

    /// <summary>Whether a transaction that only reads may be answered from old state: all its reads
    /// say so.</summary>
    public static bool IsSerializable(TxnRequest request) =>
        All(request, operation => operation.RequestRange.Serializable);

    private static bool All(TxnRequest request, Func<RequestOp, bool> holds) =>
        request.Success.All(holds) && request.Failure.All(holds);

    private static EtcdError? Check(TxnRequest request, int operationsMax)
    {
        var most = Math.Max(request.Compare.Count, Math.Max(request.Success.Count, request.Failure.Count));
        if (most > operationsMax)
        {
            return EtcdErrors.TooManyOperations;
        }

        if (request.Compare.Any(compare => compare.Key.IsEmpty))
        {
            return EtcdErrors.KeyNotProvided;
        }

        // What is nested shares the limit with what it stands in.
        return request.Success.Concat(request.Failure)
            .Select(operation => Check(operation, operationsMax - most))
            .FirstOrDefault(wrong => wrong is not null);
    }

    private static EtcdError? Check(RequestOp operation, int operationsMax) => operation.RequestCase switch
    {
        RequestOp.RequestOneofCase.RequestRange => Requests.Check(operation.RequestRange),
        RequestOp.RequestOneofCase.RequestPut => Requests.Check(operation.RequestPut),
        RequestOp.RequestOneofCase.RequestDeleteRange => Requests.Check(operation.RequestDeleteRange),
        RequestOp.RequestOneofCase.RequestTxn => Check(operation.RequestTxn, operationsMax),
        _ => EtcdErrors.KeyNotFound,
    };

    private static byte[] Encode(TxnRequest request) => KeyValueCommand.EncodeTransaction(
        [.. request.Compare.Select(Comparison)],
        [.. request.Success.Select(Encode)],
        [.. request.Failure.Select(Encode)]);

    private static byte[] Encode(RequestOp operation) => operation.RequestCase switch
    {
        RequestOp.RequestOneofCase.RequestRange =>
            KeyValueCommand.EncodeRangeOperation(Requests.Query(operation.RequestRange)),
        RequestOp.RequestOneofCase.RequestPut => Requests.Encode(operation.RequestPut),
        RequestOp.RequestOneofCase.RequestDeleteRange => Requests.Encode(operation.RequestDeleteRange),
        _ => Encode(operation.RequestTxn),
    };

    /// <summary>What is given for another target than the one named counts as 0, as with etcd.</summary>
    private static KeyComparison Comparison(Compare compare) => new(
        new KeyRange(compare.Key.Memory, compare.RangeEnd.Memory),
        (ComparisonTarget)compare.Target,
        (ComparisonResult)compare.Result,
        compare.Target switch
        {
            Compare.Types.CompareTarget.Version => compare.Version,
            Compare.Types.CompareTarget.Create => compare.CreateRevision,
            Compare.Types.CompareTarget.Mod => compare.ModRevision,
            Compare.Types.CompareTarget.Lease => compare.Lease,
            _ => 0,
        },
        compare.Target == Compare.Types.CompareTarget.Value ? compare.Value.Memory : default);
}
