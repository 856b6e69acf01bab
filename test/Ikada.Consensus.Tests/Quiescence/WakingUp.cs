namespace Ikada.Consensus.Tests.Quiescence;

/// <summary>What wakes a sleeping group, and what it does first (DESIGN §7, Quiescence).</summary>
public sealed class WakingUp
{
    private static readonly TimeSpan LongAgo = TimeSpan.FromHours(1);

    [Fact]
    public void A_proposal_wakes_the_leader_and_its_messages_the_others()
    {
        var cluster = Sleepers.Asleep();
        cluster.Pass(LongAgo);

        cluster.Propose(1, "a");

        Assert.All(cluster.Nodes, node => Assert.False(node.Core.IsAsleep));
        Assert.All(cluster.Nodes, node => Assert.Contains((Fact.Awake, NodeId.None), node.Facts));
        cluster.RunFor(TimeSpan.FromSeconds(2));
        cluster.AssertConverged();
        Assert.Equal((Role.Leader, 1ul), (cluster[1].Role, cluster[1].Term));
        Assert.All(cluster.Nodes, node => Assert.True(node.Core.IsAsleep));
    }

    [Fact]
    public void A_leader_that_wakes_answers_no_read_before_a_fresh_round()
    {
        var leader = Sleepers.Leader();
        leader.Now += LongAgo;
        leader.Sent.Clear();

        leader.Read(7);

        Assert.Empty(leader.Answers);
        var round = leader.TakeSent(MessageType.Heartbeat)[0].Message.Round;
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round - 1));
        Assert.Empty(leader.Answers);
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round));
        Assert.Single(leader.Answers);
    }

    [Fact]
    public void A_sleeping_leader_holds_no_lease()
    {
        var cluster = Sleepers.Asleep(setup => setup with
        {
            Membership = Reads.Leased.Of(3, TimeSpan.FromMilliseconds(900)),
        });

        cluster.Do(1, node => Assert.False(Reads.Leased.AnswersAtOnce(node, out _)));
    }

    [Fact]
    public void A_leader_that_wakes_has_an_election_timeout_to_hear_a_majority()
    {
        var cluster = Sleepers.Asleep();
        cluster.Pass(LongAgo);
        cluster.Isolate(1);

        cluster.Propose(1, "a");
        cluster.RunFor(TimeSpan.FromMilliseconds(900));
        Assert.Equal(Role.Leader, cluster[1].Role);
        cluster.RunFor(TimeSpan.FromMilliseconds(300));

        Assert.Equal(Role.Follower, cluster[1].Role);
    }

    [Theory]
    [InlineData(MessageType.PreVote)]
    [InlineData(MessageType.Wake)]
    [InlineData(MessageType.HeartbeatReply)]
    public void Any_message_wakes_a_leader_and_it_begins_a_round(MessageType type)
    {
        var leader = Sleepers.Leader();
        leader.Now += LongAgo;
        leader.Sent.Clear();

        leader.Receive(new Message
        {
            Type = type, From = Make.Id(3), Term = new Term(type == MessageType.PreVote ? 2ul : 1ul),
        });

        Assert.False(leader.Core.IsAsleep);
        Assert.Equal(2, leader.TakeSent(MessageType.Heartbeat).Length);
    }

    [Fact]
    public void A_change_of_leaders_wanted_at_a_sleeping_follower_wakes_all()
    {
        var cluster = Sleepers.Asleep();
        cluster.Pass(LongAgo);

        cluster.Do(3, node => node.Transfer(2));
        cluster.Settle();

        Assert.Equal(2, (int)cluster.Leader!.Id.Value);
    }

    [Fact]
    public void A_restarted_member_finds_the_sleeping_leader_and_deposes_nobody()
    {
        var cluster = Sleepers.Asleep();
        cluster.Pass(LongAgo);
        cluster.Crash(3);
        cluster.Restart(3, seed: 77);

        cluster.RunFor(TimeSpan.FromSeconds(10));

        Assert.Equal((Role.Leader, 1ul), (cluster[1].Role, cluster[1].Term));
        Assert.Equal(1, cluster[3].Leader);
        Assert.All(cluster.Nodes, node => Assert.True(node.Core.IsAsleep));
    }

    [Fact]
    public void A_sleeping_follower_stands_by_its_leader_and_wakes_it()
    {
        var node = Sleepers.Follower();
        node.Now += LongAgo;
        node.Sent.Clear();

        node.Receive(Make.PreVote(from: 3, term: 2, Make.At(9, 9)));

        Assert.True(node.Sent.Single(each => each.Type == MessageType.PreVoteReply).Message.Reject);
        Assert.Equal(1, (int)node.Sent.Single(each => each.Type == MessageType.Wake).Message.To.Value);
        Assert.InRange(node.Core.NextDeadline - node.Now, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void A_follower_that_hands_something_to_the_leader_wakes_its_own_timer()
    {
        var node = Sleepers.Follower();
        node.Now += LongAgo;
        node.Sent.Clear();

        node.Step(Input.Forwarded(node.Now));

        Assert.Single(node.TakeSent(MessageType.Wake));
        Assert.InRange(node.Core.NextDeadline - node.Now, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void The_leaders_closed_connection_wakes_a_follower_in_haste_and_another_members_does_not()
    {
        var node = Sleepers.Follower();
        node.Now += LongAgo;

        node.Closed(3);
        Assert.True(node.Core.IsAsleep);
        node.Closed(1);

        Assert.InRange(node.Core.NextDeadline - node.Now, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void A_silent_host_wakes_the_groups_it_leads_not_all_at_the_same_moment()
    {
        var waits = new HashSet<TimeSpan>();
        for (var seed = 1ul; seed <= 20; seed++)
        {
            var group = seed;
            var node = Sleepers.Asleep(setup => setup with { Seed = (group * 100) + (ulong)setup.Id })[2];
            node.Now += LongAgo;
            node.Step(Input.HostSilent(node.Now, Make.Id(3)));
            Assert.True(node.Core.IsAsleep);

            node.Step(Input.HostSilent(node.Now, Make.Id(1)));

            waits.Add(node.Core.NextDeadline - node.Now);
        }

        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromMilliseconds(50)));
        Assert.True(waits.Count > 15);
    }

    [Fact]
    public void A_leader_that_dies_while_the_group_sleeps_is_replaced_by_what_the_hosts_notice()
    {
        var cluster = Sleepers.Asleep();
        cluster.Pass(LongAgo);
        cluster.Crash(1, closesConnections: false);
        cluster.RunFor(LongAgo);
        Assert.Null(cluster.Leader);

        cluster.Do(2, node => node.Step(Input.HostSilent(node.Now, Make.Id(1))));
        cluster.RunFor(TimeSpan.FromMilliseconds(20));
        cluster.Do(3, node => node.Step(Input.HostSilent(node.Now, Make.Id(1))));
        cluster.RunFor(TimeSpan.FromSeconds(3));

        Assert.NotNull(cluster.Leader);
        Assert.Equal(2ul, cluster.Leader.Term);
    }

    [Fact]
    public void An_order_to_sleep_that_reached_only_one_follower_wakes_all_again_in_time()
    {
        var cluster = Sleepers.Awake();
        cluster.Settle();
        while (!cluster[1].Core.IsAsleep)
        {
            cluster.Settle();
            cluster.Pass(cluster[1].Core.NextDeadline - cluster.Now);
            cluster.Do(1, node => node.Tick());
        }

        cluster.Pool.RemoveAll(each => each.Type == MessageType.Quiesce && each.Message.To == Make.Id(3));
        cluster.Settle();
        Assert.True(cluster[2].Core.IsAsleep);
        Assert.False(cluster[3].Core.IsAsleep);

        cluster.RunFor(TimeSpan.FromSeconds(10));

        Assert.Equal((Role.Leader, 1ul), (cluster[1].Role, cluster[1].Term));
        Assert.All(cluster.Nodes, node => Assert.True(node.Core.IsAsleep));
    }
}
