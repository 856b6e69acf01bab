namespace Ikada.Consensus.Tests.Elections;

/// <summary>The promise of a lease, and the one vote that it does not hold back: the one the leader wanted
/// (DESIGN
/// §7, A lost leader and leases).</summary>
public sealed class TransfersUnderLeases
{
    private static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(800);

    [Fact]
    public void A_promise_holds_back_votes_and_pre_votes_whatever_the_connections_say()
    {
        var node = Promised();
        node.Closed(2);

        node.Receive(Make.PreVote(from: 3, term: 2));
        Assert.True(Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message.Reject);
        node.Receive(Make.Vote(from: 3, term: 2));
        Assert.Empty(node.Sent);
        Assert.Equal(1ul, node.Term);

        node.Now += Lease * 1.1;
        node.Receive(Make.Vote(from: 3, term: 2));
        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
    }

    [Fact]
    public void A_promise_holds_back_a_vote_also_in_the_own_term()
    {
        var node = Promised();
        // A refusal brings the next term, in which this node has not voted.
        node.Receive(Make.VoteReply(from: 3, term: 2, reject: true));
        Assert.Equal(2ul, node.Term);

        node.Receive(Make.Vote(from: 3, term: 2));

        Assert.True(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
        Assert.True(node.Disk.HardState.Vote.IsNone);
    }

    [Fact]
    public void The_own_candidacy_waits_for_the_end_of_the_promise_and_no_longer()
    {
        var node = Promised();
        node.Receive(Make.Heartbeat(from: 2, term: 1));
        var started = node.Now;
        node.Closed(2);
        node.PassDeadline();
        Assert.Equal(Role.Follower, node.Role);

        node.PassDeadline();

        Assert.Equal(Role.PreCandidate, node.Role);
        Assert.InRange(node.Now - started, Lease, (Lease * 1.1) + TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void A_vote_that_the_leader_wanted_is_given_all_the_same()
    {
        var node = Promised();
        node.Receive(Make.Vote(from: 3, term: 2) with { Flags = MessageFlags.Transfer });
        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);

        var target = Promised();
        target.Receive(TransferRules.TimeoutNow(from: 2, term: 1));
        Assert.Equal((Role.Candidate, 2ul), (target.Role, target.Term));
    }

    [Fact]
    public void A_leader_that_told_a_node_to_campaign_reads_under_no_lease_for_the_rest_of_its_term()
    {
        var leader = TransferRules.LeaderOf(Members());
        leader.Receive(Make.Ack(from: 2, term: 1, match: 1));
        leader.Receive(Make.Ack(from: 3, term: 1, match: 1));
        GiveLease(leader, round: 1);
        leader.Read(1);
        Assert.Equal(EffectKind.AnswerRead, leader.Answers[^1].Kind);
        Assert.NotEqual(Instant.Never, leader.Answers[^1].ExpiresAt);

        leader.Transfer(3);
        leader.Read(2);
        Assert.NotEqual(2ul, leader.Answers[^1].ReadId);
        for (var round = 2ul; leader.Transfers.Count == 0; round++)
        {
            GiveLease(leader, round);
        }

        Assert.Equal([TransferOutcome.TimedOut], leader.Transfers);
        GiveLease(leader, round: 40);
        leader.Answers.Clear();
        leader.Read(3);
        Assert.Empty(leader.Answers);
    }

    private static void GiveLease(TestNode leader, ulong round)
    {
        leader.TickAfter(TimeSpan.FromMilliseconds(100));
        var sent = leader.TakeSent(MessageType.Heartbeat).LastOrDefault()?.Message.Round ?? round;
        foreach (var voter in new[] { 2, 3 })
        {
            leader.Receive(Make.HeartbeatReply(voter, term: 1, sent) with { Flags = MessageFlags.Lease });
        }
    }

    // A node that starts waits one lease: it may have promised one before.
    private static TestNode Promised() =>
        new(new NodeSetup { Membership = Members(), Term = 1 });

    private static Membership Members()
    {
        var three = NodeSetup.VotersOf(3);
        return new Membership(three.Members, three.Voters) { Lease = Lease };
    }
}
