namespace Ikada.Consensus.Tests.Elections;

/// <summary>When a target is told, and told again, and when a wish for another leader ends (diss.
/// §3.10).</summary>
public sealed class TransferTiming
{
    private static readonly TimeSpan Beat = new ConsensusOptions().HeartbeatInterval;

    [Fact]
    public void Who_was_heard_two_heartbeats_ago_is_in_touch()
    {
        var leader = Make.LeaderInTouch();
        leader.Now += 2 * Beat;

        leader.Transfer();

        Assert.Single(leader.TakeSent(MessageType.TimeoutNow));
    }

    [Fact]
    public void A_second_target_that_lags_is_told_with_the_acknowledgement_that_completes_it()
    {
        var leader = Make.LeaderInTouch();
        leader.Propose("a");
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        leader.Transfer(2);
        Assert.Single(leader.TakeSent(MessageType.TimeoutNow));

        leader.Transfer(3);
        Assert.Equal([TransferOutcome.Replaced], leader.Transfers);
        Assert.Empty(leader.TakeSent(MessageType.TimeoutNow));
        leader.Receive(Make.Ack(from: 3, term: 1, match: 2));

        Assert.Equal(Make.Id(3), Assert.Single(leader.TakeSent(MessageType.TimeoutNow)).Message.To);
    }

    [Fact]
    public void A_target_that_was_told_is_told_again_only_by_a_heartbeat_though_the_log_grew()
    {
        var leader = new TestNode(new NodeSetup { Incarnation = 11 });
        leader.PassDeadline();
        leader.ReceiveFrom(12, 1, Make.PreVoteReply(2, term: 1));
        leader.ReceiveFrom(12, 1, Make.VoteReply(2, term: 1));
        leader.ReceiveFrom(12, 1, Make.Ack(2, term: 1, match: 1));
        leader.Transfer(2);
        Assert.Single(leader.TakeSent(MessageType.TimeoutNow));

        // Node 3 is heard for the first time: an entry binds it.
        leader.ReceiveFrom(13, 1, Make.HeartbeatReply(3, term: 1, round: 0));
        Assert.Equal(2, leader.Log.Count);
        leader.ReceiveFrom(12, 1, Make.Ack(2, term: 1, match: 2));
        Assert.Empty(leader.TakeSent(MessageType.TimeoutNow));
        leader.TickAfter(Beat);

        Assert.Single(leader.TakeSent(MessageType.TimeoutNow));
    }

    [Fact]
    public void The_same_wish_again_is_not_passed_on_twice()
    {
        var node = Following();
        node.Transfer(3);
        node.Transfer(3);
        node.Transfer();

        Assert.Single(node.TakeSent(MessageType.TransferRequest));
        Assert.Empty(node.Transfers);
        node.Transfer(1);
        Assert.Equal([TransferOutcome.Replaced], node.Transfers);
    }

    [Fact]
    public void A_wish_outlives_a_moment_without_its_leader()
    {
        var node = Following();
        node.Transfer(3);
        node.Closed(2);
        node.PassDeadline();
        Assert.Equal(Role.PreCandidate, node.Role);

        node.Receive(Make.Heartbeat(from: 2, term: 1));
        Assert.Empty(node.Transfers);
        node.Receive(Make.Heartbeat(from: 3, term: 2));

        Assert.Equal([TransferOutcome.Done], node.Transfers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_preferred_voter_is_not_tried_before_the_term_and_the_membership_are_committed(bool changes)
    {
        var membership = NodeSetup.VotersOf(3);
        Member[] members = [.. membership.Members.ToArray().Select(each => each with
        {
            Priority = each.Id == Make.Id(3) ? (byte)9 : (byte)0,
        })];
        var leader = new TestNode(new NodeSetup
        {
            Term = 1, Membership = new Membership(members, membership.Voters), Log = TestEntry.OfTerms(1, 1),
        });
        leader.PassDeadline();
        leader.Receive(Make.PreVoteReply(2, term: 2));
        leader.Receive(Make.VoteReply(2, term: 2));
        if (changes)
        {
            leader.Receive(Make.Ack(from: 3, term: 2, match: 2));
            leader.Change(Wish.Auto("l4"));
        }
        else
        {
            leader.Receive(Make.Ack(from: 3, term: 2, match: 1));
        }

        for (var beat = 1ul; beat <= 45; beat++)
        {
            leader.TickAfter(Beat);
            leader.Receive(Make.HeartbeatReply(from: 3, term: 2, beat));
        }

        Assert.Equal((Role.Leader, changes ? 2ul : 0), (leader.Role, leader.Commit));
        leader.Propose("taken");
        Assert.Equal(EffectKind.AcceptProposal, leader.Answers[^1].Kind);
    }

    private static TestNode Following()
    {
        var node = Make.Follower(size: 3, term: 1);
        node.Opened(2);
        node.Receive(Make.Heartbeat(from: 2, term: 1));
        node.Sent.Clear();
        return node;
    }
}
