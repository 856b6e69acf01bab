namespace Ikada.Consensus.Tests.Elections;

/// <summary>Which role may become which, and what cannot make a node campaign.</summary>
public sealed class RoleChanges
{
    private static readonly (Role From, Role To)[] Legal =
    [
        (Role.Follower, Role.Follower), (Role.Follower, Role.PreCandidate),
        // Told to campaign: without a pre-vote.
        (Role.Follower, Role.Candidate),
        (Role.PreCandidate, Role.Follower), (Role.PreCandidate, Role.Candidate),
        (Role.Candidate, Role.Follower), (Role.Candidate, Role.PreCandidate), (Role.Candidate, Role.Leader),
        (Role.Leader, Role.Follower),
    ];

    [Theory]
    [InlineData(Role.Follower)]
    [InlineData(Role.PreCandidate)]
    [InlineData(Role.Candidate)]
    [InlineData(Role.Leader)]
    [Covers("AllServerStepdown",
        Note = "a leader steps down for a vote only if the leader wanted it: a transfer")]
    public void Section_5_1_every_role_steps_down_for_a_higher_term(Role role)
    {
        foreach (var type in new[] { MessageType.Vote, MessageType.Append, MessageType.Heartbeat })
        {
            var node = role == Role.Leader ? Make.Leader() : role == Role.Candidate ? Make.Candidate()
                : Make.Follower(term: 1);
            if (role == Role.PreCandidate)
            {
                node.PassDeadline();
            }

            Assert.Equal(role, node.Role);
            node.Receive(new Message
            {
                Type = type, From = Make.Id(2), Term = new Term(3),
                Flags = type == MessageType.Vote ? MessageFlags.Transfer : MessageFlags.None,
            });

            Assert.Equal((Role.Follower, 3ul), (node.Role, node.Term));
            Assert.Equal(type == MessageType.Vote ? 0 : 2, node.Leader);
        }
    }

    [Fact]
    [Covers("StateTransition", Note = "no other change of role occurs; two leaders in a term stop the node")]
    public void Only_legal_changes_of_role_occur()
    {
        var seen = new HashSet<(Role, Role)>();
        for (var seed = 1ul; seed <= 30; seed++)
        {
            Wander(seed, seen);
        }

        Assert.All(seen, change => Assert.Contains(change, Legal));
        // The walk is worth something: it meets them all.
        Assert.All(Legal, change => Assert.Contains(change, seen));
    }

    [Theory]
    [InlineData(MessageType.Append)]
    [InlineData(MessageType.Heartbeat)]
    [InlineData(MessageType.TimeoutNow)]
    [Covers("StateTransition")]
    public void A_second_leader_in_the_own_term_stops_the_node(MessageType type)
    {
        var leader = Make.Leader(term: 2);
        Assert.Throws<InvariantException>(() => leader.Receive(
            new Message { Type = type, From = Make.Id(3), Term = new Term(2) }));

        var follower = Make.Follower(term: 2);
        follower.Receive(Make.Heartbeat(from: 2, term: 2));
        Assert.Throws<InvariantException>(() => follower.Receive(
            new Message { Type = type, From = Make.Id(3), Term = new Term(2) }));
    }

    [Theory]
    [InlineData(new[] { 1, 2, 3 }, null, null, true)]
    [InlineData(new[] { 1 }, null, null, true)]
    [InlineData(new[] { 2, 3 }, null, null, false)]
    [InlineData(new[] { 2, 3 }, null, new[] { 1 }, false)]
    [InlineData(new int[] { }, null, null, false)]
    [InlineData(new[] { 2, 3 }, new[] { 1, 2 }, null, true)]
    [InlineData(new[] { 1, 2 }, new[] { 2, 3 }, null, true)]
    [Covers("Promotable")]
    public void Who_votes_by_the_newest_membership_may_campaign(
        int[] voters, int[]? outgoing, int[]? learners, bool may)
    {
        var node = new TestNode(new NodeSetup
        {
            Membership = NodeSetup.MembershipOf(voters, outgoing, learners), Term = 1,
        });

        node.PassDeadline();

        Assert.Equal(may, node.Role != Role.Follower || node.Term > 1);
    }

    [Fact]
    [Covers("CandidateSelfVoteAfterLostElectionPreVote",
        "CandidateDeliversPreCandidateSelfVoteAfterBecomingCandidate",
        Note = "the own pre-vote is counted on the spot and never sent; one that comes is no vote")]
    public void An_own_pre_vote_that_comes_late_counts_for_nothing()
    {
        var node = Make.Follower(term: 1);
        node.PassDeadline();
        node.Receive(Make.Heartbeat(from: 2, term: 1));
        node.Receive(Make.PreVoteReply(from: 1, term: 2));
        Assert.Equal(Role.Follower, node.Role);

        var candidate = Make.Candidate(size: 3, term: 2);
        candidate.Receive(Make.PreVoteReply(from: 1, term: 2));
        candidate.Receive(Make.PreVoteReply(from: 1, term: 3));
        candidate.Receive(Make.VoteReply(from: 1, term: 2));
        Assert.Equal((Role.Candidate, 2ul), (candidate.Role, candidate.Term));
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    // Elections, transfers, lost messages.
    private static void Wander(ulong seed, HashSet<(Role, Role)> seen)
    {
        var random = new RandomSource(seed);
        var cluster = new TestCluster(3, setup => setup with { Seed = random.NextUInt64() });
        foreach (var node in cluster.Nodes)
        {
            var (role, judge) = (node.Role, node.OnEffect);
            node.OnEffect = (each, effect) =>
            {
                judge?.Invoke(each, effect);
                if (effect.Kind == EffectKind.ObserveRole)
                {
                    seen.Add((role, effect.Role));
                    role = effect.Role;
                }
            };
        }

        for (var step = 0; step < 100; step++)
        {
            var id = 1 + random.NextBelow(3);
            if (random.OneIn(4))
            {
                cluster.Do(id, node => node.Transfer(random.NextBelow(4)));
            }
            else
            {
                cluster.Pass(Max(TimeSpan.Zero, cluster[id].Core.NextDeadline - cluster.Now));
                cluster.Do(id, node => node.Tick());
            }

            while (cluster.Pool.Count > 0)
            {
                cluster.Pool.RemoveRange(0, random.OneIn(3) ? 1 : 0);
                if (cluster.Pool.Count > 0)
                {
                    cluster.Deliver(0);
                }
            }
        }
    }
}
