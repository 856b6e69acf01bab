using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>I13, snapshot ≤ commit: whatever takes the place of a log's beginning, a base or a snapshot,
/// ends at a committed entry and has the membership as of that entry, not a later one.</summary>
internal sealed class BaseRule(CommittedLog committed, Memberships memberships)
{
    public const string Property = "I13 snapshots and bases are committed";

    /// <summary>What is committed.</summary>
    public LogMirror Committed => committed.Log;

    /// <summary>Something of a node (<paramref name="what"/>) ends there.</summary>
    public void Holds(int node, string what, ulong index, ulong term)
    {
        if (index > 0 && !committed.Log.Holds(index, term))
        {
            throw new PropertyViolatedException(
                Property,
                $"the {what} of n{node + 1} ends at {term}/{index}; committed is "
                + (index > committed.Last ? $"nothing beyond {committed.Last}"
                    : $"an entry of term {committed.TermAt(index)} there"));
        }
    }

    /// <summary>Something of a node ends there, and names a membership.</summary>
    public void Holds(int node, string what, ulong index, ulong term, ReadOnlySpan<byte> membership)
    {
        Holds(node, what, index, term);
        if (index > 0 && !membership.SequenceEqual(memberships.InForce(committed.Log, index).Encode()))
        {
            var found = Membership.TryDecode(membership, out var read)
                ? MembershipChanges.Text(read) : "nothing";
            throw new PropertyViolatedException(
                Property,
                $"the {what} of n{node + 1} at {index} has another membership ({found}) than the log as of "
                + $"that index: {MembershipChanges.Text(memberships.InForce(committed.Log, index))}");
        }
    }
}
