namespace Ikada.Consensus.Tests.Beyond;

/// <summary>Pre-vote (diss. §9.6): who cannot win raises nobody's term.</summary>
public sealed class PreVotes
{
    [Fact]
    [Covers("SingleNodeCandidate", "SingleNodePreCandidate")]
    public void A_lone_voter_has_nobody_to_wait_for()
    {
        var lone = Make.Follower(size: 1);
        Assert.Equal(lone.Now, lone.Core.NextDeadline);
        Assert.True(Make.Follower(size: 2).Core.NextDeadline > lone.Now);

        lone.Tick();
        Assert.Equal(Role.Leader, lone.Role);
    }

    [Fact]
    public void A_pre_vote_asks_for_the_next_term_and_raises_none()
    {
        var node = Make.Follower(term: 4);
        node.PassDeadline();

        Assert.Equal(Role.PreCandidate, node.Role);
        Assert.Equal(4ul, node.Term);
        Assert.All(node.TakeSent(MessageType.PreVote), each => Assert.Equal(5ul, each.Message.Term.Value));
        Assert.Equal(NodeId.None, node.Disk.HardState.Vote);
    }

    [Fact]
    public void A_pre_vote_given_binds_nobody()
    {
        var node = Make.Follower(term: 1);

        node.Receive(Make.PreVote(from: 2, term: 2));
        node.Receive(Make.PreVote(from: 3, term: 2));

        var replies = node.TakeSent(MessageType.PreVoteReply);
        Assert.Equal(2, replies.Length);
        Assert.All(replies, each => Assert.False(each.Message.Reject));
        Assert.All(replies, each => Assert.Equal(2ul, each.Message.Term.Value));
        Assert.Equal(1ul, node.Term);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_pre_vote_for_a_term_not_above_the_own_is_refused_with_the_own_term(ulong term)
    {
        var node = Make.Follower(term: 2);

        node.Receive(Make.PreVote(from: 2, term, Make.At(9, 9)));

        var reply = Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message;
        Assert.True(reply.Reject);
        Assert.Equal(2ul, reply.Term.Value);
    }

    [Fact]
    public void A_refusal_of_a_higher_term_teaches_it_to_a_pre_candidate()
    {
        var node = Make.Follower(term: 1);
        node.PassDeadline();

        node.Receive(Make.PreVoteReply(from: 2, term: 7, reject: true));

        Assert.Equal(Role.Follower, node.Role);
        Assert.Equal(7ul, node.Term);
    }

    [Fact]
    public void A_pre_vote_granted_late_does_not_count_for_another_term()
    {
        var node = Make.Candidate(size: 5, term: 2);
        node.PassDeadline();
        Assert.Equal(Role.PreCandidate, node.Role);

        // Granted for term 2, where this node is already.
        node.Receive(Make.PreVoteReply(from: 2, term: 2));
        node.Receive(Make.PreVoteReply(from: 3, term: 2));

        Assert.Equal(Role.PreCandidate, node.Role);
        Assert.Equal(2ul, node.Term);
    }

    [Fact]
    public void A_vote_granted_late_does_not_count_for_another_term()
    {
        var node = Make.Candidate(size: 5, term: 3);

        node.Receive(Make.VoteReply(from: 2, term: 2));
        node.Receive(Make.VoteReply(from: 3, term: 2));

        Assert.Equal(Role.Candidate, node.Role);
    }

    [Fact]
    [Covers("CandidateDeliversPreCandidateSelfVoteAfterBecomingCandidate")]
    public void A_pre_vote_does_not_count_as_a_vote()
    {
        var node = Make.Candidate(size: 3, term: 2);

        node.Receive(Make.PreVoteReply(from: 2, term: 2));
        node.Receive(Make.PreVoteReply(from: 3, term: 3));

        Assert.Equal(Role.Candidate, node.Role);
    }

    [Fact]
    [Covers("CandidateSelfVoteAfterLostElection")]
    public void The_own_vote_of_a_lost_election_does_not_count_when_its_write_completes()
    {
        var node = Make.Follower(term: 1);
        node.PassDeadline();
        node.HoldsDisk = true;
        node.Receive(Make.PreVoteReply(from: 2, term: 2));
        node.Receive(Make.Heartbeat(from: 3, term: 3));

        node.FlushDisk();

        Assert.Equal(Role.Follower, node.Role);
        Assert.Equal(3ul, node.Term);
        Assert.Equal(3, node.Leader);
    }

    [Fact]
    public void The_own_vote_of_an_earlier_term_does_not_count_in_a_later_election()
    {
        var node = new TestNode(new NodeSetup
        {
            Term = 1, Options = new ConsensusOptions { DiskStuckTimeout = TimeSpan.FromMinutes(1) },
        });
        node.PassDeadline();
        node.HoldsDisk = true;
        node.Receive(Make.PreVoteReply(from: 2, term: 2));
        node.PassDeadline();
        node.Receive(Make.PreVoteReply(from: 2, term: 3));
        Assert.Equal((Role.Candidate, 3ul), (node.Role, node.Term));

        node.FlushOne();
        Assert.DoesNotContain(node.TakeSent(MessageType.Vote), each => each.Message.Term.Value == 3);
        node.Receive(Make.VoteReply(from: 2, term: 3));

        Assert.Equal(Role.Candidate, node.Role);
    }

    [Fact]
    [Covers("CampaignWhileLeader", "PreCampaignWhileLeader")]
    public void A_time_out_of_a_leader_is_a_heartbeat_and_no_campaign()
    {
        var leader = Make.LeaderInTouch();
        leader.TickAfter(TimeSpan.FromMilliseconds(100));

        Assert.Equal(Role.Leader, leader.Role);
        Assert.DoesNotContain(leader.Sent, each => each.Type is MessageType.PreVote or MessageType.Vote);
    }

    [Fact]
    [Covers("Promotable", "NonPromotableVoterWithCheckQuorum")]
    public void Who_does_not_vote_does_not_campaign()
    {
        var members = NodeSetup.VotersOf(3);
        NodeId[] voters = [Make.Id(2), Make.Id(3)];
        var learner = new TestNode(new NodeSetup
        {
            Membership = new Membership(members.Members, voters, learners: [Make.Id(1)]),
        });

        learner.PassDeadline();

        Assert.Equal(Role.Follower, learner.Role);
        Assert.Empty(learner.Sent);
        Assert.True(learner.Core.NextDeadline > learner.Now);
    }

    [Fact]
    [Covers("DuelingPreCandidates")]
    public void Duelling_pre_candidates_end_with_one_leader_and_a_term_that_hardly_rose()
    {
        var cluster = new TestCluster(3);
        cluster.Pass(TimeSpan.FromSeconds(3));
        foreach (var id in new[] { 1, 2, 3 })
        {
            cluster.Do(id, node => node.Tick());
        }

        cluster.RunFor(TimeSpan.FromSeconds(20));

        Assert.NotNull(cluster.Leader);
        Assert.InRange(cluster.Leader.Term, 1ul, 4ul);
        cluster.AssertConverged();
    }

    [Fact]
    [Covers("NodeWithSmallerTermCanCompleteElection")]
    public void A_node_with_a_smaller_term_and_the_longer_log_can_win()
    {
        // Node 3 is ahead in term but its log is behind: only 1 or 2 can lead, and must learn the term first.
        var cluster = new TestCluster(3, setup => setup with
        {
            Term = setup.Id == 3 ? 4ul : 2ul,
            Log = TestEntry.OfTerms(1, setup.Id == 3 ? [1] : [1, 2]),
        });
        cluster.Isolate(2);

        cluster.RunFor(TimeSpan.FromSeconds(30));

        Assert.Equal(1, (int)cluster.Leader!.Id.Value);
        Assert.True(cluster.Leader.Term > 4);
    }

    [Fact]
    [Covers("LeaderElectionOverwriteNewerLogs", "LeaderElectionOverwriteNewerLogsPreVote",
        Note = "pre-vote cannot be turned off: both names are this one test")]
    public void Uncommitted_entries_of_a_higher_term_are_overwritten_by_a_majority_without_them()
    {
        var cluster = new TestCluster(5, setup => setup with
        {
            Term = 3,
            Log = setup.Id switch
            {
                1 => TestEntry.OfTerms(1, 1, 1),
                5 => [new(3, "uncommitted")],
                _ => TestEntry.OfTerms(1, 1),
            },
        });
        cluster.Isolate(5);
        cluster.Campaign(1);
        Assert.Equal(Role.Leader, cluster[1].Role);
        cluster.Heal();

        cluster.RunFor(TimeSpan.FromSeconds(5));

        cluster.AssertConverged();
        Assert.DoesNotContain(cluster[5].Log, entry => entry.Body == "uncommitted");
    }
}
