namespace Ikada.Consensus.Tests.Beyond;

/// <summary>Ordering duty 2: an entry counts on a node only once it is on that node's disk.</summary>
public sealed class DurableBeforeCounted
{
    [Fact]
    public void A_follower_acknowledges_only_after_the_flush()
    {
        var node = Make.Follower(term: 1);
        node.HoldsDisk = true;

        node.Receive(Make.Append(from: 2, term: 1, default, 2), TestEntry.OfTerms(1, 1, 1));
        Assert.Empty(node.TakeSent(MessageType.AppendReply));
        node.FlushDisk();

        var reply = Assert.Single(node.TakeSent(MessageType.AppendReply)).Message;
        Assert.Equal(2ul, reply.Position.Index.Value);
    }

    [Fact]
    public void A_repeated_append_is_acknowledged_only_as_far_as_it_is_durable()
    {
        var node = Make.Follower(term: 1);
        var entries = TestEntry.OfTerms(1, 1, 1, 1);
        node.Receive(Make.Append(from: 2, term: 1, default, 1), entries[..1]);
        node.HoldsDisk = true;
        node.Receive(Make.Append(from: 2, term: 1, Make.At(1, 1), 2), entries[1..]);
        node.Sent.Clear();

        node.Receive(Make.Append(from: 2, term: 1, default, 3), entries);

        Assert.Equal(1ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
    }

    [Fact]
    public void What_may_be_left_from_another_leader_is_never_acknowledged()
    {
        var node = Make.Follower(size: 3, term: 2, 1, 1, 1);

        // Durable to 3, but known to match the leader only to 1.
        node.Receive(Make.Append(from: 2, term: 2, Make.At(1, 1)));

        Assert.Equal(1ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
    }

    [Fact]
    public void What_one_leader_verified_says_nothing_to_the_next()
    {
        var node = Make.Follower(term: 1);
        node.Receive(Make.Append(from: 2, term: 1, default, 3), TestEntry.OfTerms(1, 1, 1, 1));
        node.Sent.Clear();

        node.Receive(Make.Append(from: 3, term: 2, Make.At(1, 1)));

        Assert.Equal(1ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
    }

    [Fact]
    [Covers("Leader", "SingleNodeCommit")]
    public void A_leader_counts_itself_only_after_its_own_flush()
    {
        var leader = new TestNode(new NodeSetup { Membership = NodeSetup.VotersOf(1) });
        leader.PassDeadline();
        Assert.Equal(1ul, leader.Commit);

        leader.HoldsDisk = true;
        leader.Propose("a");
        Assert.Equal(1ul, leader.Commit);
        leader.FlushDisk();

        Assert.Equal(2ul, leader.Commit);
    }

    [Fact]
    public void A_leader_with_a_slow_disk_commits_through_the_others()
    {
        var leader = Make.LeaderInTouch(size: 3);
        leader.HoldsDisk = true;
        leader.Propose("a");

        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        Assert.Equal(1ul, leader.Commit);
        leader.Receive(Make.Ack(from: 3, term: 1, match: 2));

        Assert.Equal(2ul, leader.Commit);
        Assert.Equal(1ul, leader.Core.Durable.Value);
    }

    [Fact]
    [Covers("story: async_storage_writes_append_aba_race")]
    public void The_completion_of_a_dropped_entry_does_not_make_an_equal_new_one_durable()
    {
        var node = Make.Follower(term: 1);
        node.HoldsDisk = true;
        TestEntry[] entries = [new(1, "first"), new(1, "second")];
        node.Receive(Make.Append(from: 2, term: 1, default, 2), entries);
        var generation = GenerationOfAppend(node);
        // Another leader overwrites entry 2, a third one brings it back: same index and term as before.
        node.Receive(Make.Append(from: 3, term: 2, Make.At(1, 1), 1), new TestEntry(2, "other"));
        node.Receive(Make.Append(from: 2, term: 3, Make.At(1, 1), 1), entries[1]);
        Assert.Equal([1ul, 1ul], node.Terms);

        node.Step(Input.LogFlushed(node.Now, Make.At(1, 2), generation));

        Assert.Equal(0ul, node.Core.Durable.Value);
        node.FlushDisk();
        Assert.Equal(2ul, node.Core.Durable.Value);
        Assert.Equal(entries, node.Disk.Log);
    }

    [Fact]
    public void The_completion_of_a_dropped_entry_does_not_make_another_at_its_index_durable()
    {
        var node = Make.Follower(term: 1);
        node.HoldsDisk = true;
        node.Receive(Make.Append(from: 2, term: 1, default, 2), TestEntry.OfTerms(1, 1, 1));
        var generation = GenerationOfAppend(node);
        node.Receive(Make.Append(from: 3, term: 2, Make.At(1, 1), 1), new TestEntry(2, "other"));

        node.Step(Input.LogFlushed(node.Now, Make.At(1, 2), generation));

        Assert.Equal(0ul, node.Core.Durable.Value);
    }

    [Fact]
    public void Cutting_durable_entries_lowers_what_is_durable()
    {
        var node = Make.Follower(size: 3, term: 1, 1, 1, 1);
        Assert.Equal(3ul, node.Core.Durable.Value);
        node.HoldsDisk = true;

        node.Receive(Make.Append(from: 2, term: 2, Make.At(1, 1), 1), new TestEntry(2, "other"));

        Assert.Equal(1ul, node.Core.Durable.Value);
    }

    [Fact]
    public void A_cut_reaches_the_disk_before_what_follows_it()
    {
        var node = Make.Follower(size: 3, term: 1, 1, 1, 1);

        node.Receive(Make.Append(from: 2, term: 2, Make.At(1, 1), 1), new TestEntry(2, "other"));

        EffectKind[] disk =
        [
            .. node.LastEffects.Select(each => each.Kind)
                .Where(kind => kind is EffectKind.TruncateLog or EffectKind.AppendToLog),
        ];
        Assert.Equal([EffectKind.TruncateLog, EffectKind.AppendToLog], disk);
        Assert.Equal([1ul, 2ul], node.Disk.Log.Select(entry => entry.Term));
    }

    [Fact]
    public void A_flush_after_the_leader_was_lost_is_acknowledged_to_nobody()
    {
        var node = Make.Follower(term: 1);
        node.HoldsDisk = true;
        node.Receive(Make.Append(from: 2, term: 1, default, 1), TestEntry.OfTerms(1, 1));
        node.Receive(Make.Vote(from: 3, term: 9, Make.At(9, 9)));
        node.Closed(2);
        node.PassDeadline();
        node.Sent.Clear();

        node.FlushDisk();

        Assert.Empty(node.TakeSent(MessageType.AppendReply));
        Assert.Equal(1ul, node.Core.Durable.Value);
    }

    private static ulong GenerationOfAppend(TestNode node) =>
        Assert.Single(node.LastEffects, each => each.Kind == EffectKind.AppendToLog).Generation;

    [Fact]
    public void A_commit_index_beyond_the_log_at_start_is_damage()
    {
        var setup = new NodeSetup { Term = 1, Commit = 3, Log = TestEntry.OfTerms(1, 1, 1) };

        var failure = Assert.Throws<InvariantException>(() => new TestNode(setup));
        Assert.Contains("commit 3", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_of_a_term_that_the_node_never_saw_is_damage_at_start()
    {
        var setup = new NodeSetup { Term = 1, Log = TestEntry.OfTerms(1, 1, 2) };

        Assert.Throws<InvariantException>(() => new TestNode(setup));
    }
}
