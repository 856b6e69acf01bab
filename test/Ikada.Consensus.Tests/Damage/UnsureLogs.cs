namespace Ikada.Consensus.Tests.Damage;

/// <summary>Case (b) of DESIGN §7: a log that may have lost its end. What lets the node vote again, and what
/// must not. Timelines: docs/protocol/damaged-logs.md.</summary>
public sealed class UnsureLogs
{
    private static readonly TimeSpan Interval = new ConsensusOptions().HeartbeatInterval;

    [Fact]
    public void An_unsure_node_neither_votes_nor_campaigns()
    {
        var node = Sick.Unsure(3, 4, 1, 2);
        Assert.False(Sick.Votes(node, 2, Make.At(9, 9)));
        node.Receive(Make.PreVote(2, node.Term + 1, Make.At(9, 9)));
        Assert.True(Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message.Reject);
        node.TickAfter(TimeSpan.FromSeconds(9));
        Assert.Equal(Role.Follower, node.Role);
    }

    [Fact]
    public void A_log_whose_last_term_is_lost_is_unsure()
    {
        var node = Sick.Node([1, 1, 2], [3], lost: [3]);

        Assert.True(node.Core.IsUnsure);
        Assert.False(Sick.Votes(node, 2, Make.At(9, 9)));
    }

    [Fact]
    public void It_asks_all_members_at_each_interval_for_an_answer_in_a_term_after_all_it_has_seen()
    {
        var node = Sick.Unsure(3, 4, 1, 2);
        for (var i = 0; i < 3; i++)
        {
            node.TickAfter(Interval);
            Assert.Equal([(2ul, 5ul), (3ul, 5ul)], node.TakeSent(MessageType.LastPositionRequest)
                .Select(sent => (sent.Message.To.Value, sent.Message.Term.Value)));
        }

        Assert.Equal(4ul, node.Term);
    }

    [Fact]
    public void It_acknowledges_what_a_leader_appends()
    {
        var node = Sick.Unsure(3, 4, 1, 2);

        node.Receive(Make.Append(2, 4, Make.At(2, 2), 1), TestEntry.OfTerms(3, 4));

        Assert.Equal(3ul, node.TakeSent(MessageType.AppendReply)[^1].Message.Position.Index.Value);
        Assert.True(node.Core.IsUnsure);
    }

    [Fact]
    public void What_it_is_told_committed_counts_only_as_far_as_its_log_was_compared_since()
    {
        var node = Sick.Unsure(3, 4, 1, 2);

        node.Receive(Make.Heartbeat(2, 4, commit: 5) with { Position = Make.At(0, 5) });

        Assert.Equal(0ul, node.Commit);
        Assert.DoesNotContain((Fact.LostLog, default), node.Facts);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    [InlineData(7, 4)]
    public void A_majority_of_the_voters_without_itself_must_have_told_its_last_positions(
        int size, int needed)
    {
        var node = Sick.Unsure(size, 4, 1, 2);
        for (var i = 1; i <= needed; i++)
        {
            Assert.True(node.Core.IsUnsure, $"after {i - 1}");
            node.Receive(Sick.Told(from: i + 1, term: 5, Make.At(2, 3)));
            node.Receive(Sick.Told(from: i + 1, term: 5, Make.At(2, 3)));
        }

        Assert.False(node.Core.IsUnsure);
        Assert.Contains((Fact.NoLongerUnsure, default), node.Facts);
    }

    [Fact]
    public void Each_answer_of_an_unsure_node_calls_for_one_more_as_long_as_there_are_voters()
    {
        var node = Sick.Unsure(5, 4, 1, 2);
        node.Receive(Sick.Told(2, 5, Make.At(2, 2), MessageFlags.Unsure));
        node.Receive(Sick.Told(3, 5, Make.At(2, 2)));
        node.Receive(Sick.Told(4, 5, Make.At(2, 2)));
        Assert.True(node.Core.IsUnsure);
        node.Receive(Sick.Told(5, 5, Make.At(2, 2), MessageFlags.Unsure));
        Assert.False(node.Core.IsUnsure);
    }

    [Fact]
    public void A_lone_voter_has_nobody_to_ask_and_stays_unsure()
    {
        var node = Sick.Unsure(1, 4, 1, 2);

        node.Receive(Sick.Told(2, 5, Make.At(9, 9)));
        node.TickAfter(TimeSpan.FromSeconds(9));

        Assert.True(node.Core.IsUnsure);
        Assert.Equal(Role.Follower, node.Role);
    }

    [Fact]
    public void Both_halves_of_a_joint_membership_must_have_answered()
    {
        var node = new TestNode(new NodeSetup
        {
            Membership = NodeSetup.MembershipOf([1, 2, 3], [1, 4, 5]), Term = 4,
            Log = TestEntry.OfTerms(1, 1, 2),
        });
        node.Disk.IsUnsure = true;
        node.Restart(1);

        foreach (var from in new[] { 2, 3, 4 })
        {
            node.Receive(Sick.Told(from, 5, Make.At(2, 2)));
            Assert.True(node.Core.IsUnsure);
        }

        node.Receive(Sick.Told(5, 5, Make.At(2, 2)));
        Assert.False(node.Core.IsUnsure);
    }

    // Five nodes, node 1 leads term 4 and has entry 3, which node 5 acknowledged and lost. Nodes 2, 3 and 4
    // tell node 5 where they stand; then node 2 takes entry 3 from node 1, which commits it: {1, 2, 5}. Were
    // those answers enough, nodes 3, 4 and 5 could elect node 3, which lacks it.
    [Fact]
    public void An_answer_given_in_a_term_in_which_it_may_have_acknowledged_what_it_lost_does_not_count()
    {
        var node = Sick.Unsure(5, 4, 1, 2);
        foreach (var from in new[] { 2, 3, 4 })
        {
            node.Receive(Sick.Told(from, 4, Make.At(2, 2)));
        }

        Assert.True(node.Core.IsUnsure);
    }

    [Fact]
    public void Who_hears_no_leader_takes_the_term_that_it_is_asked_to_answer_in()
    {
        var node = Make.Follower(3, 4, 1, 2);
        node.HoldsDisk = true;

        node.Receive(Ask(from: 2, term: 5, Make.At(1, 1)));
        Assert.Empty(node.TakeSent());
        node.FlushDisk();

        var reply = Assert.Single(node.TakeSent(MessageType.LastPositionReply)).Message;
        Assert.Equal((5ul, Make.At(2, 2)), (reply.Term.Value, reply.Position));
        Assert.Equal(5ul, node.Term);
    }

    [Fact]
    public void Who_hears_a_leader_answers_in_its_own_term()
    {
        var node = Make.Follower(3, 4, 1, 2);
        node.Opened(3);
        node.Receive(Make.Heartbeat(3, 4));
        node.TakeSent();

        node.Receive(Ask(from: 2, term: 5, Make.At(1, 1)));

        Assert.Equal(4ul, Assert.Single(node.TakeSent(MessageType.LastPositionReply)).Message.Term.Value);
        Assert.Equal(4ul, node.Term);
        Assert.Equal(3, node.Leader);
    }

    [Fact]
    public void Once_told_it_votes_only_for_logs_as_up_to_date_as_the_best_of_those_and_its_own()
    {
        Assert.False(Sick.Votes(Told(), 2, Make.At(2, 2)));
        Assert.False(Sick.Votes(Told(), 2, Make.At(3, 2)));
        Assert.True(Sick.Votes(Told(), 2, Make.At(3, 3)));

        static TestNode Told()
        {
            var node = Sick.Unsure(3, 4, 1, 2);
            node.Receive(Sick.Told(2, 5, Make.At(3, 3)));
            node.Receive(Sick.Told(3, 5, Make.At(2, 9)));
            return node;
        }
    }

    [Fact]
    public void Once_told_it_campaigns_only_when_its_own_log_is_as_up_to_date_as_the_best()
    {
        var node = Sick.Unsure(3, 4, 1, 2);
        node.Receive(Sick.Told(2, 5, Make.At(2, 3)));
        node.Receive(Sick.Told(3, 5, Make.At(2, 2)));

        node.TickAfter(TimeSpan.FromSeconds(9));
        Assert.Equal(Role.Follower, node.Role);
        Assert.True(node.Core.IsLogInDoubt);

        node.HoldsDisk = true;
        node.Receive(Make.Append(2, 5, Make.At(2, 2), 1), TestEntry.OfTerms(3, 2));
        Assert.True(node.Core.IsLogInDoubt);
        node.FlushDisk();
        Assert.False(node.Core.IsLogInDoubt);
        node.TickAfter(TimeSpan.FromSeconds(9));
        Assert.Equal(Role.PreCandidate, node.Role);
    }

    [Fact]
    public void Once_told_it_is_in_the_term_of_the_answers_so_that_no_older_leader_counts_what_it_lost()
    {
        var node = Sick.Unsure(3, 4, 1, 2);
        node.Receive(Sick.Told(2, 6, Make.At(2, 2)));
        node.Receive(Sick.Told(3, 5, Make.At(2, 2)));

        Assert.Equal(6ul, node.Term);
    }

    [Fact]
    public void A_membership_that_it_has_lost_keeps_it_unsure_since_others_may_be_the_voters()
    {
        var node = Sick.Unsure(3, 4, 1, 2);
        node.Receive(Sick.Told(2, 5, Make.At(2, 3), membership: 3));
        node.Receive(Sick.Told(3, 5, Make.At(2, 2)));
        Assert.True(node.Core.IsUnsure);

        node.Receive(Make.Append(2, 5, Make.At(2, 2), 1),
            TestEntry.Of(2, NodeSetup.MembershipOf([1, 2, 3], [1, 4, 5])));
        node.Receive(Sick.Told(4, 5, Make.At(2, 3), membership: 3));
        Assert.True(node.Core.IsUnsure);
        node.Receive(Sick.Told(5, 5, Make.At(2, 3), membership: 3));

        Assert.False(node.Core.IsUnsure);
    }

    [Fact]
    public void It_is_sure_again_when_its_log_has_passed_where_the_leader_said_its_own_ended()
    {
        var node = Sick.Unsure(3, 4, 1, 2);
        node.Receive(Make.Append(2, 4, Make.At(2, 2), 1), TestEntry.OfTerms(3, 4));
        node.Receive(Sick.Told(2, 4, Make.At(4, 5), MessageFlags.Leads));
        Assert.True(node.Core.IsUnsure);

        node.HoldsDisk = true;
        node.Receive(Make.Append(2, 4, Make.At(4, 3), 2), TestEntry.OfTerms(4, 4, 4));
        Assert.True(node.Core.IsUnsure);
        node.FlushDisk();

        Assert.False(node.Core.IsUnsure);
        Assert.False(node.Core.IsLogInDoubt);
    }

    // It had led, lost what was not on its disk, and is the leader no more: what it says now may lack an
    // entry that this node and the third had acknowledged to it.
    [Fact]
    public void What_the_leader_said_counts_only_if_it_led_when_it_said_it()
    {
        var node = Sick.Unsure(3, 4, 1, 2);
        node.Receive(Make.Append(2, 4, Make.At(2, 2), 1), TestEntry.OfTerms(3, 4));

        node.Receive(Sick.Told(2, 4, Make.At(4, 3)));
        Assert.True(node.Core.IsUnsure);
        node.Receive(Sick.Told(3, 4, Make.At(4, 3), MessageFlags.Leads));
        Assert.True(node.Core.IsUnsure);
    }

    [Fact]
    public void A_leader_feeds_a_node_anew_that_may_have_lost_what_it_had_acknowledged()
    {
        var leader = Make.LeaderInTouch(3, 4, 1, 2);
        leader.Propose("x");
        leader.Receive(Make.Ack(2, 4, 4));
        leader.TakeSent();

        leader.Receive(Ask(from: 2, term: 5, Make.At(1, 1)));

        var reply = Assert.Single(leader.Sent, sent => sent.Type == MessageType.LastPositionReply).Message;
        Assert.True(reply.Has(MessageFlags.Leads));
        Assert.Equal((4ul, Make.At(4, 4)), (reply.Term.Value, reply.Position));
        Assert.Equal(1ul, Assert.Single(leader.TakeSent(MessageType.Append)).Message.Position.Index.Value);
        leader.PassDeadline();
        Assert.Contains(leader.TakeSent(MessageType.Heartbeat),
            sent => sent.Message.To == Make.Id(2) && sent.Message.Position.Index.Value == 0);
    }

    [Fact]
    public void A_node_that_lost_its_end_under_a_living_leader_has_it_again_and_then_votes()
    {
        var cluster = Grown();
        Lose(cluster, 3, from: 3);

        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(Role.Leader, cluster[1].Role);
        Assert.False(cluster[3].Core.IsUnsure);
        cluster.AssertConverged();
        cluster.Crash(1);
        cluster.RunFor(TimeSpan.FromSeconds(10));
        Assert.NotNull(cluster.Leader);
    }

    // Entry 4 is on nodes 1 and 3, node 3 loses it and node 1 is away: node 2 alone must not be elected by
    // node 3.
    [Fact]
    public void A_committed_entry_that_an_unsure_node_lost_is_not_voted_away()
    {
        var cluster = Grown();
        cluster.Isolate(2);
        cluster.Do(1, node => node.Propose("on 1 and 3"));
        cluster.Settle();
        Assert.Equal(5ul, cluster[1].Commit);
        cluster.Heal();
        cluster.Crash(1);
        cluster.Crash(3);
        Lose(cluster, 3, from: 5);

        cluster.RunFor(TimeSpan.FromSeconds(10));
        Assert.Null(cluster.Leader);
        cluster.Restart(1, 3);
        cluster.RunFor(TimeSpan.FromSeconds(10));

        Assert.NotNull(cluster.Leader);
        cluster.AssertConverged();
        Assert.Contains(cluster[2].Log, entry => entry.Body == "on 1 and 3");
    }

    [Fact]
    public void When_all_are_unsure_at_once_they_tell_each_other_and_go_on()
    {
        var cluster = Grown();
        for (var id = 1; id <= 3; id++)
        {
            cluster.Crash(id);
        }

        for (var id = 1; id <= 3; id++)
        {
            Lose(cluster, id, from: id == 1 ? 5 : 5 - 1 + (id % 2));
        }

        cluster.RunFor(TimeSpan.FromSeconds(10));

        Assert.NotNull(cluster.Leader);
        cluster.AssertConverged();
    }

    [Fact]
    public void Doubt_survives_a_restart_until_it_is_settled()
    {
        var cluster = Grown();
        cluster.Crash(1);
        cluster.Crash(2);
        Lose(cluster, 3, from: 3);
        cluster.RunFor(TimeSpan.FromSeconds(3));
        cluster.Crash(3);
        cluster.Restart(3, 4);

        Assert.True(cluster[3].Core.IsUnsure);
        cluster.Restart(1, 1);
        cluster.Restart(2, 2);
        cluster.RunFor(TimeSpan.FromSeconds(10));
        Assert.False(cluster[3].Disk.IsUnsure);
        cluster.AssertConverged();
    }

    // One to four entries after the leader's empty one, all committed everywhere.
    private static TestCluster Grown()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);
        cluster.Propose(1, "a", "b", "c");
        cluster.RunFor(TimeSpan.FromSeconds(1));
        cluster.AssertConverged();
        return cluster;
    }

    private static void Lose(TestCluster cluster, int id, int from)
    {
        if (!cluster.IsDown(cluster[id]))
        {
            cluster.Crash(id);
        }

        if (from <= cluster[id].Disk.Log.Count)
        {
            cluster[id].Disk.LoseFrom(from);
        }

        cluster[id].Disk.IsUnsure = true;
        cluster.Restart(id, (ulong)id * 17);
    }

    private static Message Ask(int from, ulong term, LogPosition last) => new()
    {
        Type = MessageType.LastPositionRequest, From = Make.Id(from), Term = new Term(term), Position = last,
    };
}
