using Ikada.Node;

namespace Ikada.Cli.Recovering;

/// <summary>What is said before and after.</summary>
internal static class RecoverReport
{
    public static void Tell(TextWriter output, string directory, RecoveryPlan plan)
    {
        output.WriteLine($"{directory}: node {plan.Identity.Node} of cluster {plan.Identity.Cluster}");
        if (plan.IsCut)
        {
            output.WriteLine("It was recovered before and cut off near the end; that is left to do.");
        }

        foreach (var state in plan.Groups)
        {
            output.WriteLine($"group {state.Group}: log to {state.Last}, of that known committed up to "
                + $"{state.HardState.Commit}, members {state.Membership}");
        }

        output.WriteLine("""

            What this does: the node becomes the only member, of a cluster with another id.
            What it may cost:
            - Entries that were acknowledged to clients are lost where only the lost nodes hold them.
            - Entries at the end of this log that were never acknowledged count from now on.
            - No other member of the old cluster may ever be started again with its directory. If one is
              alive, or can be brought back, do that instead: with a majority nothing is lost.
            If several directories survive, recover the one whose log ends last (compare term, then index).
            Copy the directory before.

            """);
    }

    public static void Done(TextWriter output, RecoveryPlan plan)
    {
        foreach (var state in plan.Groups)
        {
            if (!state.IsAlone)
            {
                output.WriteLine($"group {state.Group}: entry {state.Entry} makes "
                    + $"{plan.MembershipOf(state)} of {state.Membership}");
            }
        }

        output.WriteLine($"cluster id: {plan.Cluster} in place of {plan.Identity.Cluster}");
        output.WriteLine("Done. 'ikada log dump' shows the entry. Start the node; give all others empty "
            + "directories and let them join.");
    }
}
