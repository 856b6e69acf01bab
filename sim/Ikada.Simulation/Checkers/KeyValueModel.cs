using Ikada.Simulation.Clients;
using Ikada.Simulation.Workloads;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// The key-value store once more, written as simply as can be: of each key the list of its writes by
/// revision. It executes what is committed, once, in the order in which the first node applies it, and so
/// knows the state at every revision.
/// </summary>
internal sealed class KeyValueModel
{
    private readonly List<Write>[] _writes;

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

    /// <summary>The next committed operation.</summary>
    public void Execute(KeyValueOp op)
    {
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
