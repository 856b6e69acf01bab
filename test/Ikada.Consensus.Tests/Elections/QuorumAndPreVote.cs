namespace Ikada.Consensus.Tests.Elections;

/// <summary>Check-quorum (diss. §6.2) and pre-vote (diss. §9.6) together, among several nodes.</summary>
public sealed class QuorumAndPreVote
{
    private static readonly TimeSpan ElectionTimeout = new ConsensusOptions().ElectionTimeout;

    [Fact]
    [Covers("LeaderSupersedingWithCheckQuorum")]
    public void A_voter_keeps_to_a_living_leader_and_votes_once_it_has_fallen_silent()
    {
        var cluster = TransferScenarios.Led();
        // Only node 3 has lost the leader.
        cluster.Cut(1, 3);
        cluster.RunFor(3 * ElectionTimeout);
        TransferScenarios.AssertLeads(cluster, 1, term: 1);

        cluster.Isolate(1);
        cluster.RunFor(4 * ElectionTimeout);

        Assert.Equal(2ul, cluster.Leader!.Term);
        Assert.NotEqual(1, (int)cluster.Leader.Id.Value);
        Assert.NotEqual(Role.Leader, cluster[1].Role);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [Covers("LeaderElectionWithCheckQuorum")]
    public void Elections_work_from_the_start_and_after_a_leader_fell_silent(int size)
    {
        var cluster = new TestCluster(size);
        cluster.Campaign(1);
        TransferScenarios.AssertLeads(cluster, 1, term: 1);

        // Nobody has heard it for the minimum election timeout: any other may ask.
        cluster.Pass(ElectionTimeout);
        cluster.Campaign(3);

        TransferScenarios.AssertLeads(cluster, 3, term: 2);
        Assert.Equal(Role.Follower, cluster[1].Role);
    }

    [Fact]
    [Covers("NonPromotableVoterWithCheckQuorum")]
    public void Who_is_no_member_by_its_own_log_follows_and_never_campaigns()
    {
        var cluster = new TestCluster(2, setup => setup.Id == 1 ? setup
            : setup with { Membership = NodeSetup.MembershipOf([1]) });
        cluster.Campaign(1);
        Assert.Equal(1, cluster[2].Leader);

        cluster.Isolate(2);
        cluster.RunFor(5 * ElectionTimeout);

        Assert.Equal((Role.Follower, 1ul), (cluster[2].Role, cluster[2].Term));
    }

    [Fact]
    [Covers("DisruptiveFollower", Note =
        "a higher term comes only from a candidate that had a majority of pre-votes and lost touch")]
    public void A_candidate_of_a_higher_term_makes_the_leader_step_down_once()
    {
        var cluster = TransferScenarios.Led();
        // Node 3 gets its pre-votes, then nothing passes any more from or to it.
        cluster.Pass(ElectionTimeout);
        cluster.Pass(cluster[3].Core.NextDeadline - cluster.Now);
        cluster.Do(3, node => node.Tick());
        while (cluster[3].Role != Role.Candidate)
        {
            cluster.Deliver(0);
        }

        cluster.Pool.Clear();
        cluster.Isolate(3);
        cluster.RunFor(3 * ElectionTimeout);
        var before = cluster.Leader!.Term;
        Assert.True(cluster[3].Term >= 2);
        cluster.Heal();
        cluster.RunFor(5 * ElectionTimeout);

        Assert.InRange(cluster.Leader!.Term, before, before + 2);
        var settled = cluster.Leader.Term;
        cluster.RunFor(20 * ElectionTimeout);
        Assert.Equal(settled, cluster.Leader.Term);
        cluster.AssertConverged();
    }

    [Fact]
    [Covers("PreVoteWithSplitVote")]
    public void A_split_vote_is_followed_by_an_election_that_one_wins()
    {
        var cluster = new TestCluster(4);
        cluster.Pass(2 * ElectionTimeout);
        foreach (var id in new[] { 1, 2 })
        {
            cluster.Do(id, node => node.Tick());
        }

        while (cluster.Pool.FindIndex(IsOfPreVote) is var next and >= 0)
        {
            cluster.Deliver(next);
        }

        Assert.Equal([Role.Candidate, Role.Candidate], [cluster[1].Role, cluster[2].Role]);
        // Node 3 hears one first, node 4 the other: two votes each.
        cluster.Deliver(cluster.Pool.FindIndex(each => Is(each, from: 1, to: 3)));
        cluster.Deliver(cluster.Pool.FindIndex(each => Is(each, from: 2, to: 4)));
        cluster.Settle();
        Assert.DoesNotContain(cluster.Nodes, node => node.Role == Role.Leader);
        Assert.All(cluster.Nodes, node => Assert.Equal(1ul, node.Term));

        cluster.RunFor(4 * ElectionTimeout);

        Assert.NotNull(cluster.Leader);
        cluster.AssertConverged();
    }

    [Fact]
    [Covers("PreVoteWithCheckQuorum")]
    public void Pre_candidates_of_different_terms_elect_one()
    {
        // Node 1 led and is gone; of the others one has seen a later term.
        var cluster = new TestCluster(3, setup => setup with { Term = setup.Id == 3 ? 4ul : 2ul });
        cluster.Isolate(1);
        cluster.Campaign(2);
        cluster.Campaign(3);

        cluster.RunFor(6 * ElectionTimeout);

        Assert.NotNull(cluster.Leader);
        Assert.True(cluster.Leader.Term > 4);
        Assert.Equal(cluster[2].Term, cluster[3].Term);
    }

    [Fact]
    [Covers("PreVoteMigrationCanCompleteElection", Note =
        "no fleet is without pre-vote: node 3 begins in the later term that it would have raised alone")]
    public void Crossed_terms_and_logs_still_elect_one()
    {
        var cluster = new TestCluster(3, setup => setup with { Term = setup.Id == 3 ? 6ul : 1ul });
        cluster.Isolate(3);
        cluster.Campaign(1);
        cluster.Propose(1, "a");
        Assert.Equal(2ul, cluster[1].Commit);

        // Node 2 has the log, node 3 the term, and the leader dies.
        cluster.Crash(1);
        cluster.Heal();
        cluster.Campaign(3);
        cluster.Campaign(2);
        cluster.RunFor(6 * ElectionTimeout);

        Assert.Equal(2, (int)cluster.Leader!.Id.Value);
        Assert.True(cluster.Leader.Term > 6);
        Assert.Equal(cluster[2].Log, cluster[3].Log);
    }

    [Fact]
    public void A_leader_that_one_follower_cannot_hear_and_another_cannot_answer_is_settled_soon()
    {
        // 1 → 3 is cut, and 2 → 1: the leader is heard by one, hears another, and sees a majority in both
        // ways.
        var cluster = TransferScenarios.Led();
        cluster.Cut(1, 3);
        cluster.Cut(2, 1);
        cluster.RunFor(10 * ElectionTimeout);
        var leaders = cluster.Nodes.Count(node => node.Role == Role.Leader);
        Assert.Equal(1, leaders);

        var term = cluster.Leader!.Term;
        cluster.RunFor(30 * ElectionTimeout);

        Assert.Equal(term, cluster.Leader!.Term);
    }

    private static bool IsOfPreVote(Envelope each) =>
        each.Type is MessageType.PreVote or MessageType.PreVoteReply;

    private static bool Is(Envelope each, int from, int to) =>
        each.Message.From == Make.Id(from) && each.Message.To == Make.Id(to);
}
