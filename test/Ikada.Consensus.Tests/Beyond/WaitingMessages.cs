namespace Ikada.Consensus.Tests.Beyond;

/// <summary>Messages that wait for the disk, and completions that come late.</summary>
public sealed class WaitingMessages
{
    [Fact]
    public void Asked_twice_while_the_vote_is_not_durable_a_voter_answers_once()
    {
        var node = Make.Follower(size: 3, term: 1);
        node.HoldsDisk = true;
        node.Receive(Make.Vote(from: 2, term: 2));
        node.Receive(Make.Vote(from: 2, term: 2));
        Assert.Empty(node.Sent);

        node.FlushDisk();

        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
    }

    [Fact]
    public void An_older_term_that_is_reported_durable_late_takes_nothing_back()
    {
        var node = Make.Candidate(size: 3, term: 2);
        var durable = node.Core.DurableHardState;
        Assert.Equal(new Term(2), durable.Term);

        node.Step(Input.HardStateSaved(node.Now, new HardState(new Term(1), Make.Id(3), default)));

        Assert.Equal(durable, node.Core.DurableHardState);
    }

    [Fact]
    public void A_tick_in_sleep_changes_nothing()
    {
        var cluster = Quiescence.Sleepers.Asleep();
        cluster.Pass(TimeSpan.FromMinutes(1));

        foreach (var id in new[] { 1, 2 })
        {
            cluster.Do(id, node => node.Tick());
            Assert.True(cluster[id].Core.IsAsleep);
        }

        Assert.Empty(cluster.Pool);
        Assert.Equal((Role.Leader, 1ul), (cluster[1].Role, cluster[1].Term));
    }

    [Fact]
    public void A_leader_with_a_stuck_disk_tells_its_target_again_at_each_heartbeat_and_ticks_no_faster()
    {
        var options = new ConsensusOptions();
        var leader = Make.LeaderInTouch(size: 3);
        leader.HoldsDisk = true;
        leader.Propose("a");
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        leader.TickAfter(options.DiskStuckTimeout - options.HeartbeatInterval);
        Hear(leader);
        leader.TickAfter(options.HeartbeatInterval);
        Assert.NotEmpty(leader.TakeSent(MessageType.TimeoutNow));

        Assert.Equal(leader.Now + options.HeartbeatInterval, leader.Core.NextDeadline);
        Hear(leader);
        leader.TickAfter(options.HeartbeatInterval);

        Assert.Single(leader.TakeSent(MessageType.TimeoutNow));
    }

    private static void Hear(TestNode leader)
    {
        for (var peer = 2; peer <= 3; peer++)
        {
            leader.Receive(Make.HeartbeatReply(peer, term: 1, round: 1));
        }

        leader.Sent.Clear();
    }
}
