using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Differential;

/// <summary>Draws transactions: every comparison, nested ones, and requests that must be refused.</summary>
internal sealed class TxnSource(Random random)
{
    private const int DepthMax = 3;
    private const int OperationsMax = 128;

    public TxnRequest Next(Words words)
    {
        var txn = random.Next(400) == 0 ? TooLong(words) : Txn(words, DepthMax);
        if (Operations(txn).Any(operation => operation.RequestDeleteRange is not null))
        {
            // etcd ends at a put that ignores value or lease of a key which the same transaction has deleted.
            foreach (var put in Operations(txn).Select(one => one.RequestPut).OfType<PutRequest>())
            {
                put.IgnoreLease = put.IgnoreValue = false;
            }
        }

        return txn;
    }

    private static IEnumerable<RequestOp> Operations(TxnRequest txn) =>
        txn.Success.Concat(txn.Failure).SelectMany(operation =>
            operation.RequestTxn is { } inner ? Operations(inner) : [operation]);

    private TxnRequest Txn(Words words, int depth)
    {
        var txn = new TxnRequest();
        for (var i = random.Next(3); i > 0; i--)
        {
            txn.Compare.Add(Comparison(words));
        }

        // Twice the same key in one branch is refused, so most branches are short.
        for (var i = random.Next(4); i > 0; i--)
        {
            txn.Success.Add(Operation(words, depth - 1));
        }

        for (var i = random.Next(4); i > 0; i--)
        {
            txn.Failure.Add(Operation(words, depth - 1));
        }

        return txn;
    }

    private RequestOp Operation(Words words, int depth) => random.Next(depth > 0 ? 24 : 20) switch
    {
        < 9 => new RequestOp { RequestPut = words.Put(withLeases: random.Next(4) == 0) },
        < 12 => new RequestOp { RequestDeleteRange = words.Delete() },
        19 when random.Next(20) == 0 => new RequestOp(),
        < 20 => new RequestOp { RequestRange = words.Range() },
        _ => new RequestOp { RequestTxn = Txn(words, depth) },
    };

    private Compare Comparison(Words words)
    {
        var compare = new Compare
        {
            Key = words.Key(),
            Result = (Compare.Types.CompareResult)random.Next(4),
            Target = (Compare.Types.CompareTarget)random.Next(5),
        };
        if (random.Next(4) == 0)
        {
            (compare.Key, compare.RangeEnd) = words.KeyRange();
        }

        if (random.Next(20) == 0)
        {
            // No value at all stands for zero.
            return compare;
        }

        switch (compare.Target)
        {
            case Compare.Types.CompareTarget.Version:
                compare.Version = random.Next(4);
                break;
            case Compare.Types.CompareTarget.Create:
                compare.CreateRevision = words.Revision();
                break;
            case Compare.Types.CompareTarget.Mod:
                compare.ModRevision = words.Revision();
                break;
            case Compare.Types.CompareTarget.Value:
                compare.Value = ByteString.CopyFromUtf8($"v{random.Next(4)}");
                break;
            default:
                compare.Lease = random.Next(3) == 0 ? 0 : words.Lease();
                break;
        }

        return compare;
    }

    /// <summary>As many operations as may be, or one more.</summary>
    private TxnRequest TooLong(Words words)
    {
        var txn = new TxnRequest();
        for (var i = OperationsMax + random.Next(2); i > 0; i--)
        {
            txn.Success.Add(new RequestOp { RequestRange = new RangeRequest { Key = words.Key() } });
        }

        return txn;
    }
}
