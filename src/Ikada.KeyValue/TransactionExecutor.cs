namespace Ikada.KeyValue;

/// <summary>Executes a transaction whose plan stands. Operations run in order and see what those before
/// them wrote.</summary>
internal static class TransactionExecutor
{
    /// <summary>Executes it as a command.</summary>
    public static KeyValueResult Execute(TransactionCommand transaction, ChangeWriter writer)
    {
        var plan = TransactionPlan.Of(transaction, writer.Batch);
        var error = plan.Check(transaction, writer.Batch, writer.State);
        var at = 0;
        return error == KeyValueError.None
            ? Execute(transaction, plan, writer, ref at) : writer.Refuse(error);
    }

    /// <summary>Executes one that only reads, on a view.</summary>
    public static KeyValueResult Read(
        TransactionCommand transaction, IOrderedView view, in StoreState state)
    {
        var plan = TransactionPlan.Of(transaction, view);
        var error = plan.Check(transaction, view, state);
        var succeeded = plan.Branch(0);
        var responses = new List<OperationResult>();
        var operations = succeeded ? transaction.Success : transaction.Failure;
        for (var i = 0; error == KeyValueError.None && i < operations.Count; i++)
        {
            error = operations[i].Kind == CommandKind.RangeInTransaction
                ? KeyValueError.None : KeyValueError.Malformed;
            responses.Add(new OperationResult(RangeReader.Read(view, state, operations[i].Query), null));
        }

        return new KeyValueResult
        {
            Error = error,
            Revision = state.Revision,
            Succeeded = error == KeyValueError.None && succeeded,
            Responses = error == KeyValueError.None ? responses : [],
        };
    }

    private static KeyValueResult Execute(
        TransactionCommand transaction, TransactionPlan plan, ChangeWriter writer, ref int at)
    {
        var succeeded = plan.Branch(at++);
        var responses = new List<OperationResult>();
        foreach (var operation in succeeded ? transaction.Success : transaction.Failure)
        {
            responses.Add(operation.Kind switch
            {
                CommandKind.RangeInTransaction => new OperationResult(
                    RangeReader.Read(writer.Batch, writer.State, operation.Query), null),
                CommandKind.Put => new OperationResult(null, writer.Put(operation.Put())),
                CommandKind.DeleteRange => new OperationResult(null, Delete(operation.Delete(), writer)),
                _ => new OperationResult(null, Execute(operation.Nested!, plan, writer, ref at)),
            });
        }

        return new KeyValueResult
        {
            Revision = writer.State.Revision, Succeeded = succeeded, Responses = responses,
        };
    }

    private static KeyValueResult Delete(in DeleteCommand delete, ChangeWriter writer) =>
        writer.Delete(delete.Range(), delete.WantsPrevious);
}
