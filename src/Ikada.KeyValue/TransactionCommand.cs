namespace Ikada.KeyValue;

/// <summary>A transaction, decoded as a whole: nothing of it is executed if any part is malformed.</summary>
internal sealed class TransactionCommand
{
    // Above what the limits of a request let through; the bound is on our own stack.
    private const int DepthMax = 128;

    private TransactionCommand(
        List<KeyComparison> compares, List<TransactionOperation> success, List<TransactionOperation> failure)
    {
        Compares = compares;
        Success = success;
        Failure = failure;
    }

    public List<KeyComparison> Compares { get; }

    public List<TransactionOperation> Success { get; }

    public List<TransactionOperation> Failure { get; }

    /// <summary>Decodes a whole command, its kind and version included.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> command, out TransactionCommand? transaction) =>
        TryDecode(command, 0, out transaction);

    private static bool TryDecode(
        ReadOnlyMemory<byte> command, int depth, out TransactionCommand? transaction)
    {
        transaction = null;
        var reader = new ByteReader(command.Span);
        if (depth == DepthMax
            || !reader.TryReadByte(out var kind) || kind != (byte)CommandKind.Transaction
            || !reader.TryReadByte(out var version) || version != KeyValueCommand.FormatVersion
            || !reader.TryReadVarint(out var count) || count > (ulong)reader.Remaining)
        {
            return false;
        }

        var compares = new List<KeyComparison>();
        for (var i = 0UL; i < count; i++)
        {
            if (!KeyComparison.TryRead(ref reader, out var comparison))
            {
                return false;
            }

            compares.Add(comparison);
        }

        if (!TryReadOperations(ref reader, depth, out var success)
            || !TryReadOperations(ref reader, depth, out var failure) || !reader.AtEnd)
        {
            return false;
        }

        transaction = new TransactionCommand(compares, success, failure);
        return true;
    }

    private static bool TryReadOperations(
        ref ByteReader reader, int depth, out List<TransactionOperation> operations)
    {
        operations = [];
        if (!reader.TryReadVarint(out var count) || count > (ulong)reader.Remaining)
        {
            return false;
        }

        for (var i = 0UL; i < count; i++)
        {
            if (!reader.TryReadBytes(out var bytes) || !TryReadOperation(bytes.ToArray(), depth, out var one))
            {
                return false;
            }

            operations.Add(one);
        }

        return true;
    }

    private static bool TryReadOperation(byte[] bytes, int depth, out TransactionOperation operation)
    {
        operation = default;
        var reader = new ByteReader(bytes);
        if (!reader.TryReadByte(out var kind) || !reader.TryReadByte(out var version)
            || version != KeyValueCommand.FormatVersion)
        {
            return false;
        }

        RangeQuery query = default;
        TransactionCommand? nested = null;
        var valid = (CommandKind)kind switch
        {
            CommandKind.Put => PutCommand.TryRead(ref reader, out _),
            CommandKind.DeleteRange => DeleteCommand.TryRead(ref reader, out _),
            CommandKind.RangeInTransaction => RangeQuery.TryDecode(bytes.AsSpan(2), out query),
            CommandKind.Transaction => TryDecode(bytes, depth + 1, out nested),
            _ => false,
        };
        operation = new TransactionOperation((CommandKind)kind, bytes, query, nested);
        return valid;
    }
}

/// <summary>One operation of a transaction.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Bytes">The command. Invariant: of a put or a deletion it has been read once.</param>
/// <param name="Query">Of a read.</param>
/// <param name="Nested">Of a transaction.</param>
internal readonly record struct TransactionOperation(
    CommandKind Kind, byte[] Bytes, RangeQuery Query, TransactionCommand? Nested)
{
    public PutCommand Put()
    {
        var reader = new ByteReader(Bytes.AsSpan(2));
        PutCommand.TryRead(ref reader, out var put);
        return put;
    }

    public DeleteCommand Delete()
    {
        var reader = new ByteReader(Bytes.AsSpan(2));
        DeleteCommand.TryRead(ref reader, out var delete);
        return delete;
    }
}
