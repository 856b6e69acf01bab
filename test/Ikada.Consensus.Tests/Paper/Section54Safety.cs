namespace Ikada.Consensus.Tests.Paper;

/// <summary>§5.4: what keeps the logs safe.</summary>
public sealed class Section54Safety
{
    [Theory]
    [InlineData(new ulong[] { }, 0, 0)]
    [InlineData(new ulong[] { 1 }, 1, 1)]
    [InlineData(new ulong[] { 1, 1, 2 }, 2, 3)]
    [Covers("VoteRequest")]
    public void Section_5_4_1_a_request_for_a_vote_carries_the_position_of_the_last_entry(
        ulong[] log, ulong lastTerm, ulong lastIndex)
    {
        var node = Make.Candidate(size: 3, term: 5, log);

        var sent = node.TakeSent();
        Assert.Equal(2, sent.Count(each => each.Type == MessageType.PreVote));
        Assert.Equal(2, sent.Count(each => each.Type == MessageType.Vote));
        Assert.All(sent, each => Assert.Equal(Make.At(lastTerm, lastIndex), each.Message.Position));
    }

    public static TheoryData<ulong[], ulong, ulong, bool> UpToDateness => new()
    {
        // The candidate's term and index of its last entry.
        { [1], 1, 1, true },
        { [1], 1, 2, true },
        { [1, 1], 1, 1, false },
        { [1], 2, 1, true },
        { [1], 2, 2, true },
        { [1, 1], 2, 1, true },
        { [2], 1, 1, false },
        { [2], 1, 2, false },
        { [1, 2], 1, 1, false },
        { [], 0, 0, true },
        { [1], 0, 0, false },
    };

    [Theory]
    [MemberData(nameof(UpToDateness))]
    [Covers("Voter", "RecvMsgVote")]
    public void Section_5_4_1_a_voter_denies_a_candidate_with_an_older_log(
        ulong[] log, ulong lastTerm, ulong lastIndex, bool granted)
    {
        var node = Make.Follower(size: 3, term: 2, log);

        node.Receive(Make.Vote(from: 2, term: 3, Make.At(lastTerm, lastIndex)));

        Assert.Equal(!granted, Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
        Assert.Equal(granted ? Make.Id(2) : NodeId.None, node.Disk.HardState.Vote);
    }

    [Theory]
    [MemberData(nameof(UpToDateness))]
    [Covers("RecvMsgPreVote")]
    public void Section_5_4_1_a_pre_vote_is_answered_as_the_vote_would_be(
        ulong[] log, ulong lastTerm, ulong lastIndex, bool granted)
    {
        var node = Make.Follower(size: 3, term: 2, log);

        node.Receive(Make.PreVote(from: 2, term: 3, Make.At(lastTerm, lastIndex)));

        Assert.Equal(!granted, Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message.Reject);
        Assert.Equal(2ul, node.Term);
        Assert.Equal(0, node.Disk.Queued);
    }

    [Fact]
    public void Section_5_4_1_what_is_appended_but_not_durable_counts_for_the_voters_log()
    {
        var node = Make.Follower(term: 1);
        node.Receive(Make.Heartbeat(from: 3, term: 1));
        node.HoldsDisk = true;
        node.Receive(Make.Append(from: 3, term: 1, default, 1), new TestEntry(1, "a"));
        node.Closed(3);

        node.Receive(Make.PreVote(from: 2, term: 2));

        Assert.True(Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message.Reject);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    [Covers("LeaderOnlyCommitsLogFromCurrentTerm")]
    public void Section_5_4_2_a_leader_counts_only_entries_of_its_own_term(ulong acknowledged, ulong commit)
    {
        var leader = Make.Leader(size: 3, term: 3, 1, 2);
        leader.Propose("some data");

        leader.Receive(Make.Ack(from: 2, term: 3, acknowledged));

        Assert.Equal(commit, leader.Commit);
    }
}
