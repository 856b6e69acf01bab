using Ikada.Consensus.Tests.Elections;

namespace Ikada.Consensus.Tests.NoSpace;

/// <summary>A leader whose log, or a follower's, has no room for commands (DESIGN §7, No space; FAULTS.md
/// F38).</summary>
public sealed class FullLeaders
{
    private static readonly TimeSpan Interval = new ConsensusOptions().HeartbeatInterval;
    private static readonly TimeSpan ElectionTimeout = new ConsensusOptions().ElectionTimeout;

    [Fact]
    [Covers("FullLeader")]
    public void It_hands_over_to_a_voter_with_space_and_writes_go_on()
    {
        var cluster = TransferScenarios.Led();
        cluster.Do(1, node => node.Fill());
        cluster.Settle();

        Assert.NotEqual(1, (int)cluster.Leader!.Id.Value);
        cluster.Propose((int)cluster.Leader.Id.Value, "b");
        Assert.Equal((ulong)cluster.Leader.Log.Count, cluster.Leader.Commit);
        Assert.Equal("b", cluster.Leader.Log[^1].Body);
        Assert.DoesNotContain(cluster[1].Log, entry => entry.Body == "b");
    }

    [Fact]
    public void With_nobody_to_hand_over_to_it_refuses_commands_by_name_and_goes_on_leading()
    {
        var cluster = TransferScenarios.Led();
        FillAll(cluster);
        cluster.RunFor(5 * ElectionTimeout);

        var leader = cluster.Leader!;
        Assert.Equal((1, 1ul), ((int)leader.Id.Value, leader.Term));
        leader.Answers.Clear();
        cluster.Propose(1, "b");
        var read = cluster.Read(1);
        cluster.Settle();
        Assert.Equal([Refusal.NoSpace, Refusal.None], leader.Answers.Select(answer => answer.Refusal));
        Assert.Equal((EffectKind.AnswerRead, read), (leader.Answers[^1].Kind, leader.Answers[^1].ReadId));
        Assert.DoesNotContain(leader.Log, entry => entry.Body == "b");
    }

    [Fact]
    public void When_one_of_the_full_has_space_again_it_takes_over_and_when_two_have_writes_go_on()
    {
        var cluster = TransferScenarios.Led();
        FillAll(cluster);
        cluster.RunFor(5 * ElectionTimeout);
        cluster.Do(2, node => node.Fill(false));
        cluster.RunFor(2 * ElectionTimeout);

        Assert.Equal(2, (int)cluster.Leader!.Id.Value);
        cluster.Propose(2, "b");
        Assert.Equal(Refusal.NoSpace, cluster[2].Answers[^1].Refusal);

        cluster.Do(3, node => node.Fill(false));
        cluster.RunFor(2 * Interval);
        cluster.Propose(2, "b");
        Assert.Equal("b", cluster[2].Log[^1].Body);
        Assert.Equal((ulong)cluster[2].Log.Count, cluster[2].Commit);
        Assert.DoesNotContain(cluster[1].Log, entry => entry.Body == "b");
        cluster.Do(1, node => node.Fill(false));
        cluster.RunFor(2 * Interval);
        cluster.AssertConverged();
    }

    [Fact]
    public void After_the_leader_of_a_full_group_dies_another_full_node_leads_and_serves_reads()
    {
        var cluster = TransferScenarios.Led();
        FillAll(cluster);
        cluster.RunFor(ElectionTimeout);
        cluster.Crash(1);
        cluster.RunFor(8 * ElectionTimeout);

        var leader = cluster.Leader!;
        Assert.Equal(leader.Log.Count, (int)leader.Commit);
        leader.Answers.Clear();
        cluster.Read((int)leader.Id.Value);
        cluster.Settle();
        Assert.Equal(EffectKind.AnswerRead, Assert.Single(leader.Answers).Kind);
    }

    [Fact]
    public void Of_the_nodes_left_one_with_space_leads_rather_than_a_full_one()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var cluster = new TestCluster(3, setup => setup with { Seed = setup.Seed + ((ulong)seed * 31) });
            cluster.Campaign(1);
            cluster.Propose(1, "a");
            cluster.Do(2, node => node.Fill());
            cluster.RunFor(2 * Interval);
            cluster.Crash(1);
            cluster.RunFor(4 * ElectionTimeout);
            Assert.Equal(3, (int)cluster.Leader!.Id.Value);
        }
    }

    [Fact]
    public void A_full_node_that_alone_is_up_to_date_leads_and_hands_over_when_the_other_has_caught_up()
    {
        var cluster = TransferScenarios.Led();
        cluster.Isolate(3);
        cluster.Propose(1, "b");
        cluster.Do(2, node => node.Fill());
        cluster.RunFor(2 * Interval);
        cluster.Crash(1);
        cluster.Heal();
        cluster.RunFor(10 * ElectionTimeout);

        Assert.Equal(3, (int)cluster.Leader!.Id.Value);
        Assert.Contains(cluster[3].Log, entry => entry.Body == "b");
        Assert.True(cluster[3].Term > cluster[2].Log.Last(entry => entry.Body == "b").Term + 1);
    }

    [Fact]
    public void A_membership_and_the_empty_entry_of_a_term_are_written_by_a_full_group()
    {
        var cluster = new TestCluster(4, setup => setup with { Membership = NodeSetup.VotersOf(3) });
        cluster.Campaign(1);
        FillAll(cluster);
        cluster.RunFor(2 * ElectionTimeout);
        cluster.Change(1, Wish.Simple("l4"));
        cluster.RunFor(ElectionTimeout);

        Assert.Equal(EffectKind.AcceptProposal, cluster[1].Answers[^1].Kind);
        Assert.True(cluster[3].Core.Membership.IsLearner(Make.Id(4)));
        Assert.Equal((ulong)cluster[1].Log.Count, cluster[1].Commit);
    }

    [Fact]
    public void A_full_follower_gets_no_commands_until_it_says_that_it_has_space()
    {
        var leader = Make.LeaderInTouch();
        leader.Propose("a");
        leader.Receive(Make.Ack(2, 1, 1) with { Flags = MessageFlags.Full });
        leader.Receive(Make.Ack(3, 1, 2));
        leader.Sent.Clear();

        leader.Propose("b");
        leader.TickAfter(Interval);
        leader.Receive(Make.HeartbeatReply(2, 1, round: 1) with { Flags = MessageFlags.Full });
        var toFull = leader.TakeSent(MessageType.Append).Where(each => each.Message.To == Make.Id(2));
        Assert.All(toFull, each => Assert.Empty(each.Entries));
        Assert.NotEmpty(toFull);

        leader.TickAfter(Interval);
        leader.Sent.Clear();
        leader.Receive(Make.HeartbeatReply(2, 1, round: 2));
        Assert.Equal(
            ["a", "b"], leader.TakeSent(MessageType.Append)[0].Entries.Select(entry => entry.Body));
    }

    [Fact]
    public void A_transfer_for_space_that_fails_lets_memberships_change_before_it_is_tried_again()
    {
        var leader = Make.LeaderInTouch();
        leader.Fill();
        Assert.NotEmpty(leader.TakeSent(MessageType.TimeoutNow));
        leader.Propose("a");
        Assert.Equal(Refusal.Transferring, leader.Answers[^1].Refusal);
        Beat(leader, ElectionTimeout);
        leader.TakeSent();

        leader.Propose("a");
        Assert.Equal(Refusal.NoSpace, leader.Answers[^1].Refusal);
        leader.Propose(string.Empty);
        Assert.Equal(EffectKind.AcceptProposal, leader.Answers[^1].Kind);
        leader.Change(Wish.Simple("l4"));
        Assert.Equal(EffectKind.AcceptProposal, leader.Answers[^1].Kind);
        Beat(leader, ElectionTimeout + Interval);
        Assert.NotEmpty(leader.TakeSent(MessageType.TimeoutNow));
    }

    [Fact]
    public void A_full_leader_whose_writes_wait_for_space_does_not_step_down_as_stuck()
    {
        var leader = Make.LeaderInTouch();
        leader.HoldsDisk = true;
        leader.Propose("a");
        leader.Receive(Make.Ack(2, 1, 1) with { Flags = MessageFlags.Full });
        leader.Receive(Make.Ack(3, 1, 1) with { Flags = MessageFlags.Full });
        leader.Fill();
        for (var round = 1ul; round <= 40; round++)
        {
            leader.TickAfter(Interval);
            leader.Receive(Make.HeartbeatReply(2, 1, round) with { Flags = MessageFlags.Full });
        }

        Assert.Equal(Role.Leader, leader.Role);
        leader.Fill(false);
        leader.FlushDisk();
        leader.Receive(Make.HeartbeatReply(2, 1, round: 40));
        leader.Receive(Make.Ack(2, 1, 2));
        Assert.Equal(2ul, leader.Commit);
    }

    private static void Beat(TestNode leader, TimeSpan time)
    {
        for (var end = leader.Now + time; leader.Now < end;)
        {
            leader.TickAfter(Interval);
            var round = leader.Sent.Last(each => each.Message.Type == MessageType.Heartbeat).Message.Round;
            for (var peer = 2; peer <= 3; peer++)
            {
                leader.Receive(Make.HeartbeatReply(peer, 1, round));
                leader.Receive(Make.Ack(peer, 1, (ulong)leader.Log.Count));
            }
        }
    }

    private static void FillAll(TestCluster cluster)
    {
        foreach (var id in (int[])[2, 3, 1])
        {
            // The followers say so before the leader looks for one with space.
            cluster.Do(id, node => node.Fill());
            cluster.Settle();
        }
    }
}
