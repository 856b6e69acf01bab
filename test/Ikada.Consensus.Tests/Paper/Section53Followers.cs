namespace Ikada.Consensus.Tests.Paper;

/// <summary>§5.3: log replication, at a follower.</summary>
public sealed class Section53Followers
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [Covers("FollowerCommitEntry")]
    public void Section_5_3_a_follower_commits_in_order_up_to_what_the_leader_says(int count, ulong commit)
    {
        var node = Make.Follower(term: 1);
        var entries = TestEntry.OfTerms(1, [.. Enumerable.Repeat(1ul, count)]);

        node.Receive(Make.Append(from: 2, term: 1, default, count, commit), entries);

        Assert.Equal(commit, node.Commit);
        var told = Assert.Single(node.LastEffects, effect => effect.Kind == EffectKind.Commit);
        Assert.Equal(commit, told.Last.Value);
        Assert.Equal(1ul, told.LastTerm.Value);
    }

    [Fact]
    [Covers("HandleMsgApp")]
    public void Section_5_3_a_follower_commits_no_further_than_it_is_known_to_match()
    {
        var node = Make.Follower(size: 3, term: 2, 1, 1, 1);

        // Entries 2 and 3 may be of another leader: the message vouches for entry 1 alone.
        node.Receive(Make.Append(from: 2, term: 2, Make.At(1, 1), commit: 3));

        Assert.Equal(1ul, node.Commit);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public void Section_5_3_a_follower_accepts_where_its_log_holds_the_entry_before(ulong term, ulong index)
    {
        var node = Make.Follower(size: 3, term: 2, 1, 2);

        node.Receive(Make.Append(from: 2, term: 2, Make.At(term, index)));

        var reply = Assert.Single(node.TakeSent(MessageType.AppendReply)).Message;
        Assert.False(reply.Reject);
        Assert.Equal(index, reply.Position.Index.Value);
    }

    [Theory]
    // Another term at that index; the hint is the last place with a term not above.
    [InlineData(1, 2, 1, 1)]
    // Beyond the end of the log.
    [InlineData(3, 3, 2, 2)]
    [InlineData(2, 9, 2, 2)]
    // A term that this log never had.
    [InlineData(0, 1, 0, 0)]
    [Covers("FollowerCheckMsgApp", "HandleMsgApp")]
    public void Section_5_3_a_follower_refuses_where_it_lacks_the_entry_before_and_hints_where_logs_may_agree(
        ulong term, ulong index, ulong hintTerm, ulong hintIndex)
    {
        var node = Make.Follower(size: 3, term: 4, 1, 2);

        node.Receive(Make.Append(from: 2, term: 4, Make.At(term, index), commit: 2));

        var reply = Assert.Single(node.TakeSent(MessageType.AppendReply)).Message;
        Assert.True(reply.Reject);
        Assert.Equal(index, reply.End.Value);
        Assert.Equal(Make.At(hintTerm, hintIndex), reply.Position);
        Assert.Equal(0ul, node.Commit);
        Assert.Equal([1ul, 2ul], node.Terms);
    }

    [Theory]
    [InlineData(2, 2, new ulong[] { 3 }, new ulong[] { 1, 2, 3 }, 2)]
    [InlineData(1, 1, new ulong[] { 3, 4 }, new ulong[] { 1, 3, 4 }, 1)]
    [InlineData(0, 0, new ulong[] { 1 }, new ulong[] { 1, 2 }, null)]
    [InlineData(0, 0, new ulong[] { 3 }, new ulong[] { 3 }, 0)]
    [InlineData(0, 0, new ulong[] { 1, 2, 2 }, new ulong[] { 1, 2, 2 }, 2)]
    [Covers("FollowerAppendEntries", "HandleMsgApp")]
    public void Section_5_3_a_follower_cuts_what_conflicts_keeps_what_matches_and_persists(
        ulong term, ulong index, ulong[] sent, ulong[] log, int? keptOnDisk)
    {
        var node = Make.Follower(size: 3, term: 4, 1, 2);
        node.HoldsDisk = true;
        var entries = TestEntry.OfTerms((int)index + 1, sent);

        node.Receive(Make.Append(from: 2, term: 4, Make.At(term, index), entries.Length), entries);

        Assert.Equal(log, node.Terms);
        var appended = node.LastEffects.Where(effect => effect.Kind == EffectKind.AppendToLog).ToArray();
        Assert.Equal(keptOnDisk.HasValue, appended.Length == 1);
        if (keptOnDisk is { } kept)
        {
            Assert.Equal((ulong)kept + 1, appended[0].First.Value);
        }

        node.FlushDisk();
        Assert.Equal(node.Log, node.Disk.Log);
        var acknowledged = node.TakeSent(MessageType.AppendReply)[^1].Message;
        Assert.Equal(index + (ulong)sent.Length, acknowledged.Position.Index.Value);
    }

    [Fact]
    public void Section_5_3_a_late_append_does_not_cut_what_came_after_it()
    {
        var node = Make.Follower(term: 1);
        var entries = TestEntry.OfTerms(1, 1, 1, 1);
        node.Receive(Make.Append(from: 2, term: 1, default, 3), entries);

        node.Receive(Make.Append(from: 2, term: 1, default, 1), entries[..1]);

        Assert.Equal([1ul, 1ul, 1ul], node.Terms);
        Assert.Equal(3ul, node.TakeSent(MessageType.AppendReply)[^1].Message.Position.Index.Value);
    }

    [Fact]
    [Covers("ccf: rollback_safety")]
    public void Section_5_3_a_follower_cuts_nothing_that_is_committed()
    {
        var node = Make.Follower(size: 3, term: 2, 1, 1);
        node.Receive(Make.Append(from: 2, term: 2, Make.At(1, 2), commit: 2));
        Assert.Equal(2ul, node.Commit);

        Assert.Throws<InvariantException>(
            () => node.Receive(Make.Append(from: 2, term: 2, Make.At(1, 1), 1), new TestEntry(2, "other")));
    }
}
