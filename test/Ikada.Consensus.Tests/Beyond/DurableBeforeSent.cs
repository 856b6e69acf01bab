namespace Ikada.Consensus.Tests.Beyond;

/// <summary>
/// Ordering duty 1: a message that shows a term or vote leaves only when that is on the disk.
/// </summary>
public sealed class DurableBeforeSent
{
    [Fact]
    public void A_granted_vote_leaves_only_after_it_is_durable()
    {
        var node = Make.Follower(term: 1);
        node.HoldsDisk = true;

        node.Receive(Make.Vote(from: 2, term: 2));
        Assert.Empty(node.Sent);
        // The first write is of the term alone: it does not show the vote.
        node.FlushOne();
        Assert.Empty(node.Sent);
        node.FlushOne();

        var reply = Assert.Single(node.TakeSent(MessageType.VoteReply)).Message;
        Assert.False(reply.Reject);
        Assert.Equal(Make.Id(2), node.Disk.HardState.Vote);
    }

    [Fact]
    public void A_refused_vote_in_a_new_term_leaves_once_the_term_is_durable()
    {
        var node = Make.Follower(size: 3, term: 1, 1);
        node.HoldsDisk = true;

        node.Receive(Make.Vote(from: 2, term: 2));
        Assert.Empty(node.Sent);
        node.FlushOne();

        Assert.True(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
    }

    [Fact]
    public void A_candidate_asks_for_votes_only_after_its_own_is_durable()
    {
        var node = Make.Follower(term: 1);
        node.PassDeadline();
        node.Sent.Clear();
        node.HoldsDisk = true;

        node.Receive(Make.PreVoteReply(from: 2, term: 2));
        Assert.Equal(Role.Candidate, node.Role);
        Assert.Empty(node.Sent);
        node.FlushDisk();

        Assert.Equal(2, node.TakeSent(MessageType.Vote).Length);
    }

    [Fact]
    public void A_candidates_own_vote_counts_only_once_durable()
    {
        var node = new TestNode(new NodeSetup { Membership = NodeSetup.VotersOf(1) }) { HoldsDisk = true };

        node.PassDeadline();
        Assert.Equal(Role.Candidate, node.Role);
        node.FlushOne();

        Assert.Equal(Role.Leader, node.Role);
    }

    [Fact]
    public void A_heartbeat_of_a_new_term_is_answered_once_the_term_is_durable()
    {
        var node = Make.Follower(term: 1);
        node.HoldsDisk = true;

        node.Receive(Make.Heartbeat(from: 2, term: 2, round: 7));
        Assert.Empty(node.Sent);
        node.FlushDisk();

        Assert.Equal(7ul, Assert.Single(node.TakeSent(MessageType.HeartbeatReply)).Message.Round);
    }

    [Fact]
    public void What_waited_from_an_older_term_is_dropped()
    {
        var node = Make.Follower(term: 1);
        node.HoldsDisk = true;

        node.Receive(Make.Vote(from: 2, term: 2));
        node.Receive(Make.Vote(from: 3, term: 3));
        node.FlushDisk();

        var reply = Assert.Single(node.TakeSent(MessageType.VoteReply)).Message;
        Assert.Equal(Make.Id(3), reply.To);
        Assert.Equal(3ul, reply.Term.Value);
    }

    [Fact]
    public void A_vote_survives_a_crash_once_its_answer_has_left()
    {
        var node = Make.Follower(term: 1);
        node.Receive(Make.Vote(from: 2, term: 2));
        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);

        node.Restart(seed: 5);
        node.Receive(Make.Vote(from: 3, term: 2, Make.At(1, 9)));

        Assert.True(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
    }

    [Fact]
    public void A_vote_that_did_not_reach_the_disk_was_never_shown()
    {
        var node = Make.Follower(term: 1);
        node.HoldsDisk = true;
        node.Receive(Make.Vote(from: 2, term: 2));
        Assert.Empty(node.Sent);

        node.Restart(seed: 5);
        node.HoldsDisk = false;
        Assert.Equal(1ul, node.Term);
        node.Receive(Make.Vote(from: 3, term: 2));

        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
    }
}
