using Ikada.Consensus;
using Ikada.Replica;

namespace Ikada.Simulation.Checkers;

/// <summary>I11 (§5.4.2): only a leader commits by counting, and only up to an entry of its own term;
/// what is older is committed
/// with it. A follower learns of a commit, it never makes one.</summary>
internal sealed class CommitRule
{
    public const string Property = "I11 only entries of the own term are committed by counting";

    /// <summary>A node is the first to commit up to an index, whose entry is of <paramref name="term"/>.
    /// It led in that term
    /// after the step or before it: it may commit and be deposed in one.</summary>
    public static void Commits(int node, in ReplicaStatus before, in ReplicaStatus after, ulong term)
    {
        if ((after.Role != Role.Leader || term != after.Term.Value)
            && (before.Role != Role.Leader || term != before.Term.Value))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1}, {after.Role} in term {after.Term}, is the first to commit up to "
                + $"{after.Commit}, an entry of "
                + $"term {term}");
        }
    }
}
