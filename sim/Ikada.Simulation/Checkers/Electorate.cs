using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>I15, I17: only a voter of the membership in force campaigns, or one that was until a change that it does
/// not know committed (it does not count itself then); a leader was elected by majorities of that
/// membership, each vote durable under the incarnation that is bound to its voter: learners, removed nodes
/// and wiped ones are never counted.</summary>
internal sealed class Electorate
{
    public const string Property = "I17 only voters campaign and are counted";

    /// <summary>A node has a role under a membership; of those in its log, <paramref name="committed"/> is the last that
    /// it knows committed.</summary>
    public static void Takes(int node, Role role, Membership inForce, Membership committed)
    {
        var self = new NodeId((ulong)node + 1);
        if (role is Role.PreCandidate or Role.Candidate && !inForce.IsVoter(self) && !committed.IsVoter(self))
        {
            throw new PropertyViolatedException(
                Property, $"n{node + 1} is {role} under {MembershipChanges.Text(inForce)}");
        }
    }

    /// <summary>A node was elected under a membership; <paramref name="votes"/> says whom a member voted for in
    /// that term, as far as its disk knows.</summary>
    public static void Elected(int node, ulong term, Membership inForce, Func<Member, NodeId> votes)
    {
        var self = new NodeId((ulong)node + 1);
        if (!Memberships.HasQuorum(inForce, member => votes(member) == self))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} leads in term {term} under {MembershipChanges.Text(inForce)} without durable votes "
                + "of a majority");
        }
    }
}
