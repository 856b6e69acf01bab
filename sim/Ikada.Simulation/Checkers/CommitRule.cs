using Ikada.Consensus;
using Ikada.Replica;

namespace Ikada.Simulation.Checkers;

/// <summary>I11 (§5.4.2): only a leader commits by counting, and only up to an entry of its own term; what is older is committed
/// with it. A follower learns of a commit, it never makes one.</summary>
internal sealed class CommitRule
{
    public const string Property = "I11 only entries of the own term are committed by counting";

    /// <summary>A node is the first to commit up to an index, whose entry is of <paramref name="term"/>.</summary>
    public static void Commits(int node, in ReplicaStatus status, ulong term)
    {
        if (status.Role != Role.Leader || term != status.Term.Value)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1}, {status.Role} in term {status.Term}, is the first to commit up to {status.Commit}, an entry of "
                + $"term {term}");
        }
    }
}
