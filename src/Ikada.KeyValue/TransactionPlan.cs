namespace Ikada.KeyValue;

/// <summary>
/// Which branches a transaction takes. As with etcd, every condition, those of nested transactions
/// included, is judged on the state before the first write; so is whether the operations on the way can be
/// done at all: a transaction that fails has no effect.
/// </summary>
internal sealed class TransactionPlan
{
    private readonly List<bool> _branches = [];

    private TransactionPlan()
    {
    }

    public static TransactionPlan Of(TransactionCommand transaction, IOrderedView view)
    {
        var plan = new TransactionPlan();
        plan.Judge(transaction, view);
        return plan;
    }

    /// <summary>The branch of each transaction in the order in which they are met, the outermost
    /// first.</summary>
    public bool Branch(int at) => _branches[at];

    /// <summary>Why the operations on the way cannot be done, or None: first for all puts, then for all
    /// reads.</summary>
    public KeyValueError Check(TransactionCommand transaction, IOrderedView view, in StoreState state)
    {
        var at = 0;
        var error = Check(transaction, view, state, reads: false, ref at);
        at = 0;
        return error != KeyValueError.None ? error : Check(transaction, view, state, reads: true, ref at);
    }

    private void Judge(TransactionCommand transaction, IOrderedView view)
    {
        var holds = true;
        for (var i = 0; holds && i < transaction.Compares.Count; i++)
        {
            holds = transaction.Compares[i].Holds(view);
        }

        _branches.Add(holds);
        foreach (var operation in holds ? transaction.Success : transaction.Failure)
        {
            if (operation.Nested is { } nested)
            {
                Judge(nested, view);
            }
        }
    }

    private KeyValueError Check(
        TransactionCommand transaction, IOrderedView view, in StoreState state, bool reads, ref int at)
    {
        for (var i = 0; i < transaction.Compares.Count; i++)
        {
            if (transaction.Compares[i].Range.Key.IsEmpty)
            {
                return KeyValueError.KeyNotProvided;
            }
        }

        var error = KeyValueError.None;
        foreach (var operation in _branches[at++] ? transaction.Success : transaction.Failure)
        {
            error = operation.Kind switch
            {
                CommandKind.Transaction => Check(operation.Nested!, view, state, reads, ref at),
                CommandKind.RangeInTransaction when reads => Check(operation.Query, state),
                CommandKind.Put when !reads => Check(operation.Put(), view),
                CommandKind.DeleteRange when !reads && operation.Delete().Key.IsEmpty =>
                    KeyValueError.KeyNotProvided,
                _ => KeyValueError.None,
            };
            if (error != KeyValueError.None)
            {
                break;
            }
        }

        return error;
    }

    // As etcd: outside of transactions a revision below 0 means the current one, within it is one of long
    // ago, but for -1 as long as nothing was ever compacted.
    private static KeyValueError Check(in RangeQuery query, in StoreState state) =>
        query.Revision < (state.IsNeverCompacted ? -1 : 0) ? KeyValueError.Compacted
            : RangeReader.Check(state, query);

    private static KeyValueError Check(in PutCommand put, IOrderedView view)
    {
        var error = put.Check();
        return error != KeyValueError.None ? error
            : (put.IgnoresValue || put.IgnoresLease) && !view.TryGet(KeyLayout.Current(put.Key), out _)
                ? KeyValueError.KeyNotFound
            : LeaseTable.Check(put.Lease, view);
    }
}
