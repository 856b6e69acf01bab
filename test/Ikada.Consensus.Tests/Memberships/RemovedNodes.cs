namespace Ikada.Consensus.Tests.Memberships;

/// <summary>Nodes that leave, the leader among them (diss. §4.2.2, §4.2.3).</summary>
public sealed class RemovedNodes
{
    [Fact]
    public void A_leader_that_removes_itself_does_not_count_itself_and_gives_way_once_that_is_committed()
    {
        var node = Lead.InTouch([1, 2, 3]);

        node.Change(Wish.Auto("r1"));
        var removal = (ulong)node.Log.Count;
        node.Receive(Make.Ack(2, 1, removal));
        // Durable here and on one of the two that count: no majority of them.
        Assert.True(node.Commit < removal);
        Assert.Equal(Role.Leader, node.Role);
        node.Sent.Clear();

        node.Receive(Make.Ack(3, 1, removal));

        Assert.Equal(removal, node.Commit);
        Assert.Equal(Role.Follower, node.Role);
        Assert.Equal((Fact.Removed, node.Id), Assert.Single(node.Facts));
        foreach (var peer in new[] { 2ul, 3ul })
        {
            Assert.Contains(
                node.Sent, sent => sent.Message.To.Value == peer && sent.Message.Commit.Value == removal);
        }
    }

    [Fact]
    public void A_leader_that_removed_itself_tells_the_commit_index_also_to_who_has_not_acknowledged_yet()
    {
        var node = Lead.InTouch([1, 2, 3, 4]);
        node.Change(Wish.Auto("r1"));
        var removal = (ulong)node.Log.Count;
        node.Receive(Make.Ack(2, 1, removal));
        node.Sent.Clear();

        node.Receive(Make.Ack(3, 1, removal));

        Assert.Equal(Role.Follower, node.Role);
        Assert.Contains(
            node.Sent, sent => sent.Message.To.Value == 4 && sent.Message.Commit.Value == removal);
    }

    [Fact]
    public void A_leader_that_makes_itself_a_learner_gives_way_too_and_stays_a_member()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);

        cluster.Change(1, Wish.Auto("l1"));
        cluster.RunFor(TimeSpan.FromSeconds(5));

        Assert.NotEqual(Role.Leader, cluster[1].Role);
        Assert.Equal("voters=(2 3) learners=(1)", cluster.Leader!.Core.Membership.ToString());
        Assert.DoesNotContain(cluster[1].Facts, fact => fact.Fact == Fact.Removed);
        cluster.AssertConverged();
    }

    [Fact]
    public void A_leader_that_removed_itself_names_its_successor()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);

        cluster.Change(1, Wish.Auto("r1"));

        // No time has passed.
        Assert.True(cluster.Leader?.Id.Value is 2 or 3);
    }

    [Fact]
    public void Replacing_the_leader_and_another_node_at_once_is_one_change()
    {
        var cluster = new TestCluster(5, setup => setup with { Membership = NodeSetup.VotersOf(3) });
        cluster.Campaign(1);

        cluster.Change(1, Wish.Auto("r1 r2 v4 v5"));
        cluster.RunFor(TimeSpan.FromSeconds(5));
        cluster.Propose((int)cluster.Leader!.Id.Value, "served");

        Assert.Equal("voters=(3 4 5)", cluster.Leader.Core.Membership.ToString());
        Assert.Contains((Fact.Removed, Make.Id(1)), cluster[1].Facts);
        Assert.Contains((Fact.Removed, Make.Id(2)), cluster[2].Facts);
        cluster.AssertConverged();
    }

    [Fact]
    public void A_removed_node_is_told_only_once_its_removal_is_committed()
    {
        var node = Lead.InTouch([1, 2, 3]);
        node.Change(Wish.Auto("r3"));
        var removal = (ulong)node.Log.Count;
        node.Receive(Make.Ack(3, 1, removal));
        Assert.DoesNotContain(
            node.TakeSent(), sent => sent.Message.To.Value == 3 && sent.Message.Commit.Value >= removal);

        node.Receive(Make.Ack(2, 1, removal));

        Assert.Contains(
            node.TakeSent(), sent => sent.Message.To.Value == 3 && sent.Message.Commit.Value == removal);
        Assert.Empty(node.Facts);
        node.TickAfter(new ConsensusOptions().HeartbeatInterval);
        Assert.Equal([2ul], node.TakeSent().Select(sent => sent.Message.To.Value).Distinct());
    }

    [Fact]
    public void A_removed_node_stops_campaigning_and_still_votes_and_appends()
    {
        var node = Removed();

        node.PassDeadline();
        Assert.Equal(Role.Follower, node.Role);
        Assert.Empty(node.TakeSent());

        node.Now += TimeSpan.FromSeconds(5);
        node.Receive(Make.Vote(2, 2, Make.At(1, 9)));
        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);

        node.Receive(Make.Append(2, 2, Make.At(1, 2), count: 1), new TestEntry(2, string.Empty));
        Assert.Equal(3ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
    }

    [Fact]
    public void A_removed_node_says_so_once_and_not_before_the_removal_is_committed()
    {
        var node = new TestNode(new NodeSetup { Id = 3, Membership = NodeSetup.VotersOf(3) });

        node.Receive(
            Make.Append(1, 1, count: 2, commit: 1), new TestEntry(1, string.Empty),
            TestEntry.Of(1, NodeSetup.VotersOf(2)));
        Assert.Equal(1ul, node.Commit);
        Assert.Empty(node.Facts);

        node.Receive(Make.Append(1, 1, Make.At(1, 2), commit: 2));
        node.Receive(Make.Append(1, 1, Make.At(1, 2), commit: 2));

        Assert.Equal((Fact.Removed, node.Id), Assert.Single(node.Facts));
    }

    [Fact]
    public void A_removed_node_that_is_added_again_lives_on()
    {
        var node = Removed();

        node.Receive(Make.Append(1, 5, Make.At(1, 2), count: 1), TestEntry.Of(5, NodeSetup.VotersOf(3)));

        Assert.Equal(1, node.Leader);
        node.PassDeadline();
        Assert.Equal(Role.PreCandidate, node.Role);
    }

    [Fact]
    [Covers("TransferNonMember")]
    public void A_removed_node_that_is_told_to_campaign_does_not()
    {
        var node = Removed();

        node.Receive(new Message { Type = MessageType.TimeoutNow, From = Make.Id(1), Term = new Term(1) });

        Assert.Equal(Role.Follower, node.Role);
        Assert.Empty(node.TakeSent(MessageType.Vote));
    }

    [Fact]
    public void A_removed_node_that_knows_of_nothing_disturbs_nobody()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);
        cluster.Isolate(3);
        cluster.Change(1, Wish.Auto("r3"));
        cluster.RunFor(TimeSpan.FromSeconds(5));
        var term = cluster[1].Term;
        Assert.Equal("voters=(1 2 3)", cluster[3].Core.Membership.ToString());

        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(10));

        Assert.Equal(term, cluster[1].Term);
        Assert.Equal(Role.Leader, cluster[1].Role);
    }

    [Fact]
    public void Of_two_voters_the_one_that_removes_itself_and_alone_holds_that_still_brings_it_to_an_end()
    {
        // Only the leader has the entry when it dies. The other one cannot be elected: its log is older. So
        // the removed node must campaign, for the other's vote alone (diss. §4.2.2).
        var cluster = new TestCluster(2);
        cluster.Campaign(1);
        cluster.Isolate(1);
        cluster.Change(1, Wish.Auto("r1"));
        cluster.Crash(1);
        cluster.Pool.Clear();
        cluster.Heal();

        cluster.Restart(1, seed: 5);
        cluster.RunFor(TimeSpan.FromSeconds(20));

        Assert.Equal("voters=(2)", cluster[2].Core.Membership.ToString());
        Assert.Equal(Role.Leader, cluster[2].Role);
        Assert.NotEqual(Role.Leader, cluster[1].Role);
    }

    [Fact]
    public void A_new_leader_serves_who_is_removed_by_a_change_that_is_not_committed()
    {
        var node = Lead.Elected(new NodeSetup
        {
            Term = 1, Membership = NodeSetup.VotersOf(3), Log = [TestEntry.Of(1, NodeSetup.VotersOf(2))],
        });

        node.TickAfter(new ConsensusOptions().HeartbeatInterval);

        Assert.Contains(node.TakeSent(MessageType.Heartbeat), sent => sent.Message.To.Value == 3);
    }

    [Fact]
    public void An_acknowledgement_of_a_removed_node_says_nothing()
    {
        var node = Lead.InTouch([1, 2, 3]);
        node.Change(Wish.Auto("r3"));
        Lead.AcknowledgeAll(node);
        node.Propose("x");
        var commit = node.Commit;

        node.Receive(Make.Ack(3, 1, (ulong)node.Log.Count));

        Assert.Equal(commit, node.Commit);
    }

    [Fact]
    public void A_group_shrinks_to_one_and_grows_again()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);
        cluster.Change(1, Wish.Auto("r2"));
        cluster.Change(1, Wish.Auto("r3"));
        Assert.Equal("voters=(1)", cluster[1].Core.Membership.ToString());
        cluster.Propose(1, "alone");
        Assert.Equal((ulong)cluster[1].Log.Count, cluster[1].Commit);

        cluster.Change(1, Wish.Auto("v2 v3"));
        cluster.RunFor(TimeSpan.FromSeconds(2));

        Assert.Equal("voters=(1 2 3)", cluster[1].Core.Membership.ToString());
        cluster.AssertConverged();
    }

    // Node 3, which knows that it was removed.
    private static TestNode Removed()
    {
        var node = new TestNode(new NodeSetup { Id = 3, Membership = NodeSetup.VotersOf(3) });
        node.Receive(
            Make.Append(1, 1, count: 2, commit: 2), new TestEntry(1, string.Empty),
            TestEntry.Of(1, NodeSetup.VotersOf(2)));
        Assert.Equal(2ul, node.Commit);
        node.Sent.Clear();
        return node;
    }
}
