using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>I7, what is committed is durable on a majority of each half of the membership in force: in the
/// disks' images, not in anybody's memory. A directory that was wiped since it acknowledged counts as long
/// as the membership binds it: its node is refused until it is added again.</summary>
internal sealed class CommitDurability
{
    public const string Property = "I7 committed is durable on a majority";

    /// <summary>A node is the first to commit up to <paramref name="index"/>, under one of the memberships
    /// that were in force since the last look at it.</summary>
    public static void Commits(
        int node, ulong index, ulong chain, IReadOnlyList<Membership> inForce, IReadOnlyList<NodeView> views)
    {
        bool Holds(Member member) => views[(int)member.Id.Value - 1].DurableOf(member.Incarnation) is { } log
            && log.Last >= index && log.ChainAt(index) == chain;
        for (var i = 0; i < inForce.Count; i++)
        {
            if (Memberships.HasQuorum(inForce[i], Holds))
            {
                return;
            }
        }

        var holders = 0;
        foreach (var view in views)
        {
            holders += view.Durable.Last >= index && view.Durable.ChainAt(index) == chain ? 1 : 0;
        }

        throw new PropertyViolatedException(
            Property,
            $"n{node + 1} commits up to {index}, which is durable on {holders} of {views.Count} nodes, no "
            + "majority of "
            + MembershipChanges.Text(inForce[^1]));
    }
}
