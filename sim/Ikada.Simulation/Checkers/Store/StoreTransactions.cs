using Ikada.KeyValue;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Simulation.Checkers.Store;

/// <summary>
/// Transactions by etcd's rules: every condition, those of nested ones too, is judged on the state before;
/// one operation that cannot be done leaves everything undone; what is done is one revision.
/// </summary>
internal sealed class StoreTransactions(StoreModel model)
{
    public KeyValueResult Execute(TransactionRequest transaction)
    {
        var taken = new Dictionary<TransactionRequest, bool>(ReferenceEqualityComparer.Instance);
        Judge(transaction, taken);
        var (revision, compacted) = (model.Revision, model.Compacted);
        var error = FirstError(transaction, taken, CheckPut);
        if (error == KeyValueError.None)
        {
            error = FirstError(transaction, taken, request => request is ReadRequest read
                ? StoreModel.Check(read, revision, compacted) : KeyValueError.None);
        }

        return error == KeyValueError.None ? Do(transaction, taken) : model.Refuse(error);
    }

    private void Judge(TransactionRequest transaction, Dictionary<TransactionRequest, bool> taken)
    {
        var holds = transaction.Conditions.All(Holds);
        taken[transaction] = holds;
        foreach (var nested in Branch(transaction, holds).OfType<TransactionRequest>())
        {
            Judge(nested, taken);
        }
    }

    private KeyValueResult Do(TransactionRequest transaction, Dictionary<TransactionRequest, bool> taken)
    {
        var responses = new List<OperationResult>();
        foreach (var request in Branch(transaction, taken[transaction]))
        {
            responses.Add(request switch
            {
                ReadRequest read => new OperationResult(model.Read(read), null),
                PutRequest put => new OperationResult(null, model.Put(put)),
                DeleteRequest delete => new OperationResult(null, model.Delete(delete)),
                _ => new OperationResult(null, Do((TransactionRequest)request, taken)),
            });
        }

        return new KeyValueResult
        {
            Revision = model.Revision, Succeeded = taken[transaction], Responses = responses,
        };
    }

    private static KeyValueError FirstError(
        TransactionRequest transaction,
        Dictionary<TransactionRequest, bool> taken,
        Func<StoreRequest, KeyValueError> check)
    {
        foreach (var request in Branch(transaction, taken[transaction]))
        {
            var error = request is TransactionRequest nested ? FirstError(nested, taken, check)
                : check(request);
            if (error != KeyValueError.None)
            {
                return error;
            }
        }

        return KeyValueError.None;
    }

    private KeyValueError CheckPut(StoreRequest request) => request is not PutRequest put
        ? KeyValueError.None
        : (put.IgnoresValue || put.IgnoresLease) && model.Find(put.Key) is null ? KeyValueError.KeyNotFound
        : put.Lease != 0 && !model.Leases.ContainsKey(put.Lease) ? KeyValueError.LeaseNotFound
        : KeyValueError.None;

    private bool Holds(StoreCondition condition)
    {
        var found = model.Find(condition.Key);
        if (condition.Target == ComparisonTarget.Value && found is null)
        {
            return false;
        }

        var item = found ?? default;
        var order = condition.Target switch
        {
            ComparisonTarget.Version => item.Version.CompareTo(condition.Number),
            ComparisonTarget.Create => item.CreateRevision.CompareTo(condition.Number),
            ComparisonTarget.Mod => item.ModRevision.CompareTo(condition.Number),
            ComparisonTarget.Lease => item.Lease.CompareTo(condition.Number),
            _ => item.Value.Span.SequenceCompareTo(condition.Value),
        };
        return condition.Result switch
        {
            ComparisonResult.Equal => order == 0,
            ComparisonResult.NotEqual => order != 0,
            ComparisonResult.Greater => order > 0,
            _ => order < 0,
        };
    }

    private static IReadOnlyList<StoreRequest> Branch(TransactionRequest transaction, bool holds) =>
        holds ? transaction.Success : transaction.Failure;
}
