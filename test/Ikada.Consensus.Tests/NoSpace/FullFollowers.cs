namespace Ikada.Consensus.Tests.NoSpace;

/// <summary>A follower whose log has no room for commands (DESIGN §7, No space; FAULTS.md F38).</summary>
public sealed class FullFollowers
{
    private static readonly TestEntry Opening = new(1, string.Empty);
    private static readonly TestEntry Command = new(1, "a");
    private static readonly TestEntry Change = TestEntry.Of(1, NodeSetup.VotersOf(3));

    [Fact]
    [Covers("FullFollower")]
    public void It_takes_what_stands_before_the_first_command_and_acknowledges_only_that()
    {
        var node = Make.Follower();
        node.Fill();

        node.Receive(Make.Append(from: 2, term: 1, count: 4, commit: 4), Opening, Change, Command, Change);

        Assert.Equal([Opening, Change], node.Log);
        Assert.Equal(2ul, node.Commit);
        var reply = node.TakeSent(MessageType.AppendReply)[^1].Message;
        Assert.Equal(2ul, reply.Position.Index.Value);
        Assert.Equal(MessageFlags.Full, reply.Flags);
    }

    [Fact]
    public void Of_commands_alone_it_takes_nothing_and_says_at_once_what_it_has()
    {
        var node = Make.Follower();
        node.Receive(Make.Append(from: 2, term: 1, count: 2), Opening, Command);
        node.Fill();
        node.Sent.Clear();

        node.Receive(Make.Append(from: 2, term: 1, Make.At(1, 2), count: 2, commit: 4), Command, Command);

        Assert.Equal(2, node.Log.Count);
        Assert.Equal(2ul, node.Commit);
        var reply = Assert.Single(node.TakeSent(MessageType.AppendReply)).Message;
        Assert.Equal(2ul, reply.Position.Index.Value);
        Assert.Equal(MessageFlags.Full, reply.Flags);
    }

    [Fact]
    public void Commands_that_it_holds_already_are_acknowledged_as_ever()
    {
        var node = Make.Follower();
        node.Receive(Make.Append(from: 2, term: 1, count: 3), Opening, Command, Command);
        node.Fill();
        node.Sent.Clear();

        node.Receive(Make.Append(from: 2, term: 1, count: 3, commit: 3), Opening, Command, Command);

        Assert.Equal(3ul, node.Commit);
        Assert.Equal(3ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
    }

    [Fact]
    public void What_waited_for_the_disk_when_the_space_ran_out_is_acknowledged_once_it_is_written()
    {
        var node = Make.Follower();
        node.HoldsDisk = true;
        node.Receive(Make.Append(from: 2, term: 1, count: 2), Opening, Command);
        node.Fill();
        node.FlushDisk();

        var reply = node.TakeSent(MessageType.AppendReply)[^1].Message;
        Assert.Equal(2ul, reply.Position.Index.Value);
        Assert.Equal(MessageFlags.Full, reply.Flags);
    }

    [Fact]
    public void A_conflict_behind_a_command_that_it_cannot_take_is_not_cut_before_its_time()
    {
        var node = Make.Follower(term: 2, log: [1, 1]);
        node.Fill();

        node.Receive(Make.Append(from: 2, term: 3, count: 2), new TestEntry(3, "x"), new TestEntry(3, "y"));
        Assert.Equal([1ul, 1], node.Terms);
        Assert.Equal(0ul, node.TakeSent(MessageType.AppendReply)[^1].Message.Position.Index.Value);

        node.Receive(Make.Append(from: 2, term: 3, count: 1), new TestEntry(3, string.Empty));
        Assert.Equal([3ul], node.Terms);
    }

    [Fact]
    public void It_votes_as_usual()
    {
        var node = Make.Follower(term: 1, log: [1]);
        node.Fill();

        node.Receive(Make.Vote(from: 2, term: 5, Make.At(1, 1)));

        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
    }

    [Fact]
    public void It_tells_the_leader_at_once_and_in_each_answer_to_a_heartbeat_until_it_has_space()
    {
        var node = Make.Follower();
        node.Receive(Make.Append(from: 2, term: 1, count: 1), Opening);
        node.Sent.Clear();
        node.Fill();
        Assert.Equal([MessageFlags.Full], FlagsOf(node, MessageType.AppendReply));
        node.Receive(Make.Heartbeat(from: 2, term: 1, round: 1));
        Assert.Equal([MessageFlags.Full], FlagsOf(node, MessageType.HeartbeatReply));

        node.Fill(false);
        Assert.Equal([MessageFlags.None], FlagsOf(node, MessageType.AppendReply));
        node.Receive(Make.Heartbeat(from: 2, term: 1, round: 2));
        Assert.Equal([MessageFlags.None], FlagsOf(node, MessageType.HeartbeatReply));
    }

    [Fact]
    public void It_lets_an_election_timeout_pass_and_campaigns_at_the_next_if_nobody_leads()
    {
        var node = Make.Follower();
        node.Fill();
        node.PassDeadline();
        Assert.Equal(Role.Follower, node.Role);
        Assert.Empty(node.TakeSent(MessageType.PreVote));
        Assert.True(node.Core.NextDeadline - node.Now >= 2 * new ConsensusOptions().ElectionTimeout);

        node.PassDeadline();
        Assert.Equal(Role.PreCandidate, node.Role);
    }

    [Fact]
    public void A_lone_voter_leads_at_once_however_full_it_is()
    {
        var node = Make.Follower(size: 1);
        node.Fill();
        node.PassDeadline();

        Assert.Equal(Role.Leader, node.Role);
        Assert.Equal([1ul], node.Terms);
    }

    private static IEnumerable<MessageFlags> FlagsOf(TestNode node, MessageType type) =>
        node.TakeSent(type).Select(sent => sent.Message.Flags);
}
