using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Operators;
using static Ikada.Simulation.Tests.Checkers.ConsensusCheckerTests;

namespace Ikada.Simulation.Tests.Checkers;

/// <summary>Planted violations of the rules on memberships: each must be found.</summary>
public sealed class MembershipRuleTests
{
    [Fact]
    public void A_change_of_voters_before_the_last_one_is_committed_is_found()
    {
        MembershipChanges.Appends(0, 9, Of([1, 2, 3]), Of([1, 2, 3, 4]), lastChange: 5, committed: 5);
        // Learners, bindings and settings change no quorum.
        MembershipChanges.Appends(0, 9, Of([1, 2, 3]), Of([1, 2, 3], learners: [4]), lastChange: 5, committed: 4);
        Fires(
            MembershipChanges.Property,
            () => MembershipChanges.Appends(0, 9, Of([1, 2, 3]), Of([1, 2, 3, 4]), lastChange: 5, committed: 4));
    }

    [Fact]
    public void Memberships_whose_quorums_miss_each_other_are_found()
    {
        MembershipChanges.Appends(0, 9, Of([1, 2, 3]), Of([4, 5], outgoing: [1, 2, 3]), 0, 0);
        MembershipChanges.Appends(0, 9, Of([4, 5], outgoing: [1, 2, 3]), Of([4, 5]), 0, 0);
        MembershipChanges.Appends(0, 9, Of([1, 2, 3]), Of([1, 2]), 0, 0);
        Fires(
            MembershipChanges.Property,
            () => MembershipChanges.Appends(0, 9, Of([1, 2, 3]), Of([1, 2, 3, 4, 5]), 0, 0));
        Fires(MembershipChanges.Property, () => MembershipChanges.Appends(0, 9, Of([1, 2]), Of([3]), 0, 0));
    }

    [Fact]
    public void A_node_that_acts_under_another_membership_than_its_logs_newest_is_found()
    {
        MembershipChanges.InForce(0, Of([1, 2]), Of([1, 2]));
        Fires(MembershipChanges.Property, () => MembershipChanges.InForce(0, Of([1, 2, 3]), Of([1, 2])));
        Fires(
            MembershipChanges.Property,
            () => MembershipChanges.InForce(0, Of([1, 2]), Of([1, 2], learners: [3])));
    }

    [Fact]
    public void A_learner_or_a_removed_node_that_campaigns_is_found()
    {
        var both = Of([1, 2], learners: [3]);
        Electorate.Takes(0, Role.Candidate, Of([1, 2]), both);
        Electorate.Takes(0, Role.PreCandidate, Of([2], outgoing: [1, 2]), both);
        Electorate.Takes(2, Role.Follower, both, both);
        // Removed by a change that is not committed: it may be needed to bring it to an end.
        Electorate.Takes(0, Role.Candidate, Of([2]), both);
        Fires(Electorate.Property, () => Electorate.Takes(2, Role.PreCandidate, both, both));
        Fires(Electorate.Property, () => Electorate.Takes(2, Role.Candidate, Of([1, 2]), both));
    }

    [Fact]
    public void A_leader_without_durable_votes_of_both_majorities_is_found()
    {
        NodeId Vote(Member member) => new(member.Id.Value < 3 ? 1UL : 0);
        Electorate.Elected(0, 4, Of([1, 2, 3]), Vote);
        Fires(Electorate.Property, () => Electorate.Elected(0, 4, Of([1, 3, 4]), Vote));
        Fires(Electorate.Property, () => Electorate.Elected(0, 4, Of([1, 3, 4], outgoing: [1, 2, 3]), Vote));
        Fires(Electorate.Property, () => Electorate.Elected(1, 4, Of([1, 2, 3]), Vote));
    }

    [Fact]
    public void The_membership_in_force_is_that_of_the_last_entry_and_goes_with_it()
    {
        var memberships = new Memberships();
        var log = new LogMirror(Of([1]));
        Assert.True(memberships.Add(1, 1, Of([1, 2]).Encode()));
        Assert.True(memberships.Add(3, 1, Of([1, 2], learners: [3]).Encode()));
        Assert.False(memberships.Add(3, 1, Of([1, 2], learners: [3]).Encode()));
        log.Append(1, 10, EntryKind.Membership);
        log.Append(1, 11, EntryKind.Command);
        log.Append(1, 12, EntryKind.Membership);
        Assert.True(memberships.InForce(log).IsLearner(new NodeId(3)));
        Assert.Equal(1UL, memberships.LastChange(log, log.Memberships.Count));
        Assert.False(memberships.InForce(log, 2).IsLearner(new NodeId(3)));
        log.TruncateTo(2);
        Assert.Equal(2, memberships.InForce(log).Voters.Length);
        log.TruncateTo(0);
        Assert.Equal(1, memberships.InForce(log).Voters.Length);
    }

    [Fact]
    public void A_wish_that_ends_twice_is_found()
    {
        var wishes = new Wishes();
        var wish = new Wish { Number = 1, Node = 0 };
        wishes.End(wish);
        Fires(Wishes.OnceProperty, () => wishes.End(wish));
    }

    [Fact]
    public void A_change_told_to_be_applied_that_is_not_committed_is_found()
    {
        var wish = new Wish { Number = 1, Node = 0 };
        var log = LogOf((1, 10));
        log.Append(1, 11, EntryKind.Membership);
        Wishes.Committed(wish, log, 2, 1);
        Fires(Wishes.AppliedProperty, () => Wishes.Committed(wish, log, 1, 1));
        Fires(Wishes.AppliedProperty, () => Wishes.Committed(wish, log, 3, 1));
        Fires(Wishes.AppliedProperty, () => Wishes.Committed(wish, log, 2, 2));
    }

    internal static Membership Of(
        ulong[] voters, ulong[]? outgoing = null, ulong[]? learners = null, Incarnation? incarnation = null)
    {
        var all = new SortedSet<ulong>([.. voters, .. outgoing ?? [], .. learners ?? []]);
        var members = new List<Member>();
        foreach (var id in all)
        {
            members.Add(new Member(new NodeId(id), incarnation, default));
        }

        return new Membership([.. members], Ids(voters), Ids(outgoing), Ids(learners));
    }

    private static NodeId[] Ids(ulong[]? ids) => Array.ConvertAll(ids ?? [], id => new NodeId(id));
}
