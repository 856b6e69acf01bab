namespace Ikada.Consensus.Tests.Beyond;

/// <summary>
/// A living leader stands against elections (diss. §4.2.3, §6.2); a dead one is replaced at once.
/// </summary>
public sealed class StandingLeader
{
    private static readonly TimeSpan ElectionTimeout = new ConsensusOptions().ElectionTimeout;

    [Fact]
    public void A_vote_is_not_given_while_a_leader_was_just_heard_and_the_term_stays()
    {
        var node = Following(leader: 2);

        node.Receive(Make.Vote(from: 3, term: 9, Make.At(9, 9)));

        Assert.Equal(1ul, node.Term);
        Assert.Equal(2, node.Leader);
        Assert.Empty(node.Sent);
    }

    [Fact]
    public void A_pre_vote_is_refused_while_a_leader_was_just_heard()
    {
        var node = Following(leader: 2);

        node.Receive(Make.PreVote(from: 3, term: 2, Make.At(9, 9)));

        Assert.True(Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message.Reject);
    }

    [Theory]
    [InlineData(999, false)]
    [InlineData(1000, true)]
    public void A_leader_stands_for_the_minimum_election_timeout_after_it_was_heard(
        int milliseconds, bool granted)
    {
        var node = Following(leader: 2);

        node.Now += TimeSpan.FromMilliseconds(milliseconds);
        node.Receive(Make.PreVote(from: 3, term: 2, Make.At(9, 9)));

        Assert.Equal(!granted, Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message.Reject);
    }

    [Fact]
    public void A_vote_is_given_at_once_when_the_own_connection_from_the_leader_closed()
    {
        var node = Following(leader: 2);

        node.Closed(2);
        node.Receive(Make.PreVote(from: 3, term: 2, Make.At(9, 9)));
        Assert.False(Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message.Reject);
        node.Receive(Make.Vote(from: 3, term: 2, Make.At(9, 9)));

        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
    }

    [Fact]
    public void A_closed_connection_from_anybody_else_changes_nothing()
    {
        var node = Following(leader: 2);
        var deadline = node.Core.NextDeadline;

        node.Closed(3);
        node.Receive(Make.PreVote(from: 3, term: 2, Make.At(9, 9)));

        Assert.True(Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message.Reject);
        Assert.Equal(deadline, node.Core.NextDeadline);
    }

    [Fact]
    public void A_connection_that_opened_again_lets_the_leader_stand()
    {
        var node = Following(leader: 2);
        node.Closed(2);
        node.Opened(2);

        node.Receive(Make.PreVote(from: 3, term: 2, Make.At(9, 9)));

        Assert.True(Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message.Reject);
    }

    [Fact]
    public void A_leader_itself_gives_no_vote_and_no_pre_vote()
    {
        var leader = Make.LeaderInTouch();

        leader.Receive(Make.Vote(from: 3, term: 9, Make.At(9, 9)));
        leader.Receive(Make.PreVote(from: 3, term: 9, Make.At(9, 9)));

        Assert.Equal(Role.Leader, leader.Role);
        Assert.True(Assert.Single(leader.TakeSent()).Message.Reject);
    }

    [Fact]
    public void A_follower_whose_leaders_connection_closed_asks_within_50_milliseconds()
    {
        var node = Following(leader: 2);

        node.Closed(2);

        Assert.InRange(node.Core.NextDeadline - node.Now, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
        node.PassDeadline();
        Assert.Equal(Role.PreCandidate, node.Role);
        Assert.InRange(
            node.Core.NextDeadline - node.Now, TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void A_dead_leader_is_replaced_long_before_an_election_timeout()
    {
        for (var seed = 1ul; seed <= 50; seed++)
        {
            var cluster = new TestCluster(3, setup => setup with { Seed = (seed * 100) + (ulong)setup.Id });
            cluster.Campaign(1);
            cluster.Propose(1, "before");

            cluster.Crash(1);
            cluster.RunFor(TimeSpan.FromMilliseconds(250));

            Assert.NotNull(cluster.Leader);
            Assert.Equal("before", cluster.Leader.Log[^2].Body);
        }
    }

    [Fact]
    public void A_single_follower_that_lost_its_connection_does_not_depose_a_leader_that_others_hear()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);

        cluster.Cut(1, 3);
        cluster.Do(3, node => node.Closed(1));
        cluster.RunFor(TimeSpan.FromSeconds(10));

        Assert.Equal(Role.Leader, cluster[1].Role);
        Assert.Equal(1ul, cluster[1].Term);
        Assert.Equal(1ul, cluster[3].Term);
    }

    [Fact]
    [Covers("DisruptiveFollowerPreVote")]
    public void A_node_cut_off_for_long_does_not_disturb_when_it_comes_back()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);

        cluster.Isolate(3);
        cluster.RunFor(TimeSpan.FromSeconds(30));
        Assert.Equal(1ul, cluster[3].Term);
        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(Role.Leader, cluster[1].Role);
        Assert.Equal(1ul, cluster[1].Term);
        cluster.AssertConverged();
    }

    [Fact]
    [Covers("FreeStuckCandidateWithCheckQuorum", "PreVoteMigrationWithFreeStuckPreCandidate",
        Note = "no fleet is without pre-vote; a node gets stuck by a vote that nobody answered")]
    public void A_node_stuck_in_a_higher_term_comes_back_by_refusing_the_leader_with_its_term()
    {
        var cluster = new TestCluster(3, setup => setup with { Term = setup.Id == 3 ? 5ul : 1ul });
        cluster.Isolate(3);
        cluster.Campaign(1);
        cluster.Propose(1, "a");
        cluster.Heal();

        cluster.RunFor(TimeSpan.FromSeconds(20));

        Assert.True(cluster.Leader!.Term > 5);
        cluster.AssertConverged();
    }

    [Fact]
    [Covers("LeaderStepdownWhenQuorumLost")]
    public void A_leader_that_hears_no_majority_steps_down_after_an_election_timeout()
    {
        var leader = Make.LeaderInTouch(size: 5);
        // One answers all the time: with the leader that is two of five.
        for (var beat = 1ul; beat <= 10; beat++)
        {
            leader.TickAfter(TimeSpan.FromMilliseconds(100));
            leader.Receive(Make.HeartbeatReply(from: 2, term: 1, beat));
            Assert.Equal(Role.Leader, leader.Role);
        }

        leader.TickAfter(TimeSpan.FromMilliseconds(100));

        Assert.Equal(Role.Follower, leader.Role);
        Assert.Equal(1ul, leader.Term);
        Assert.Equal(0, leader.Leader);
        Assert.Equal([(Fact.QuorumLost, NodeId.None)], leader.Facts);
    }

    [Fact]
    [Covers("LeaderStepdownWhenQuorumActive")]
    public void A_leader_that_hears_a_majority_stays()
    {
        var leader = Make.LeaderInTouch(size: 5);
        for (var beat = 1ul; beat <= 100; beat++)
        {
            leader.TickAfter(TimeSpan.FromMilliseconds(100));
            leader.Receive(Make.HeartbeatReply(from: 2, term: 1, beat));
            leader.Receive(Make.HeartbeatReply(from: 3, term: 1, beat));
        }

        Assert.Equal(Role.Leader, leader.Role);
    }

    [Fact]
    public void A_leader_on_the_small_side_of_a_cut_gives_way_to_one_on_the_large_side()
    {
        var cluster = new TestCluster(5);
        cluster.Campaign(1);
        cluster.Propose(1, "kept");
        cluster.Isolate(1);
        cluster.Do(1, node => node.Propose("lost"));

        cluster.RunFor(4 * ElectionTimeout);

        Assert.NotEqual(Role.Leader, cluster[1].Role);
        Assert.NotEqual(1, (int)cluster.Leader!.Id.Value);
        cluster.Heal();
        cluster.RunFor(4 * ElectionTimeout);
        cluster.AssertConverged();
        Assert.DoesNotContain(cluster[1].Log, entry => entry.Body == "lost");
    }

    private static TestNode Following(int leader)
    {
        var node = Make.Follower(term: 1);
        node.Opened(2);
        node.Opened(3);
        node.Receive(Make.Heartbeat(leader, term: 1));
        Assert.Equal(leader, node.Leader);
        node.Sent.Clear();
        return node;
    }
}
