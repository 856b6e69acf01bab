namespace Ikada.Consensus.Tests.Damage;

/// <summary>Case (c) of DESIGN §7, and the lost-data alarm of §3: a node whose word counts for nothing any
/// more.</summary>
public sealed class LostData
{
    [Fact]
    public void A_node_that_may_have_lost_a_vote_neither_votes_nor_campaigns_nor_acknowledges()
    {
        var node = WithoutHardState();

        Assert.True(node.Core.IsTreatedAsWiped);
        Assert.False(Sick.Votes(node, 2, Make.At(9, 9)));
        node.TickAfter(TimeSpan.FromSeconds(9));
        Assert.Equal(Role.Follower, node.Role);
        node.Receive(Make.Append(2, node.Term, Make.At(2, 2), 1, commit: 2), TestEntry.OfTerms(3, 2));
        var reply = Assert.Single(node.TakeSent(MessageType.AppendReply)).Message;
        Assert.True(reply.Reject && reply.Has(MessageFlags.LostLog));
        Assert.Equal(2, node.Log.Count);
    }

    [Fact]
    public void Its_terms_are_at_least_those_of_its_entries()
    {
        var node = Make.Follower(3, 2, 1, 2);
        node.Disk.SaveHardState(default, NodeId.None);
        node.Disk.CarryOutNext();
        node.Disk.LostHardState = true;

        node.Restart(1);

        Assert.Equal(2ul, node.Term);
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 3)]
    public void A_log_that_ends_before_what_the_leader_knows_of_it_is_an_alarm(
        ulong acknowledged, ulong commit)
    {
        var node = Make.Follower(3, 2, 1, 2);

        node.Receive(Make.Heartbeat(2, 2, commit) with { Position = Make.At(0, acknowledged) });

        Assert.Contains((Fact.LostLog, default), node.Facts);
        var reply = Assert.Single(node.TakeSent(MessageType.HeartbeatReply)).Message;
        Assert.True(reply.Reject && reply.Has(MessageFlags.LostLog));
        Assert.Equal(0ul, node.Commit);
        Assert.False(Sick.Votes(node, 2, Make.At(9, 9)));
        node.TickAfter(TimeSpan.FromSeconds(9));
        Assert.Equal(Role.Follower, node.Role);
    }

    [Fact]
    public void A_heartbeat_names_what_its_receiver_has_acknowledged()
    {
        var leader = Make.Leader(3, 2, 1, 1);
        leader.Receive(Make.Ack(2, 2, 3));
        leader.TakeSent();

        leader.PassDeadline();

        Assert.Equal([3ul, 0], leader.TakeSent(MessageType.Heartbeat).OrderBy(sent => sent.Message.To.Value)
            .Select(sent => sent.Message.Position.Index.Value));
    }

    [Fact]
    public void A_peer_that_lost_its_log_counts_for_nothing_and_is_sent_no_entries_for_the_rest_of_the_term()
    {
        var leader = Make.Leader(5, 2, 1, 1);
        leader.Receive(Make.Ack(2, 2, 3));
        leader.Receive(Lost(2));
        Assert.Single(leader.Facts, fact => fact == (Fact.PeerLostLog, Make.Id(2)));
        leader.TakeSent();

        // Its earlier acknowledgement, or one that is still on its way, must not make the majority.
        leader.Receive(Make.Ack(3, 2, 3));
        leader.Receive(Make.Ack(2, 2, 3));
        Assert.Equal(0ul, leader.Commit);
        leader.Receive(Make.HeartbeatReply(2, 2, 1));
        leader.Propose("x");
        Assert.DoesNotContain(leader.TakeSent(MessageType.Append), sent => sent.Message.To == Make.Id(2));
        leader.Receive(Lost(2));
        Assert.Single(leader.Facts, fact => fact == (Fact.PeerLostLog, Make.Id(2)));

        leader.Receive(Make.Ack(4, 2, 4));
        Assert.Equal(3ul, leader.Commit);
    }

    [Fact]
    public void A_peer_that_lost_its_log_is_not_heard_for_check_quorum()
    {
        var leader = Make.LeaderInTouch();
        leader.Receive(Lost(2));
        for (var i = 0; i < 30; i++)
        {
            leader.TickAfter(TimeSpan.FromMilliseconds(100));
            leader.Receive(Lost(2));
        }

        Assert.NotEqual(Role.Leader, leader.Role);
    }

    [Fact]
    public void A_follower_that_forgets_within_a_leadership_is_out_and_the_others_go_on()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);
        cluster.Propose(1, "a", "b");
        cluster.Crash(3);
        cluster[3].Disk.LoseFrom(2);
        cluster.Restart(3, 5);

        cluster.Propose(1, "c");
        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.True(cluster[3].Core.IsTreatedAsWiped);
        Assert.Contains((Fact.PeerLostLog, Make.Id(3)), cluster[1].Facts);
        Assert.Equal(4ul, cluster[1].Commit);
        // The only other copy of "c" is gone with node 2: node 3 must not stand in for it.
        cluster.Crash(2);
        cluster.Do(1, node => node.Propose("d"));
        cluster.Settle();
        Assert.Equal(4ul, cluster[1].Commit);
    }

    private static TestNode WithoutHardState()
    {
        var node = Make.Follower(3, 2, 1, 2);
        node.Disk.LostHardState = true;
        node.Restart(1);
        return node;
    }

    private static Message Lost(int from) => new()
    {
        Type = MessageType.HeartbeatReply, From = Make.Id(from), Term = new Term(2),
        Flags = MessageFlags.Reject | MessageFlags.LostLog,
    };
}
