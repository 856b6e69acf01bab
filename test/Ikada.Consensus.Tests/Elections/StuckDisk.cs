namespace Ikada.Consensus.Tests.Elections;

/// <summary>A leader whose own disk does not answer gives way (FAULTS.md, trap 9); who has such a disk does
/// not
/// campaign.</summary>
public sealed class StuckDisk
{
    private static readonly TimeSpan Stuck = new ConsensusOptions().DiskStuckTimeout;
    private static readonly TimeSpan Interval = new ConsensusOptions().HeartbeatInterval;

    [Fact]
    public void A_leader_with_a_stuck_disk_commits_through_the_others_and_then_hands_over()
    {
        var cluster = TransferScenarios.Led();
        cluster.Do(1, node => node.HoldsDisk = true);
        cluster.Propose(1, "b");
        Assert.Equal(3ul, cluster[1].Commit);
        Assert.Equal(2ul, cluster[1].Core.Durable.Value);

        cluster.RunFor(Stuck + Interval);

        Assert.Contains((Fact.DiskStuck, NodeId.None), cluster[1].Facts);
        Assert.NotEqual(1, (int)cluster.Leader!.Id.Value);
        Assert.Equal(2ul, cluster.Leader.Term);
        Assert.Equal("b", cluster.Leader.Log[2].Body);
    }

    [Fact]
    public void A_stuck_leader_to_whom_nobody_is_up_to_date_first_brings_one_up_to_date()
    {
        var cluster = TransferScenarios.Led();
        cluster.Isolate(2);
        cluster.Isolate(3);
        cluster.Do(1, node => node.HoldsDisk = true);
        cluster.Propose(1, "b");
        cluster.RunFor(Stuck - (2 * Interval));
        cluster.Heal();
        cluster.Do(1, node => node.Propose("c"));

        cluster.RunFor(4 * Interval);

        Assert.NotEqual(1, (int)cluster.Leader!.Id.Value);
        Assert.Equal(["b", "c"], cluster.Leader.Log[2..4].Select(entry => entry.Body));
    }

    [Fact]
    public void A_stuck_leader_sends_no_heartbeats_and_without_a_target_steps_down_at_once()
    {
        var leader = Make.Leader(size: 3);
        leader.HoldsDisk = true;
        leader.Propose("a");
        RunHeartbeats(leader, Stuck - Interval);
        Assert.Equal(Role.Leader, leader.Role);
        leader.Sent.Clear();

        leader.TickAfter(Interval);

        Assert.Equal(Role.Follower, leader.Role);
        Assert.Empty(leader.Sent);
        Assert.Equal([(Fact.DiskStuck, NodeId.None)], leader.Facts);
    }

    [Fact]
    public void A_stuck_leader_whose_target_does_not_take_over_steps_down_after_an_election_timeout()
    {
        var leader = Make.LeaderInTouch(size: 3);
        leader.HoldsDisk = true;
        leader.Propose("a");
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        RunHeartbeats(leader, Stuck);
        Assert.Equal(Make.Id(2), leader.TakeSent(MessageType.TimeoutNow)[^1].Message.To);
        Assert.Equal(Role.Leader, leader.Role);

        RunHeartbeats(leader, new ConsensusOptions().ElectionTimeout);

        Assert.Equal(Role.Follower, leader.Role);
        Assert.DoesNotContain(leader.Sent, each => each.Type == MessageType.Heartbeat);
        Assert.Equal(TransferOutcome.TimedOut, Assert.Single(leader.Transfers));
        Assert.Single(leader.Facts);
    }

    [Fact]
    public void A_disk_that_answers_again_keeps_its_leader()
    {
        var leader = Make.LeaderInTouch(size: 3);
        leader.HoldsDisk = true;
        leader.Propose("a");
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        RunHeartbeats(leader, Stuck);
        leader.FlushDisk();
        leader.HoldsDisk = false;
        leader.Sent.Clear();

        RunHeartbeats(leader, 3 * Stuck);

        Assert.Equal(Role.Leader, leader.Role);
        Assert.NotEmpty(leader.TakeSent(MessageType.Heartbeat));
        leader.Propose("b");
        Assert.Equal(EffectKind.AcceptProposal, leader.Answers[^1].Kind);
    }

    [Fact]
    public void A_disk_that_is_slow_but_answers_is_not_stuck()
    {
        var leader = Make.LeaderInTouch(size: 3);
        leader.HoldsDisk = true;
        leader.Propose("a");
        for (var i = 0; i < 20; i++)
        {
            // Always one write behind.
            leader.Propose("b");
            RunHeartbeats(leader, Stuck - Interval);
            leader.FlushOne();
            Assert.Equal(1, leader.Disk.Queued);
        }

        Assert.Equal(Role.Leader, leader.Role);
        Assert.Empty(leader.Facts);
    }

    [Fact]
    public void A_disk_that_owes_nothing_is_not_stuck_however_long_it_is_silent()
    {
        var leader = Make.LeaderInTouch(size: 3);
        RunHeartbeats(leader, 5 * Stuck);
        leader.HoldsDisk = true;
        leader.Propose("a");
        RunHeartbeats(leader, Stuck - Interval);

        Assert.Equal(Role.Leader, leader.Role);
        Assert.Empty(leader.Facts);
    }

    [Fact]
    public void A_lone_voter_waits_for_its_disk()
    {
        var lone = Make.Leader(size: 1);
        lone.HoldsDisk = true;
        lone.Propose("a");
        lone.TickAfter(5 * Stuck);
        Assert.Equal(Role.Leader, lone.Role);

        lone.FlushDisk();

        Assert.Equal(2ul, lone.Commit);
    }

    [Fact]
    public void Who_has_a_stuck_disk_does_not_campaign_until_it_answers()
    {
        var node = Make.Follower(term: 1);
        node.Receive(Make.Heartbeat(from: 2, term: 1));
        node.HoldsDisk = true;
        node.Receive(Make.Append(from: 2, term: 1, default, 1), TestEntry.OfTerms(1, 1));
        node.Sent.Clear();
        for (var i = 0; i < 5; i++)
        {
            node.PassDeadline();
            Assert.Equal(Role.Follower, node.Role);
        }

        Assert.Empty(node.Sent);
        node.FlushDisk();
        node.PassDeadline();

        Assert.Equal(Role.PreCandidate, node.Role);
    }

    [Fact]
    public void Who_has_a_stuck_disk_does_not_take_over_when_told()
    {
        var node = Make.Follower(term: 1);
        node.Receive(Make.Heartbeat(from: 2, term: 1));
        node.HoldsDisk = true;
        node.Receive(Make.Append(from: 2, term: 1, default, 1), TestEntry.OfTerms(1, 1));
        node.Now += Stuck;

        node.Receive(TransferRules.TimeoutNow(from: 2, term: 1));

        Assert.Equal((Role.Follower, 1ul), (node.Role, node.Term));
    }

    // Node 2 and 3 answer every heartbeat.
    private static void RunHeartbeats(TestNode leader, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Interval)
        {
            leader.TickAfter(Interval);
            if (leader.Role != Role.Leader)
            {
                return;
            }

            var round = leader.Sent.LastOrDefault(each =>
                each.Type == MessageType.Heartbeat)?.Message.Round ?? 0;
            leader.Receive(Make.HeartbeatReply(from: 2, leader.Term, round));
            leader.Receive(Make.HeartbeatReply(from: 3, leader.Term, round));
        }
    }
}
