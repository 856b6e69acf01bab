using Ikada.Consensus;
using Ikada.Replica;

namespace Ikada.Simulation.Checkers;

/// <summary>I18: within a term nobody becomes a candidate, and only a candidate becomes its leader (§5.2,
/// figure 4). I15: who leads says so, and nobody else does.</summary>
internal static class RoleChanges
{
    public const string Property = "I18 legal moves between roles";
    public const string NameProperty = "I15 a leader names itself";

    /// <summary>A node's status after a batch of steps, and the one before it.</summary>
    public static void Steps(int node, in ReplicaStatus before, in ReplicaStatus after)
    {
        if ((after.Role == Role.Leader) != (after.Leader == after.Self))
        {
            throw new PropertyViolatedException(
                NameProperty, $"n{node + 1} is {after.Role} in term {after.Term} and names n{after.Leader}");
        }

        if (after.Term == before.Term && after.Role != before.Role
            && (after.Role == Role.Candidate || (after.Role == Role.Leader && before.Role != Role.Candidate)))
        {
            throw new PropertyViolatedException(
                Property, $"n{node + 1} went from {before.Role} to {after.Role} in term {after.Term}");
        }
    }
}
