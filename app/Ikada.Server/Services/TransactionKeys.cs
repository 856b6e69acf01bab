using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Server;

/// <summary>
/// Finds keys that a transaction would put twice, or both delete and put. The rules are etcd's to the
/// letter, with what is odd in them: a deletion up to the end of all keys covers nothing, and of two nested
/// transactions the later one may delete what the earlier one puts, but not put what it deletes.
/// </summary>
internal sealed class TransactionKeys
{
    private readonly HashSet<ByteString> _puts = [];
    private readonly List<(ByteString Key, ByteString End)> _deletions = [];

    private TransactionKeys()
    {
    }

    /// <summary>What is wrong with the operations of one branch, or null.</summary>
    public static EtcdError? Check(IReadOnlyList<RequestOp> operations) =>
        new TransactionKeys().Collect(operations) ? null : EtcdErrors.DuplicateKey;

    private bool Collect(IReadOnlyList<RequestOp> operations)
    {
        foreach (var operation in operations)
        {
            if (operation.RequestCase == RequestOp.RequestOneofCase.RequestDeleteRange)
            {
                _deletions.Add((operation.RequestDeleteRange.Key, operation.RequestDeleteRange.RangeEnd));
            }
        }

        return operations.All(operation => operation.RequestCase != RequestOp.RequestOneofCase.RequestTxn
                || Nest(operation.RequestTxn))
            && operations.All(operation => operation.RequestCase != RequestOp.RequestOneofCase.RequestPut
                || Put(operation.RequestPut.Key));
    }

    private bool Nest(TxnRequest nested)
    {
        var success = new TransactionKeys();
        var failure = new TransactionKeys();
        // Of one nested transaction both branches may put a key: only one of them is taken.
        var valid = success.Collect(nested.Success) && failure.Collect(nested.Failure)
            && success._puts.All(Put)
            && failure._puts.All(key => success._puts.Contains(key) || Put(key));
        _deletions.AddRange(success._deletions);
        _deletions.AddRange(failure._deletions);
        return valid;
    }

    private bool Put(ByteString key) => !_deletions.Exists(one => Covers(one, key)) && _puts.Add(key);

    private static bool Covers((ByteString Key, ByteString End) deletion, ByteString key) =>
        deletion.End.IsEmpty ? deletion.Key == key
            : deletion.Key.Span.SequenceCompareTo(key.Span) <= 0
                && key.Span.SequenceCompareTo(deletion.End.Span) < 0;
}
