using Ikada.Simulation.Clients;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// The key-value store once more, written as simply as can be: of each key the list of its writes by
/// revision. It
/// executes what is committed, once, in the order in which the first node applies it, and so knows the
/// state at every
/// revision. An operation executed twice, or one that a client was told had been refused, is a violation
/// (I22).
/// </summary>
internal sealed class KeyValueModel
{
    public const string OnceProperty = "I22 executed at most once";
    public const string RefusedProperty = "I22 refused means never executed";
    private readonly List<Write>[] _writes;
    private readonly List<ClientOp> _ops = [];

    public KeyValueModel(int keys)
    {
        _writes = new List<Write>[keys];
        for (var key = 0; key < keys; key++)
        {
            _writes[key] = [];
        }
    }

    /// <summary>The revision after the last write; an empty store has 1.</summary>
    public long Revision { get; private set; } = 1;

    public int Keys => _writes.Length;

    /// <summary>The operations, by number.</summary>
    public IReadOnlyList<ClientOp> Ops => _ops;

    /// <summary>A new operation; its number must be the next.</summary>
    public void Add(ClientOp op) => _ops.Add(op);

    /// <summary>The next committed command.</summary>
    public void Execute(ulong index, ReadOnlySpan<byte> command)
    {
        var id = ClientCommands.OpOf(command);
        if (id < 0 || id >= _ops.Count)
        {
            throw new PropertyViolatedException(OnceProperty, $"entry {index} holds a command that no "
                + "client sent");
        }

        var op = _ops[(int)id];
        if (op.IsExecuted)
        {
            throw new PropertyViolatedException(
                OnceProperty,
                $"entry {index} executes op {id} ({op.Kind} of c{op.Client}) again; it made revision "
                + $"{op.ExecutedRevision}");
        }

        if (op is { IsEnded: true, Outcome: Replica.OutcomeKind.Refused })
        {
            throw new PropertyViolatedException(
                RefusedProperty, $"entry {index} executes op {id} ({op.Kind} of c{op.Client}), which was "
                    + "told to be refused");
        }

        Execute(op);
    }

    /// <summary>What a key holds at a revision: the number of the put that wrote it and its revision;
    /// false if nothing.</summary>
    public bool TryRead(int key, long revision, out long op, out long modRevision)
    {
        var writes = _writes[key];
        var (low, high) = (0, writes.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = writes[middle].Revision <= revision ? (middle + 1, high) : (low, middle);
        }

        var write = low == 0 ? new Write(0, 0, true) : writes[low - 1];
        (op, modRevision) = (write.Op, write.Revision);
        return !write.IsDeletion;
    }

    private void Execute(ClientOp op)
    {
        op.IsExecuted = true;
        var isDeletion = op.Kind == ClientOpKind.Delete;
        if (!isDeletion || TryRead(op.Key, Revision, out _, out _))
        {
            Revision++;
            _writes[op.Key].Add(new Write(Revision, op.Id, isDeletion));
            op.ExecutedDeletions = isDeletion ? 1 : 0;
        }

        op.ExecutedRevision = Revision;
    }

    private readonly record struct Write(long Revision, long Op, bool IsDeletion);
}
