namespace Ikada.Consensus.Tests.Elections;

/// <summary>Handing leadership over (diss. §3.10): what one node does.</summary>
public sealed class TransferRules
{
    private static readonly TimeSpan ElectionTimeout = new ConsensusOptions().ElectionTimeout;

    [Fact]
    [Covers("LeaderTransferToSelf")]
    public void Nothing_is_to_be_done_for_a_node_that_leads_already()
    {
        var leader = Make.LeaderInTouch();
        leader.Transfer(1);
        Assert.Equal([TransferOutcome.AlreadyLeads], leader.Transfers);
        Assert.Empty(leader.Sent);

        var follower = Following(leader: 2);
        follower.Transfer(2);
        Assert.Equal([TransferOutcome.AlreadyLeads], follower.Transfers);
        Assert.Empty(follower.Sent);
    }

    [Fact]
    [Covers("LeaderTransferToNonExistingNode", Note = "refused with a reason, here and at a follower")]
    public void Who_is_no_voter_cannot_be_wished_for()
    {
        var leader = Make.LeaderInTouch();
        leader.Transfer(4);
        Assert.Equal([TransferOutcome.NotAVoter], leader.Transfers);
        leader.Propose("taken");
        Assert.Equal(EffectKind.AcceptProposal, leader.Answers[^1].Kind);

        var follower = Following(leader: 2);
        follower.Transfer(4);
        Assert.Equal([TransferOutcome.NotAVoter], follower.Transfers);
    }

    [Fact]
    public void A_learner_cannot_be_wished_for()
    {
        var leader = LeaderOf(NodeSetup.MembershipOf([1, 2], learners: [3]));
        leader.Transfer(3);

        Assert.Equal([TransferOutcome.NotAVoter], leader.Transfers);
    }

    [Fact]
    public void Where_no_leader_is_known_a_wish_ends_at_once()
    {
        var node = Make.Follower();
        node.Transfer(2);

        Assert.Equal([TransferOutcome.NotLeader], node.Transfers);
    }

    [Fact]
    public void There_is_nobody_to_hand_over_to_when_no_voter_is_in_touch()
    {
        var lone = Make.Leader(size: 1);
        lone.Transfer();
        Assert.Equal([TransferOutcome.NoTarget], lone.Transfers);

        // Elected, but nobody has acknowledged anything yet.
        var leader = Make.Leader(size: 3);
        leader.Transfer();
        Assert.Equal([TransferOutcome.NoTarget], leader.Transfers);

        // Both were silent for more than two heartbeats.
        var left = Make.LeaderInTouch(size: 3);
        left.TickAfter(TimeSpan.FromMilliseconds(201));
        left.Transfer();
        Assert.Equal([TransferOutcome.NoTarget], left.Transfers);
    }

    [Fact]
    public void The_best_target_holds_most_of_what_is_committed()
    {
        var leader = Make.LeaderInTouch(size: 5);
        leader.Propose("a");
        foreach (var peer in new[] { 3, 4, 5 })
        {
            leader.Receive(Make.Ack(peer, term: 1, match: peer == 4 ? 2u : 1u));
        }

        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        leader.Propose("b");
        leader.Receive(Make.Ack(from: 4, term: 1, match: 3));
        leader.Sent.Clear();
        leader.Transfer();

        var told = Assert.Single(leader.TakeSent(MessageType.TimeoutNow)).Message;
        Assert.Equal((4ul, 1ul), (told.To.Value, told.Term.Value));
    }

    [Fact]
    public void A_target_is_told_only_when_it_holds_the_whole_log_durably()
    {
        var leader = Make.LeaderInTouch();
        leader.Propose("a", "b");
        leader.Transfer(2);
        leader.Receive(Make.Ack(from: 3, term: 1, match: 3));
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        Assert.Empty(leader.TakeSent(MessageType.TimeoutNow));

        leader.Receive(Make.Ack(from: 2, term: 1, match: 3));

        Assert.Single(leader.TakeSent(MessageType.TimeoutNow));
        // Once more only with the next heartbeat.
        leader.Receive(Make.Ack(from: 2, term: 1, match: 3));
        Assert.Empty(leader.TakeSent(MessageType.TimeoutNow));
        leader.TickAfter(TimeSpan.FromMilliseconds(100));
        Assert.Single(leader.TakeSent(MessageType.TimeoutNow));
    }

    [Fact]
    [Covers("LeaderTransferAfterSnapshot")]
    public void A_target_that_needs_a_snapshot_first_gets_it()
    {
        var leader = Make.Leader(size: 3, term: 2, 1, 1, 1);
        leader.Receive(Make.Ack(from: 2, term: 2, match: 4));
        leader.Step(Input.LogCompacted(leader.Now, Make.At(2, 4), leader.Core.Membership));
        leader.Receive(Make.Refusal(from: 3, term: 2, rejected: 3, default));
        Assert.Contains(leader.LastEffects, effect => effect.Kind == EffectKind.SendSnapshot);

        leader.Transfer(3);
        leader.Step(Input.SnapshotStarted(leader.Now, Make.Id(3), Make.At(2, 4)));
        leader.Step(Input.SnapshotEnded(leader.Now, Make.Id(3), succeeded: true));
        Assert.Empty(leader.TakeSent(MessageType.TimeoutNow));
        leader.Receive(Make.Ack(from: 3, term: 2, match: 4));

        Assert.Equal(Make.Id(3), Assert.Single(leader.TakeSent(MessageType.TimeoutNow)).Message.To);
    }

    [Fact]
    [Covers("LeaderTransferReceiveHigherTermVote", Note =
        "without the leader's wish no vote is given under it; a refusal carries the higher term")]
    public void A_higher_term_ends_a_transfer_which_is_done_when_another_leads()
    {
        var leader = Make.LeaderInTouch();
        leader.Transfer(3);
        leader.Receive(Make.Vote(from: 2, term: 2, Make.At(9, 9)));
        Assert.Equal((Role.Leader, 1ul), (leader.Role, leader.Term));

        leader.Receive(new Message
        {
            Type = MessageType.HeartbeatReply, From = Make.Id(2), Term = new Term(2), Reject = true,
        });
        Assert.Equal((Role.Follower, 2ul), (leader.Role, leader.Term));
        Assert.Empty(leader.Transfers);
        leader.Propose("too late");
        Assert.Equal(Refusal.NoLeader, leader.Answers[^1].Refusal);

        leader.Receive(Make.Heartbeat(from: 2, term: 2));

        Assert.Equal([TransferOutcome.Done], leader.Transfers);
    }

    [Fact]
    public void A_deposed_leader_that_sees_no_other_gives_the_transfer_up_in_time()
    {
        var leader = Make.LeaderInTouch();
        leader.Transfer(3);
        leader.Receive(Make.VoteReply(from: 2, term: 5, reject: true));
        Assert.Equal(Role.Follower, leader.Role);

        Assert.True(leader.Core.NextDeadline <= leader.Now + ElectionTimeout);
        leader.TickAfter(ElectionTimeout);

        Assert.Equal([TransferOutcome.TimedOut], leader.Transfers);
    }

    [Fact]
    public void A_wish_whose_leader_is_elected_once_more_has_failed()
    {
        var node = Following(leader: 2);
        node.Transfer(3);
        Assert.Equal(3ul, Assert.Single(node.TakeSent(MessageType.TransferRequest)).Message.Sequence);

        node.Receive(Make.Heartbeat(from: 2, term: 1));
        Assert.Empty(node.Transfers);
        node.Receive(Make.Heartbeat(from: 2, term: 2));

        Assert.Equal([TransferOutcome.TimedOut], node.Transfers);
    }

    [Fact]
    public void A_wish_from_elsewhere_ends_nothing_that_was_asked_for_here()
    {
        var leader = Make.LeaderInTouch();
        leader.Propose("a");
        leader.Transfer(3);

        leader.Receive(Wish(from: 2, target: 9));
        leader.Receive(Wish(from: 2, target: 3));

        Assert.Empty(leader.Transfers);
        leader.Receive(Wish(from: 2, target: 2));
        Assert.Equal([TransferOutcome.Replaced], leader.Transfers);
    }

    [Fact]
    public void A_wish_of_an_earlier_term_or_at_a_node_that_does_not_lead_is_ignored()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 2);
        leader.Receive(Wish(from: 2, target: 3));
        Assert.Empty(leader.TakeSent());

        var follower = Following(leader: 2);
        follower.Receive(Wish(from: 3, target: 3));
        Assert.Empty(follower.Sent);
    }

    [Fact]
    public void A_node_told_to_campaign_asks_for_votes_at_once_and_says_who_wanted_it()
    {
        var node = Following(leader: 2);

        node.Receive(TimeoutNow(from: 2, term: 1));

        Assert.Equal((Role.Candidate, 2ul), (node.Role, node.Term));
        var asked = node.TakeSent();
        Assert.Equal([2, 3], asked.Select(each => (int)each.Message.To.Value));
        Assert.All(asked, each => Assert.Equal(MessageType.Vote, each.Type));
        Assert.All(asked, each => Assert.True(each.Message.Has(MessageFlags.Transfer)));
    }

    [Fact]
    public void Who_fails_campaigns_next_like_anybody_else()
    {
        var node = Following(leader: 2);
        node.Receive(TimeoutNow(from: 2, term: 1));
        node.Sent.Clear();

        node.PassDeadline();
        Assert.Equal(Role.PreCandidate, node.Role);
        node.Receive(Make.PreVoteReply(from: 3, term: 3));

        Assert.Equal((Role.Candidate, 3ul), (node.Role, node.Term));
        Assert.All(node.TakeSent(), each => Assert.False(each.Message.Has(MessageFlags.Transfer)));
    }

    [Fact]
    public void To_be_told_in_an_earlier_term_means_nothing()
    {
        var node = Following(leader: 2, term: 3);

        node.Receive(TimeoutNow(from: 3, term: 2));

        Assert.Equal((Role.Follower, 3ul), (node.Role, node.Term));
        Assert.Empty(node.Sent);
    }

    [Fact]
    [Covers("TransferNonMember")]
    public void Who_was_removed_or_only_learns_does_nothing_when_told_to_campaign()
    {
        foreach (var membership in new[]
        {
            NodeSetup.MembershipOf([2, 3, 4]), NodeSetup.MembershipOf([2, 3, 4], learners: [1]),
        })
        {
            var node = new TestNode(new NodeSetup { Membership = membership, Term = 1 });

            node.Receive(TimeoutNow(from: 2, term: 1));

            Assert.Equal((Role.Follower, 1ul), (node.Role, node.Term));
            Assert.Empty(node.Sent);
        }
    }

    [Fact]
    public void A_vote_that_the_leader_wanted_is_given_under_a_living_leader_but_once_and_for_a_log_as_long()
    {
        var node = Following(leader: 2);
        node.Receive(Make.Vote(from: 3, term: 2, Make.At(1, 1)));
        Assert.Equal(1ul, node.Term);

        node.Receive(Make.Vote(from: 3, term: 2, Make.At(1, 1)) with { Flags = MessageFlags.Transfer });
        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
        node.Receive(Make.Vote(from: 2, term: 2, Make.At(1, 1)) with { Flags = MessageFlags.Transfer });
        Assert.True(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);

        var ahead = Make.Follower(size: 3, term: 1, 1, 1);
        ahead.Receive(Make.Vote(from: 3, term: 2, Make.At(1, 1)) with { Flags = MessageFlags.Transfer });
        Assert.True(Assert.Single(ahead.TakeSent(MessageType.VoteReply)).Message.Reject);
    }

    internal static Message TimeoutNow(int from, ulong term) =>
        new() { Type = MessageType.TimeoutNow, From = Make.Id(from), Term = new Term(term) };

    private static Message Wish(int from, ulong target) => new()
    {
        Type = MessageType.TransferRequest, From = Make.Id(from), Term = new Term(1), Sequence = target,
    };

    private static TestNode Following(int leader, ulong term = 1)
    {
        var node = Make.Follower(size: 3, term);
        node.Opened(leader);
        node.Receive(Make.Heartbeat(leader, term));
        node.Sent.Clear();
        return node;
    }

    internal static TestNode LeaderOf(Membership membership, ConsensusOptions? options = null)
    {
        var node = new TestNode(new NodeSetup { Membership = membership, Options = options ?? new() });
        node.PassDeadline();
        foreach (var type in new[] { MessageType.PreVoteReply, MessageType.VoteReply })
        {
            foreach (var voter in membership.Voters)
            {
                node.Receive(new Message { Type = type, From = voter, Term = new Term(1) });
            }
        }

        Assert.Equal(Role.Leader, node.Role);
        node.Sent.Clear();
        return node;
    }
}
