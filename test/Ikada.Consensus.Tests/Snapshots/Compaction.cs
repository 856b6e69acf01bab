namespace Ikada.Consensus.Tests.Snapshots;

/// <summary>The host compacts the log: what consensus keeps of it shrinks with it (§7).</summary>
public sealed class Compaction
{
    [Fact]
    public void The_terms_after_the_base_stay_and_those_before_are_gone()
    {
        var node = Committed(1, 1, 2, 2, 2, 3);

        node.Compact(4);

        ulong[] left = [4, 5, 6];
        Assert.Equal([2ul, 2ul, 3ul], left.Select(i => node.Core.TermAt(new LogIndex(i)).Value));
        Assert.Throws<InvariantException>(() => node.Core.TermAt(new LogIndex(3)));
        Assert.False(node.Core.Holds(Make.At(2, 3)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void One_that_ends_at_or_before_the_base_changes_nothing(ulong index)
    {
        var node = Committed(1, 1, 1, 1);
        node.Compact(3);

        node.Step(Input.LogCompacted(node.Now, Make.At(index == 0 ? 0ul : 1, index), NodeSetup.VotersOf(3)));

        Assert.Equal(3ul, node.Core.State.Log.Base.Index.Value);
    }

    [Fact]
    public void The_membership_in_force_stays_in_force_and_is_the_one_of_the_base()
    {
        var entries = TestEntry.OfTerms(1, 1, 1, 1, 1, 1);
        entries[1] = TestEntry.Of(1, NodeSetup.VotersOf(4));
        entries[3] = TestEntry.Of(1, NodeSetup.VotersOf(5));
        var node = new TestNode(new NodeSetup { Term = 1, Commit = 5, Log = entries });

        node.Compact(3);
        Assert.Equal(5, node.Core.Membership.Voters.Length);
        node.Receive(Make.Heartbeat(from: 2, term: 1));
        node.Compact(5);

        Assert.Equal(5, node.Core.Membership.Voters.Length);
        node.Restart(seed: 4);
        Assert.Equal(5, node.Core.Membership.Voters.Length);
    }

    [Fact]
    public void A_membership_that_was_not_in_force_at_the_base_stops_the_node()
    {
        var node = Committed(1, 1, 1);

        Assert.Throws<InvariantException>(
            () => node.Step(Input.LogCompacted(node.Now, Make.At(1, 2), NodeSetup.VotersOf(5))));
    }

    [Fact]
    public void Nothing_that_is_not_committed_is_compacted()
    {
        var node = Make.Follower(size: 3, term: 1, 1, 1, 1);

        Assert.Throws<InvariantException>(() => node.Compact(2));
    }

    [Fact]
    public void Nothing_that_is_not_durable_here_is_compacted()
    {
        var leader = Make.LeaderInTouch(size: 3);
        leader.HoldsDisk = true;
        leader.Propose("a");
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        leader.Receive(Make.Ack(from: 3, term: 1, match: 2));
        Assert.Equal(2ul, leader.Commit);

        Assert.Throws<InvariantException>(() => leader.Compact(2));
    }

    [Fact]
    public void Bytes_and_batches_are_the_same_after_as_before()
    {
        var view = new LogView(default, NodeSetup.VotersOf(3));
        for (var i = 1; i <= 100; i++)
        {
            view.Append(new EntryHeader(default, EntryKind.Command, i), new Term(1));
        }

        var bytes = view.BytesBetween(new LogIndex(60), new LogIndex(80));
        var end = view.EndOfBatch(new LogIndex(61), 1000);
        view.CompactTo(Make.At(1, 50), NodeSetup.VotersOf(3));

        Assert.Equal(bytes, view.BytesBetween(new LogIndex(60), new LogIndex(80)));
        Assert.Equal(end, view.EndOfBatch(new LogIndex(61), 1000));
        Assert.Equal(
            view.BytesBetween(new LogIndex(50), new LogIndex(80)),
            view.BytesBetween(new LogIndex(10), new LogIndex(80)));
    }

    [Fact]
    public void Random_compactions_truncations_and_appends_leave_what_a_plain_list_has()
    {
        var random = new RandomSource(7);
        var view = new LogView(default, NodeSetup.VotersOf(3));
        List<ulong> terms = [0];
        for (var step = 0; step < 20_000; step++)
        {
            var start = (int)view.Base.Index.Value;
            var count = terms.Count - 1 - start;
            if (count > 0 && random.OneIn(10))
            {
                var at = start + 1 + random.NextBelow(count);
                view.CompactTo(Make.At(terms[at], (ulong)at), NodeSetup.VotersOf(3));
            }
            else if (count > 0 && random.OneIn(5))
            {
                var at = start + 1 + random.NextBelow(count);
                view.TruncateFrom(new LogIndex((ulong)at));
                terms.RemoveRange(at, terms.Count - at);
            }
            else
            {
                terms.Add(terms[^1] + (random.OneIn(3) ? 1ul : 0));
                view.Append(new EntryHeader(default, EntryKind.Command, 1), new Term(terms[^1]));
            }

            start = (int)view.Base.Index.Value;
            var index = start + random.NextBelow(terms.Count - start);
            Assert.Equal(terms[index], view.TermAt(new LogIndex((ulong)index)).Value);
            Assert.Equal(Make.At(terms[^1], (ulong)terms.Count - 1), view.Last);
            Assert.Equal(
                (long)(terms.Count - 1 - index) * (1 + LogEntry.OverheadBytes),
                view.BytesBetween(new LogIndex((ulong)index), view.Last.Index));
        }
    }

    [Fact]
    public void What_is_kept_of_a_compacted_log_shrinks_but_not_below_what_a_steady_log_needs()
    {
        var membership = NodeSetup.VotersOf(3);
        var view = new LogView(default, membership);
        AppendTo(view, 1_000_000);
        Assert.Equal(1 << 20, view.Places);

        view.CompactTo(view.Last, membership);
        AppendTo(view, 10_000);
        view.CompactTo(view.Last, membership);
        Assert.Equal(1 << 14, view.Places);

        RunSteadily(view, membership, rounds: 20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        RunSteadily(view, membership, rounds: 100);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void RunSteadily(LogView view, Membership membership, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            AppendTo(view, 10_000);
            view.CompactTo(view.Last, membership);
        }
    }

    private static void AppendTo(LogView view, int count)
    {
        for (var i = 0; i < count; i++)
        {
            view.Append(new EntryHeader(default, EntryKind.Command, 1), new Term(1));
        }
    }

    private static TestNode Committed(params ulong[] terms)
    {
        var node = Make.Follower(size: 3, term: terms[^1], terms);
        var last = Make.At(terms[^1], (ulong)terms.Length);
        node.Receive(Make.Append(from: 2, term: terms[^1], last, commit: last.Index.Value));
        Assert.Equal(last.Index.Value, node.Commit);
        return node;
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 4)]
    [InlineData(36, 4)]
    [InlineData(37, 3)]
    [InlineData(72, 3)]
    [InlineData(73, 2)]
    [InlineData(1000, 2)]
    public void The_place_behind_which_so_many_bytes_stand(long bytes, ulong expected)
    {
        // Four bytes and 32 each.
        var entries = Enumerable.Range(0, 6).Select(_ => new TestEntry(1, "four")).ToArray();
        var node = new TestNode(new NodeSetup { Term = 1, Log = entries });
        node.Receive(Make.Append(from: 2, term: 1, Make.At(1, 6), commit: 6));
        node.Compact(2);

        Assert.Equal(expected, node.Core.IndexBefore(new LogIndex(5), bytes).Value);
    }
}
