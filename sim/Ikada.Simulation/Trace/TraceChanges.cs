using Ikada.Primitives;

namespace Ikada.Simulation.Trace;

/// <summary>What became of whom between two memberships, in the words of the trace format.</summary>
internal static class TraceChanges
{
    public static List<(NodeId Id, string Action)> Between(Membership before, Membership after)
    {
        var changes = new List<(NodeId, string)>();
        foreach (var id in after.Voters)
        {
            if (before.Voters.IndexOf(id) < 0)
            {
                changes.Add((id, "AddNewServer"));
            }
        }

        foreach (var id in after.Learners)
        {
            if (!before.IsLearner(id))
            {
                changes.Add((id, "AddLearner"));
            }
        }

        // Who leaves by a joint state is told when it is entered, not when it is left.
        foreach (var id in before.Voters)
        {
            if (after.Voters.IndexOf(id) < 0 && !after.IsLearner(id) && after.LearnersNext.IndexOf(id) < 0)
            {
                changes.Add((id, "RemoveServer"));
            }
        }

        foreach (var id in before.Learners)
        {
            if (!after.Contains(id))
            {
                changes.Add((id, "RemoveServer"));
            }
        }

        return changes;
    }
}
