using Ikada.Replica;

namespace Ikada.Simulation.Checkers;

/// <summary>I8 and I13: term, commit and applied index never fall while a node runs, nor the term across
/// restarts;
/// applied ≤ commit ≤ last, and applied ≤ durable.</summary>
internal sealed class Monotonicity
{
    public const string Property = "I8 term, commit and applied never fall";
    public const string OrderProperty = "I13 applied ≤ commit ≤ last";

    /// <summary>A node's status after a step, and the one before it.</summary>
    public static void Steps(int node, in ReplicaStatus before, in ReplicaStatus after)
    {
        // A wrong state is thrown away, and a right one that takes its place may be older.
        var mayApplyAgain = before.IsQuarantined || after.IsQuarantined;
        if (after.Term < before.Term || after.Commit < before.Commit
            || (after.Applied < before.Applied && !mayApplyAgain))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} went from term {before.Term}, commit {before.Commit}, applied {before.Applied} "
                + $"to term {after.Term}, commit {after.Commit}, applied {after.Applied}");
        }

        if (after.Applied > after.Commit || after.Commit > after.Last.Index || after.Applied > after.Durable)
        {
            throw new PropertyViolatedException(
                OrderProperty,
                $"n{node + 1} has applied {after.Applied}, commit {after.Commit}, last {after.Last.Index}, "
                + $"durable {after.Durable}");
        }
    }

    /// <summary>A node made a term durable.</summary>
    public static void Saves(int node, ulong before, ulong term)
    {
        if (term < before)
        {
            throw new PropertyViolatedException(
                Property, $"n{node + 1} made term {term} durable after term {before}");
        }
    }

    /// <summary>A node came back.</summary>
    public static void Restarts(int node, ulong durableTerm, in ReplicaStatus status)
    {
        if (status.Term.Value < durableTerm)
        {
            throw new PropertyViolatedException(
                Property, $"n{node + 1} came back in term {status.Term}; it had made term {durableTerm} "
                    + "durable");
        }
    }
}
