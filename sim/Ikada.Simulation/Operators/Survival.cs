using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Simulation.Checkers;

namespace Ikada.Simulation.Operators;

/// <summary>
/// What a group must be able to live through: every membership that may come into force keeps a majority, in
/// both halves, of voters whose directories are those it counts and hold everything committed. More than that
/// nobody promises.
/// </summary>
internal static class Survival
{
    /// <summary>Whether the voters that a change would lead to are mostly nodes that can be
    /// counted.</summary>
    public static bool MayBecome(World world, Membership now, MembershipChange change)
    {
        var voters = new List<NodeId>([.. now.Voters]);
        foreach (var member in change.Members)
        {
            if (member.Kind is MemberChangeKind.Voter && !voters.Contains(member.Id))
            {
                // Of two voters both must be sure: to add one that is down, or does not know where its log
                // must reach, can end a group.
                if (IsKnown(world, member.Id)
                    && world.Checks.View(IndexOf(member.Id)) is not { IsUp: true, IsWhole: true })
                {
                    return false;
                }

                voters.Add(member.Id);
            }
            else if (member.Kind is MemberChangeKind.Learner or MemberChangeKind.Remove)
            {
                voters.Remove(member.Id);
            }
        }

        var healthy = voters.FindAll(id =>
            now.Find(id) is not { } member || (IsCounted(world, member) && IsWhole(world, id)));
        return voters.Count == 0 || healthy.Count >= Quorum.MajorityOf(voters.Count);
    }

    /// <summary>Whether a node may lose its disk now.</summary>
    public static bool MayLose(World world, int node)
    {
        var id = world.Nodes[node].Id;
        var checks = world.Checks;
        if (world.Wishes.Changes > 0 || !Binds(world, checks.CommittedMembership, id))
        {
            return false;
        }

        foreach (var membership in checks.MembershipsToCome())
        {
            if (!Memberships.HasQuorum(membership, member => member.Id != id && IsIntact(world, member)))
            {
                return false;
            }
        }

        var filled = 0;
        for (var other = 0; other < world.NodeCount; other++)
        {
            if (other != node && !KnowsOrCannotLead(world, other, id))
            {
                return false;
            }

            var isFilled = other < world.Options.Nodes && checks.View(other).Durable.Last > 0;
            filled += other != node && isFilled ? 1 : 0;
        }

        // Empty directories take the first membership for theirs: they must not be able to elect among
        // themselves.
        return filled >= Quorum.MajorityOf(world.Options.Nodes);
    }

    /// <summary>Whether the directory that a membership binds to a member is the one its node has.</summary>
    public static bool IsCounted(World world, Member member) =>
        !IsKnown(world, member.Id) || member.Incarnation is null
            || world.Checks.View(IndexOf(member.Id)).Incarnation == member.Incarnation.Value;

    /// <summary>Whether the nodes of a set, whose directories count and hold everything committed, are a
    /// majority of every membership that may come into force.</summary>
    public static bool HasIntactQuorum(World world, Predicate<int> isIn)
    {
        foreach (var membership in world.Checks.MembershipsToCome())
        {
            if (!Memberships.HasQuorum(
                membership, member => IsKnown(world, member.Id) && isIn(IndexOf(member.Id))
                    && IsIntact(world, member)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a node is a member whose directory counts and holds everything committed.</summary>
    public static bool IsIntact(World world, int node) =>
        world.Checks.CommittedMembership.Find(world.Nodes[node].Id) is { } member && IsIntact(world, member);

    // Who has lost its state cannot lead, and who is unsure cannot vote. What was struck while it is down
    // shows only when it starts.
    private static bool IsWhole(World world, NodeId id) =>
        !IsKnown(world, id) || world.Checks.View(IndexOf(id)) is { IsWhole: true } and
            ({ IsUp: true } or { WasInjured: false });

    // A voter that does not know which directory is bound to a node would count the next one as well.
    private static bool KnowsOrCannotLead(World world, int other, NodeId node)
    {
        var view = world.Checks.View(other);
        return view.Durable.Last == 0
            || (KnowsOrCannotLead(world, view, view.Durable, node)
                && (!view.IsUp || KnowsOrCannotLead(world, view, view.Memory, node)));
    }

    private static bool KnowsOrCannotLead(World world, NodeView view, LogMirror log, NodeId node)
    {
        var membership = world.Checks.InForce(log);
        return !membership.IsVoter(view.Id) || Binds(world, membership, node);
    }

    private static bool Binds(World world, Membership membership, NodeId node) =>
        membership.Find(node) is not { } member
            || (member.Incarnation is not null && IsCounted(world, member));

    private static bool IsIntact(World world, Member member)
    {
        var view = world.Checks.View(IndexOf(member.Id));
        var durable = view.Durable;
        var committed = world.Checks.CommittedEntries;
        return IsCounted(world, member) && view.IsWhole && durable.Last >= committed.Last
            && durable.ChainAt(committed.Last) == committed.ChainAt(committed.Last);
    }

    private static bool IsKnown(World world, NodeId id) => id.Value - 1 < (ulong)world.NodeCount;

    private static int IndexOf(NodeId id) => (int)id.Value - 1;
}
