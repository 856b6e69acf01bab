using Ikada.Log;
using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>Keeps what each node's memory has for its log, by looking at it after each step: what was
/// removed, what was appended, what a snapshot took the place of.</summary>
internal sealed class LogFollower(
    CommittedLog committed, Memberships memberships, LogMatching matching, BaseRule bases,
    SnapshotImage[] snapshots)
{
    /// <summary>A node's log ends at <paramref name="last"/> now, in <paramref name="term"/>.</summary>
    public void Follow(
        NodeView view, GroupLog log, LogPosition last, Term term, bool ledThroughout, ulong commit)
    {
        var memory = view.Memory;
        if (log.Base.Index.Value > view.Base)
        {
            FollowBase(view, log.Base);
        }

        if (memory.Last == last.Index.Value && memory.LastTerm == last.Term.Value)
        {
            return;
        }

        var kept = Math.Min(memory.Last, last.Index.Value);
        while (kept > log.Base.Index.Value && log.TryGetTerm(new LogIndex(kept),
            out var found) && found.Value != memory.TermAt(kept))
        {
            kept--;
        }

        if (ledThroughout)
        {
            LeaderAppendOnly.Truncated(view.Node, term.Value, memory.Last, kept);
        }

        if (kept < memory.Last)
        {
            memory.TruncateTo(kept);
            view.InForce.Add(memberships.InForce(memory));
        }

        for (var index = kept + 1; index <= last.Index.Value; index++)
        {
            if (!log.TryGet(new LogIndex(index), out var added))
            {
                throw new PropertyViolatedException(
                    LogMatching.Property, $"n{view.Node + 1} appended entry {index} and cannot show it");
            }

            LogTerms.Follows(view.Node, index, memory.LastTerm, added.Term.Value, term.Value);
            memory.Append(added.Term.Value, added.Checksum, added.Kind);
            matching.Holds(view.Node, "log", index, memory.At(index));
            if (added.Kind == EntryKind.Membership)
            {
                FollowMembership(view, index, added, Math.Max(commit, committed.Last));
            }
        }
    }

    /// <summary>A node's log begins there now. What a snapshot covers needs no look at the log; where the
    /// log did not hold it, the snapshot took the place of the whole log.</summary>
    public void FollowBase(NodeView view, LogPosition start)
    {
        var index = start.Index.Value;
        bases.Holds(view.Node, "log's base", index, start.Term.Value);
        snapshots[view.Node].Forgets(index);
        view.Base = index;
        var memory = view.Memory;
        if (memory.Last < index || memory.ChainAt(index) != committed.ChainAt(index))
        {
            memory.Become(committed.Log, index);
            view.InForce.Add(memberships.InForce(memory));
        }
    }

    // Whoever is first to hold a membership entry is the leader that made it.
    private void FollowMembership(NodeView view, ulong index, in LogEntry entry, ulong committed)
    {
        var memory = view.Memory;
        var isNew = memberships.Add(index, entry.Term.Value, entry.Body.Span);
        var at = memory.Memberships.Count - 1;
        var membership = memberships.At(memory, at);
        view.InForce.Add(membership);
        if (isNew)
        {
            MembershipChanges.Appends(
                view.Node, index, memberships.At(memory, at - 1), membership,
                memberships.LastChange(memory, at), committed);
        }
    }
}
