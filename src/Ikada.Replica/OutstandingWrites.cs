using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>
/// The local clients' writes that stand in a log at a known position and are not applied yet. What is
/// committed at a position decides: the same term means applied, another one means that it never happened.
/// </summary>
internal sealed class OutstandingWrites
{
    private readonly Dictionary<LogIndex, (Term Term, Proposal Proposal)> _byIndex = [];
    private readonly List<LogIndex> _sorted = [];

    public void Add(LogPosition position, Proposal proposal)
    {
        // A position named twice at one index: the older one was overwritten or its fate is not known to us
        // any more.
        if (_byIndex.Remove(position.Index, out var older))
        {
            older.Proposal.Complete(WriteOutcome.Unknown);
        }

        _byIndex.Add(position.Index, (position.Term, proposal));
    }

    /// <summary>Takes out the write at a committed position, if one waits there and is that entry.</summary>
    public Proposal? TakeCommitted(LogPosition position)
    {
        if (_byIndex.Count == 0 || !_byIndex.Remove(position.Index, out var write))
        {
            return null;
        }

        if (write.Term == position.Term)
        {
            return write.Proposal;
        }

        // A committed entry of another term holds its index: it can never happen.
        write.Proposal.Complete(WriteOutcome.Refused(Refusal.LeadershipLost, NodeId.None));
        return null;
    }

    /// <summary>A snapshot took the place of everything up to <paramref name="index"/>: what became of the
    /// writes there is not known.</summary>
    public void Covered(LogIndex index)
    {
        _sorted.Clear();
        foreach (var (at, _) in _byIndex)
        {
            if (at <= index)
            {
                _sorted.Add(at);
            }
        }

        EndSorted();
    }

    /// <summary>What the state machine would answer is not to be believed: what becomes of all of them is
    /// not known here.</summary>
    public void EndAll() => Covered(new LogIndex(ulong.MaxValue));

    /// <summary>Role, term or leader changed: what was appended under a leadership that has ended, and is
    /// not surely committed, is unknown.</summary>
    public void RoleChanged(ConsensusCore core)
    {
        _sorted.Clear();
        foreach (var (index, write) in _byIndex)
        {
            var isCommitted = index <= core.Commit && core.Holds(new LogPosition(index, write.Term));
            if (!isCommitted && (write.Term != core.Term || core.Leader.IsNone))
            {
                _sorted.Add(index);
            }
        }

        EndSorted();
    }

    private void EndSorted()
    {
        _sorted.Sort();
        foreach (var index in _sorted)
        {
            _byIndex.Remove(index, out var write);
            write.Proposal.Complete(WriteOutcome.Unknown);
        }
    }
}
