using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

public sealed class RoundTripTests
{
    [Fact]
    public void What_was_flushed_is_found_again_with_hard_state_and_membership()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Log7.SaveHardState(new Term(3), new NodeId(2));
        log.Append(1, 2);
        log.Append(2, 3);
        log.Log7.NoteCommit(new LogIndex(1));
        log.Pump();
        Assert.Equal([(LogFixture.Group, new LogPosition(new LogIndex(2), new Term(3)), 1UL)], log.Flushed);
        Assert.Equal(
            new HardState(new Term(3), new NodeId(2), new LogIndex(1)), Assert.Single(log.Saved).State);

        var again = LogFixture.Open(disk, seed: 2);
        Assert.Equal(
            new HardState(new Term(3), new NodeId(2), new LogIndex(1)), again.Log7.RecoveredHardState);
        Assert.Equal(LogFixture.Members.Encode(), again.Log7.BaseMembership.Encode());
        Assert.Equal([LogFixture.Entry(1, 2).Checksum, LogFixture.Entry(2, 3).Checksum],
            again.ReadAll().Select(static e => e.Checksum));
        var seen = new List<RecoveredEntry>();
        again.Log7.VisitRecovered(seen.Add);
        Assert.Equal([(1UL, 2UL, 40), (2UL, 3UL, 40)],
            seen.Select(static e => (e.Index.Value, e.Term.Value, e.SizeBytes)));
    }

    [Fact]
    public void Everything_queued_goes_out_in_one_write_and_one_sync()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Pump();
        var writes = disk.Faults.CountOf(DiskOperationKind.Write);
        var syncs = disk.Faults.CountOf(DiskOperationKind.Sync);
        for (ulong i = 1; i <= 64; i++)
        {
            log.Append(i, 1, 64);
        }

        log.Log7.SaveHardState(new Term(1), NodeId.None);
        log.Pump();
        Assert.Equal(writes + 1, disk.Faults.CountOf(DiskOperationKind.Write));
        Assert.Equal(syncs + 1, disk.Faults.CountOf(DiskOperationKind.Sync));
        Assert.Equal(64UL, Assert.Single(log.Flushed).Last.Index.Value);
    }

    [Fact]
    public void What_comes_while_a_batch_is_under_way_goes_out_together_when_it_completes()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Pump();
        log.Append(1, 1);
        log.Log.Flush();
        for (ulong i = 2; i <= 9; i++)
        {
            log.Append(i, 1);
            log.Log.Flush();
        }

        Assert.Equal(1, log.Waiting);
        Assert.True(log.PumpOne());
        Assert.Equal(1UL, Assert.Single(log.Flushed).Last.Index.Value);
        Assert.True(log.PumpOne());
        Assert.Equal(9UL, log.Flushed[^1].Last.Index.Value);
        Assert.Equal(0, log.Waiting);
    }

    [Fact]
    public void A_noted_commit_causes_no_write_and_rides_in_the_next_batch_up_to_what_that_makes_durable()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Append(1, 1);
        log.Pump();
        var operations = disk.Faults.Operations;
        log.Log7.NoteCommit(new LogIndex(5));
        log.Pump();
        Assert.Equal(operations, disk.Faults.Operations);
        log.Append(2, 1);
        log.Pump();
        Assert.Equal(2UL, LogFixture.Open(disk.DurableSnapshot()).Log7.RecoveredHardState.Commit.Value);
        log.Append(3, 1);
        log.Append(4, 1);
        log.Append(5, 1);
        log.Append(6, 1);
        log.Pump();
        Assert.Equal(5UL, LogFixture.Open(disk.DurableSnapshot()).Log7.RecoveredHardState.Commit.Value);
    }

    [Fact]
    public void A_batch_holds_many_groups_and_each_is_found_again()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        var groups = Enumerable.Range(100, 50)
            .Select(id => log.Log.OpenGroup(new GroupId((ulong)id), LogFixture.Members)).ToArray();
        foreach (var group in groups)
        {
            group.SaveHardState(new Term(group.Group.Value), new NodeId(2));
            group.Append([LogFixture.Entry(1, 4, 30, group.Group)], 8);
        }

        log.Pump();
        Assert.Equal(50, log.Flushed.Count);
        var again = LogFixture.Open(disk.DurableSnapshot());
        foreach (var group in groups)
        {
            var found = again.Log.OpenGroup(group.Group, Membership.Empty);
            Assert.Equal(new LogPosition(new LogIndex(1), new Term(4)), found.Last);
            Assert.Equal(group.Group.Value, found.RecoveredHardState.Term.Value);
            Assert.Equal(2, found.BaseMembership.Members.Length);
        }
    }

    [Fact]
    public void Segments_follow_each_other_and_everything_is_read_back_from_all_of_them()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Log7.SaveHardState(new Term(1), new NodeId(2));
        for (ulong i = 1; i <= 300; i++)
        {
            log.Append(i, 1, 900);
            log.Pump();
        }

        Assert.True(disk.List().Count > 5, $"{disk.List().Count} segments");
        var again = LogFixture.Open(disk.DurableSnapshot());
        Assert.Equal(300, again.ReadAll().Length);
        Assert.Equal(new NodeId(2), again.Log7.RecoveredHardState.Vote);
        Assert.True(again.Log.TailBytes <= LogFixture.SmallOptions.TailBytesMax);
        Assert.True(again.Log7.TryGet(new LogIndex(300), out _));
        Assert.False(again.Log7.TryGet(new LogIndex(1), out _));
    }

    [Fact]
    public void The_tail_is_bounded_but_never_drops_what_is_not_durable()
    {
        var log = LogFixture.Open(new SimulatedDisk());
        for (ulong i = 1; i <= 100; i++)
        {
            log.Append(i, 1, 200);
        }

        Assert.True(log.Log7.TryGet(new LogIndex(1), out _));
        log.Pump();
        Assert.False(log.Log7.TryGet(new LogIndex(1), out _));
        Assert.True(log.Log.TailBytes <= LogFixture.SmallOptions.TailBytesMax);
    }

    [Fact]
    public void Of_small_entries_the_tail_keeps_only_so_many_but_never_drops_what_is_not_durable()
    {
        var few = LogFixture.SmallOptions with { TailBytesMax = 1 << 20, TailEntriesMax = 10 };
        var log = LogFixture.Open(new SimulatedDisk(), few);
        for (ulong i = 1; i <= 100; i++)
        {
            log.Append(i, 1, 20);
        }

        Assert.True(log.Log7.TryGet(new LogIndex(1), out _));
        log.Pump();
        Assert.False(log.Log7.TryGet(new LogIndex(90), out _));
        Assert.True(log.Log7.TryGet(new LogIndex(91), out _));
        Assert.Equal(10, log.Log.TailItems);
    }

    [Fact]
    public void A_read_back_is_bounded_in_bytes_and_gives_at_least_one()
    {
        var log = LogFixture.Open(new SimulatedDisk());
        for (ulong i = 1; i <= 20; i++)
        {
            log.Append(i, 1, 500);
        }

        log.Pump();
        log.Log7.ReadBack(new LogIndex(2), new LogIndex(20), 1, 1);
        log.Log7.ReadBack(new LogIndex(2), new LogIndex(20), 532 * 3, 2);
        log.Log7.ReadBack(new LogIndex(2), new LogIndex(4), 1 << 20, 3);
        log.Pump();
        Assert.Equal([1, 3, 3], log.Read.Select(static read => read.Entries.Length));
        Assert.All(log.Read, static read => Assert.Equal(2UL, read.Entries[0].Index.Value));
    }

    [Fact]
    public void A_read_back_whose_entries_were_truncated_meanwhile_gives_none()
    {
        var log = LogFixture.Open(new SimulatedDisk());
        for (ulong i = 1; i <= 5; i++)
        {
            log.Append(i, 1);
        }

        log.Pump();
        log.Log7.ReadBack(new LogIndex(1), new LogIndex(5), 1 << 20, 1);
        log.Log7.Truncate(new LogIndex(4));
        log.Append(4, 2);
        log.Pump();
        Assert.Empty(Assert.Single(log.Read).Entries);
    }

    [Fact]
    public void A_seal_is_written_once_when_idle()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Append(1, 1);
        log.Log.Seal();
        log.Pump();
        Assert.True(log.Log.IsQuiet);
        var operations = disk.Faults.Operations;
        log.Log.Seal();
        log.Pump();
        Assert.Equal(operations, disk.Faults.Operations);
        Assert.Single(LogFixture.Open(disk.DurableSnapshot()).ReadAll());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(343)]
    [InlineData(344)]
    [InlineData(345)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(16000)]
    [InlineData(16384)]
    [InlineData(20000)]
    [InlineData(32767)]
    [InlineData(32768)]
    public void Bodies_of_every_awkward_size_come_back(int size)
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        for (ulong i = 1; i <= 12; i += 2)
        {
            log.Append(i, 1, size);
            log.Append(i + 1, 1, Math.Min(32768, size + (int)i));
            log.Log7.SaveHardState(new Term(i), NodeId.None);
            log.Pump();
        }

        Assert.Null(log.Failure);
        var again = LogFixture.Open(disk.DurableSnapshot());
        Assert.Equal(12, again.ReadAll().Length);
        Assert.Equal(11UL, again.Log7.RecoveredHardState.Term.Value);
    }

    [Fact]
    public void Asking_for_a_seal_while_one_is_written_writes_no_second()
    {
        var log = LogFixture.Open(new SimulatedDisk());
        log.Append(1, 1);
        log.Pump();

        log.Log.Seal();
        log.Log.Seal();
        var rounds = 0;
        while (!log.Log.IsQuiet)
        {
            Assert.True(++rounds < 10, "every completion of a seal brings another one");
            Assert.True(log.PumpOne());
            log.Log.Seal();
        }
    }

    [Fact]
    public void Every_remaining_room_at_the_end_of_a_segment_is_handled()
    {
        for (var first = 29_000; first < 32_000; first += 37)
        {
            var disk = new SimulatedDisk();
            var log = LogFixture.Open(disk);
            log.Append(1, 1, first);
            log.Pump();
            log.Append(2, 1, 30_000);
            log.Append(3, 1, 400);
            log.Log7.SaveHardState(new Term(4), new NodeId(2));
            log.Append(4, 4, 700);
            log.Pump();
            Assert.Null(log.Failure);
            Assert.Equal(4, LogFixture.Open(disk.DurableSnapshot()).ReadAll().Length);
        }
    }

    [Fact]
    public void An_entry_too_large_for_a_segment_is_refused_with_the_remedy()
    {
        var log = LogFixture.Open(new SimulatedDisk());
        var error = Assert.Throws<ArgumentException>(() => log.Append(1, 1, 40_000));
        Assert.Contains("raise SegmentBytes", error.Message, StringComparison.Ordinal);
        Assert.Equal(0UL, log.Log7.Last.Index.Value);
    }
}
