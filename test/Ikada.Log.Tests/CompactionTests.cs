using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>What a snapshot covers is forgotten, at once in memory and durably with the next batch.</summary>
public sealed class CompactionTests
{
    private static readonly Membership NewMembers = new(
        [new Member(new NodeId(2), null, default), new Member(new NodeId(3), null, default)],
        [new NodeId(2), new NodeId(3)]);

    [Fact]
    public void A_compaction_is_seen_at_once_saved_with_the_next_batch_and_found_again()
    {
        var log = LogFixture.Filled(10, out var disk);
        log.Log7.Compact(At(4), NewMembers);
        CheckFrom4(log);
        Assert.Empty(log.BasesSaved);
        Assert.Equal(0UL, LogFixture.Open(disk.DurableSnapshot(), seed: 2).Log7.Base.Index.Value);
        log.Pump();
        Assert.Equal([(LogFixture.Group, At(4))], log.BasesSaved);
        var again = LogFixture.Open(disk.DurableSnapshot(), seed: 2);
        CheckFrom4(again);
        Assert.Equal(4UL, again.Log7.RecoveredHardState.Commit.Value);
    }

    [Fact]
    public void At_or_below_the_base_a_compaction_does_nothing_and_of_an_entry_not_held_it_is_refused()
    {
        var log = LogFixture.Filled(10, out var disk);
        log.Log7.Compact(At(4), NewMembers);
        log.Pump();
        var operations = disk.Faults.Operations;
        log.Log7.Compact(At(4), LogFixture.Members);
        log.Log7.Compact(At(2), LogFixture.Members);
        log.Log7.Reset(At(4), LogFixture.Members);
        log.Pump();
        Assert.Equal(operations, disk.Faults.Operations);
        Assert.Equal(2UL, log.Log7.BaseMembership.Voters[0].Value);
        Assert.Throws<InvariantException>(() => log.Log7.Compact(At(11), NewMembers));
        Assert.Throws<InvariantException>(
            () => log.Log7.Compact(new LogPosition(new LogIndex(6), new Term(99)), NewMembers));
    }

    [Fact]
    public void Reads_under_way_that_begin_at_or_below_the_new_base_come_back_empty_and_others_whole()
    {
        var log = LogFixture.Filled(10, out _);
        log.Log7.ReadBack(new LogIndex(4), new LogIndex(10), 1 << 20, 1);
        log.Log7.ReadBack(new LogIndex(5), new LogIndex(10), 1 << 20, 2);
        log.Log7.Compact(At(4), NewMembers);
        log.Log7.ReadBack(new LogIndex(3), new LogIndex(10), 1 << 20, 3);
        log.Pump();
        Assert.Equal([0, 6, 0], log.Read.Select(static read => read.Entries.Length));
        log.Log7.ReadBack(new LogIndex(6), new LogIndex(10), 1 << 20, 4);
        log.Log7.Reset(new LogPosition(new LogIndex(30), new Term(9)), NewMembers);
        log.Pump();
        Assert.Empty(log.Read[^1].Entries);
    }

    [Fact]
    public void A_compaction_above_what_is_durable_keeps_what_is_still_on_its_way()
    {
        var log = LogFixture.Filled(3, out var disk);
        log.Append(4, 9);
        log.Append(5, 9);
        log.Log.Flush();
        log.Append(6, 9);
        log.Append(7, 9);
        log.Append(8, 9);
        log.Log7.Compact(new LogPosition(new LogIndex(7), new Term(9)), NewMembers);
        Assert.Equal(7UL, log.Log7.Durable.Index.Value);
        log.Append(9, 9);
        log.Flushed.Clear();
        log.Pump();
        Assert.Equal(
            [(LogFixture.Group, new LogPosition(new LogIndex(9), new Term(9)), 1UL)], log.Flushed);
        Assert.Equal([8, 9], log.ReadAll().Select(static e => (int)e.Index.Value));
        var again = LogFixture.Open(disk.DurableSnapshot(), seed: 2);
        Assert.Equal(log.Describe(withCommit: false).Split("base")[1],
            again.Describe(withCommit: false).Split("base")[1]);
    }

    [Fact]
    public void A_truncation_and_a_compaction_that_wait_together_go_out_in_order()
    {
        var log = LogFixture.Filled(6, out var disk);
        log.Log7.Truncate(new LogIndex(5));
        log.Append(5, 9);
        log.Append(6, 9);
        log.Log7.Compact(new LogPosition(new LogIndex(6), new Term(9)), NewMembers);
        log.Append(7, 9);
        log.Pump();
        var again = LogFixture.Open(disk.DurableSnapshot(), seed: 2);
        Assert.Equal(6UL, again.Log7.Base.Index.Value);
        Assert.Equal(LogFixture.Entry(7, 9).Checksum, Assert.Single(again.ReadAll()).Checksum);
    }

    [Fact]
    public void A_reset_drops_everything_what_waits_and_what_is_under_way_included()
    {
        var log = LogFixture.Filled(6, out var disk);
        log.Append(7, 4, generation: 3);
        log.Log.Flush();
        var complete = log.ExecuteOne();
        log.Append(8, 4, generation: 3);
        log.Log7.Compact(At(2), NewMembers);
        log.Log7.SaveHardState(new Term(12), new NodeId(2));
        log.Flushed.Clear();
        var start = new LogPosition(new LogIndex(30), new Term(9));
        log.Log7.Reset(start, NewMembers);
        Assert.Equal((start, start, start), (log.Log7.Base, log.Log7.Last, log.Log7.Durable));
        Assert.False(log.Log7.TryGet(new LogIndex(8), out _));
        log.Append(31, 12, generation: 4);
        complete();
        Assert.Empty(log.Flushed);
        log.Pump();
        Assert.Equal(
            [(LogFixture.Group, new LogPosition(new LogIndex(31), new Term(12)), 4UL)], log.Flushed);
        Assert.Equal([(LogFixture.Group, start)], log.BasesSaved);
        var again = LogFixture.Open(disk.DurableSnapshot(), seed: 2);
        Assert.Equal(start, again.Log7.Base);
        Assert.Equal(
            new HardState(new Term(12), new NodeId(2), new LogIndex(30)), again.Log7.RecoveredHardState);
        Assert.Equal(LogFixture.Entry(31, 12).Checksum, Assert.Single(again.ReadAll()).Checksum);
        Assert.Equal(NewMembers.Encode(), again.Log7.BaseMembership.Encode());
    }

    [Fact]
    public void A_reset_that_would_drop_committed_entries_is_refused()
    {
        var log = LogFixture.Filled(6, out _);
        log.Log7.NoteCommit(new LogIndex(5));
        Assert.Throws<InvariantException>(
            () => log.Log7.Reset(new LogPosition(new LogIndex(4), new Term(9)), NewMembers));
        log.Log7.Reset(new LogPosition(new LogIndex(5), new Term(9)), NewMembers);
        Assert.Equal(5UL, log.Log7.Last.Index.Value);
    }

    [Fact]
    public void The_opening_code_may_complete_a_cut_install_and_then_visits_what_is_left()
    {
        var log = LogFixture.Filled(6, out var disk);
        log.Log7.Append([LogEntry.Create(
            LogFixture.Group, new LogIndex(7), new Term(8), EntryKind.Membership, 1,
            LogFixture.Members.Encode())], 1);
        log.Pump();
        foreach (var (newBase, left) in new (ulong, ulong[])[] { (4, [5, 6, 7]), (7, []), (20, []) })
        {
            var opened = LogFixture.Open(disk.DurableSnapshot(), seed: 2);
            var term = newBase == 7 ? new Term(8) : new Term(LogFixture.TermOf(newBase));
            var start = new LogPosition(new LogIndex(newBase), term);
            if (newBase > 7)
            {
                opened.Log7.Reset(start, NewMembers);
            }
            else
            {
                opened.Log7.Compact(start, NewMembers);
            }

            var seen = new List<RecoveredEntry>();
            opened.Log7.VisitRecovered(seen.Add);
            Assert.Equal(left, seen.Select(static entry => entry.Index.Value));
            Assert.All(seen, static entry => Assert.Equal(
                entry.Index.Value == 7, !entry.MembershipBody.IsEmpty));
            opened.Pump();
            Assert.Equal(start, Assert.Single(opened.BasesSaved).Position);
            opened.Append(opened.Log7.Last.Index.Value + 1, 40);
            opened.Pump();
            var again = LogFixture.Open(((SimulatedDisk)opened.Disk).DurableSnapshot(), seed: 3);
            Assert.Equal(start, again.Log7.Base);
            Assert.Equal(left.Length + 1, again.ReadAll().Length);
        }
    }

    [Fact]
    public void A_base_in_a_head_is_never_ahead_of_the_stream()
    {
        var log = LogFixture.Filled(1, out var disk);
        log.Append(2, 9, 30_000);
        log.Pump();
        log.Append(3, 9, 30_000);
        log.Append(4, 9, 30_000);
        log.Append(5, 9, 30_000);
        log.Log7.Compact(new LogPosition(new LogIndex(5), new Term(9)), NewMembers);
        log.Append(6, 9, 30_000);
        var position = 0;
        while (log.Log.IsQuiet is false || log.Waiting > 0)
        {
            log.Log.Flush();
            log.PumpOne();
            var found = LogFixture.Open(disk.DurableSnapshot(), seed: (ulong)(position++ + 2));
            Assert.Empty(found.Log.Recovered.Damage);
            Assert.True(found.Log7.Base.Index.Value is 0 or 5, $"{found.Log7.Base}");
            Assert.True(found.Log7.Last.Index.Value >= 2, $"{found.Log7.Last}");
        }

        Assert.Equal(6UL, LogFixture.Open(disk.DurableSnapshot(), seed: 99).Log7.Last.Index.Value);
    }

    [Fact]
    public void What_is_compacted_before_the_tail_is_full_leaves_no_trace_in_memory()
    {
        var log = LogFixture.Filled(1, out _);
        for (ulong index = 2; index <= 20_000; index++)
        {
            log.Append(index, 9, 1);
            if (index % 50 == 0)
            {
                log.Pump();
                log.Log7.Compact(new LogPosition(new LogIndex(index), new Term(9)), NewMembers);
            }
        }

        Assert.Equal(0, log.Log.TailBytes);
        Assert.InRange(log.Log.TailItems, 0, 8192);
    }

    [Fact]
    public void A_compaction_takes_damaged_entries_away_and_a_repair_of_them_changes_nothing()
    {
        var log = LogFixture.Filled(6, out var disk);
        log.Log.Seal();
        log.Pump();
        var name = disk.List().First(static name => name.StartsWith("segment", StringComparison.Ordinal));
        var bytes = new byte[disk.GetLength(name)];
        disk.Read(name, 0, bytes);
        disk.FlipBit(name, bytes.AsSpan().IndexOf(LogFixture.Entry(3, LogFixture.TermOf(3)).Body.Span) + 3,
            2);
        var damaged = LogFixture.Open(disk, seed: 2);
        Assert.Equal(3UL, Assert.Single(damaged.Log7.Damage).First.Value);
        damaged.Log7.Repair([LogFixture.Entry(3, LogFixture.TermOf(3))]);
        damaged.Log.Flush();
        damaged.Log7.Compact(At(4), NewMembers);
        Assert.Empty(damaged.Log7.Damage);
        damaged.Log7.Repair([LogFixture.Entry(3, LogFixture.TermOf(3))]);
        damaged.Pump();
        Assert.Empty(damaged.Repaired);
        var again = LogFixture.Open(disk.DurableSnapshot(), seed: 3);
        Assert.Empty(again.Log7.Damage);
        Assert.Equal([5, 6], again.ReadAll().Select(static e => (int)e.Index.Value));
    }

    private static void CheckFrom4(LogFixture log)
    {
        Assert.Equal(At(4), log.Log7.Base);
        Assert.Equal(NewMembers.Encode(), log.Log7.BaseMembership.Encode());
        Assert.False(log.Log7.TryGet(new LogIndex(4), out _));
        Assert.True(log.Log7.TryGet(new LogIndex(5), out _));
        Assert.False(log.Log7.TryGetTerm(new LogIndex(3), out _));
        Assert.True(log.Log7.TryGetTerm(new LogIndex(4), out var term));
        Assert.Equal(LogFixture.TermOf(4), term.Value);
        Assert.Equal(
            Enumerable.Range(5, 6).Select(i =>
                LogFixture.Entry((ulong)i, LogFixture.TermOf((ulong)i)).Checksum),
            log.ReadAll().Select(static e => e.Checksum));
    }

    private static LogPosition At(ulong index) =>
        new(new LogIndex(index), new Term(LogFixture.TermOf(index)));
}
