using Ikada.Log.Snapshots;

namespace Ikada.Simulation.Checkers;

/// <summary>I24 for whole states: snapshots of one index are the same bytes, whoever took them; and what is
/// in them is committed (I13).</summary>
internal sealed class SnapshotContents(BaseRule bases)
{
    public const string Property = "I24 equal state at equal index";
    private readonly Dictionary<ulong, (SnapshotDescriptor Snapshot, int Node)> _known = [];

    /// <summary>Whether states may go wrong in this run, and snapshots with them.</summary>
    public bool MayDiffer { get; set; }

    /// <summary>A node has made a snapshot, of its own state or of what it received.</summary>
    public void Made(int node, SnapshotDescriptor snapshot)
    {
        var (index, term) = (snapshot.Position.Index.Value, snapshot.Position.Term.Value);
        bases.Holds(node, "snapshot", index, term, snapshot.Membership.Encode());
        if (MayDiffer || _known.TryAdd(index, (snapshot, node)) || _known[index].Snapshot == snapshot)
        {
            return;
        }

        var other = _known[index];
        throw new PropertyViolatedException(
            Property,
            $"the snapshot of {index} of n{node + 1} has {snapshot.FileBytes} bytes and hash "
            + $"{snapshot.Hash:x32}, that of n{other.Node + 1} {other.Snapshot.FileBytes} and "
            + $"{other.Snapshot.Hash:x32}");
    }
}
