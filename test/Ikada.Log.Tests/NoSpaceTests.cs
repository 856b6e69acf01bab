using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>A disk without space (DESIGN §7, No space; FAULTS.md F36 to F38): what waits, what goes on, and
/// that nothing is lost.</summary>
public sealed class NoSpaceTests
{
    // Room for two segments and a third half made.
    private const long TwoSegments = (2 * (64 << 10)) + (40 << 10);

    [Fact]
    public void Without_space_for_the_next_segment_the_log_says_so_and_leaves_nothing_half_made()
    {
        var disk = new SimulatedDisk { SpaceBytes = TwoSegments };
        var log = LogFixture.Open(disk);
        Fill(log, 1, until: () => log.IsFull);

        Assert.Null(log.Failure);
        Assert.True(log.Log.IsFull);
        Assert.Equal(2, disk.List().Count(name => name.StartsWith("segment-", StringComparison.Ordinal)));
        Assert.Equal(log.Log7.Last, log.Log7.Durable);
    }

    [Fact]
    public void While_full_commands_wait_and_votes_memberships_and_truncations_are_written_and_acknowledged()
    {
        var disk = new SimulatedDisk { SpaceBytes = TwoSegments };
        var log = LogFixture.Open(disk);
        var next = Fill(log, 1, until: () => log.IsFull);
        Fill(log, next, until: () => log.Log7.Last.Index.Value > log.Log7.Durable.Index.Value + 80);

        for (var term = 5ul; term < 10; term++)
        {
            log.Log7.SaveHardState(new Term(term), new NodeId(2));
            log.Pump();
            Assert.Equal(new Term(term), log.Saved[^1].State.Term);
        }

        Assert.True(log.HasWaiting);
        var durable = log.Log7.Durable;
        log.Log7.Truncate(durable.Index);
        log.Log7.Append([Empty(durable.Index.Value, 9)], 2);
        log.Pump();
        Assert.Equal(new LogPosition(durable.Index, new Term(9)), log.Log7.Durable);
        Assert.Null(log.Failure);
        Assert.True(log.IsFull);
        var reopened = LogFixture.Open(disk.DurableSnapshot(), seed: 2).Log7;
        Assert.Equal(log.Log7.Durable, reopened.Last);
        Assert.Equal((9ul, 2ul),
            (reopened.RecoveredHardState.Term.Value, reopened.RecoveredHardState.Vote.Value));
    }

    [Fact]
    public void When_there_is_space_again_what_waited_is_written_in_its_order()
    {
        var disk = new SimulatedDisk { SpaceBytes = TwoSegments };
        var log = LogFixture.Open(disk);
        var next = Fill(log, 1, until: () => log.IsFull);
        next = Fill(log, next, until: () => log.HasWaiting);
        log.Log7.SaveHardState(new Term(5), new NodeId(2));
        log.Pump();
        log.Log.TryRegainSpace();
        log.Pump();
        Assert.True(log.IsFull);
        Assert.True(log.HasWaiting);

        disk.SpaceBytes = long.MaxValue;
        log.Log.TryRegainSpace();
        log.Pump();
        Assert.False(log.IsFull);
        Assert.Equal(log.Log7.Last, log.Log7.Durable);
        Fill(log, next, until: () => log.Log7.Last.Index.Value >= next + 300);
        var all = log.Describe();
        Assert.Equal(all.Split('|').Length - 1, (int)log.Log7.Last.Index.Value);
        var reopened = LogFixture.Open(disk.DurableSnapshot(), seed: 2);
        Assert.Equal(Tail(all), Tail(reopened.Describe()));
        Assert.Equal(5ul, reopened.Log7.RecoveredHardState.Term.Value);
    }

    [Fact]
    public void Once_the_room_kept_for_votes_is_used_up_the_log_stops_and_says_what_to_do()
    {
        var disk = new SimulatedDisk { SpaceBytes = TwoSegments };
        var log = LogFixture.Open(disk);
        var next = Fill(log, 1, until: () => log.IsFull);
        Fill(log, next, until: () => log.HasWaiting);

        var votes = 0ul;
        for (; log.Failure is null && votes < 10_000; votes++)
        {
            log.Log7.SaveHardState(new Term(5 + votes), new NodeId(2));
            log.Pump();
        }

        Assert.InRange(votes, 5ul, 100ul);
        Assert.Contains("no space", log.Failure, StringComparison.Ordinal);
        Assert.Contains("Make space", log.Failure, StringComparison.Ordinal);
        var saved = log.Saved[^1].State;
        var reopened = LogFixture.Open(disk.DurableSnapshot(), seed: 2).Log7;
        Assert.Equal(log.Log7.Durable, reopened.Last);
        Assert.Equal(saved.Term, reopened.RecoveredHardState.Term);
    }

    [Fact]
    public void A_batch_that_there_was_no_space_for_is_written_again_in_its_place()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Append(1, 1);
        log.Pump();
        disk.FailsToOverwrite = true;
        log.Append(2, 1, size: 3000);
        log.Log7.SaveHardState(new Term(4), new NodeId(2));
        log.Pump();
        Assert.True(log.IsFull);
        Assert.Null(log.Failure);
        Assert.Equal(1ul, log.Log7.Durable.Index.Value);
        Assert.Empty(log.Saved);

        // Half of it got through: after a crash now it is a torn write.
        var copy = disk.Copy();
        copy.FailsToOverwrite = false;
        Assert.Equal(1ul, LogFixture.Open(copy, seed: 2).Log7.Last.Index.Value);

        log.Log.TryRegainSpace();
        log.Log.TryRegainSpace();
        Assert.Equal(1, log.Waiting);
        log.Pump();
        Assert.True(log.IsFull);

        disk.FailsToOverwrite = false;
        log.Append(3, 1);
        log.Log.TryRegainSpace();
        log.Pump();
        Assert.False(log.IsFull);
        Assert.Equal(3ul, log.Log7.Durable.Index.Value);
        var reopened = LogFixture.Open(disk.DurableSnapshot(), seed: 2);
        Assert.Equal(3ul, reopened.Log7.Last.Index.Value);
        Assert.Equal(4ul, reopened.Log7.RecoveredHardState.Term.Value);
        Assert.Equal(3, reopened.ReadAll().Length);
    }

    [Fact]
    public void The_first_batch_of_a_segment_is_written_again_with_its_head()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        for (var index = 1ul; index <= 3; index++)
        {
            log.Append(index, 1, size: 20_000);
            log.Pump();
        }

        disk.FailsToOverwrite = true;
        log.Append(4, 1, size: 20_000);
        log.Pump();
        Assert.True(log.IsFull);
        Assert.Equal(3ul, log.Log7.Durable.Index.Value);

        disk.FailsToOverwrite = false;
        log.Log.TryRegainSpace();
        log.Pump();
        Assert.False(log.IsFull);
        Assert.Equal(4ul, log.Log7.Durable.Index.Value);
        Assert.Equal(4, LogFixture.Open(disk.DurableSnapshot(), seed: 2).ReadAll().Length);
    }

    [Theory]
    [InlineData("ENOSPC")]
    [InlineData("EIO")]
    public void A_sync_that_fails_is_never_tried_again_whatever_the_cause(string cause)
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Pump();
        disk.Faults.FailAt(DiskOperationKind.Sync, 0, cause);
        log.Append(1, 1);
        log.Pump();

        // The next sync would succeed, with the data gone (fsyncgate).
        Assert.Contains("fdatasync", log.Failure, StringComparison.Ordinal);
        var syncs = disk.Faults.CountOf(DiskOperationKind.Sync);
        log.Log.TryRegainSpace();
        log.Append(2, 1);
        log.Pump();
        Assert.Equal(syncs, disk.Faults.CountOf(DiskOperationKind.Sync));
        Assert.Empty(log.Flushed);
        Assert.False(log.IsFull);
    }

    [Theory]
    [InlineData(DiskOperationKind.Create, "open")]
    [InlineData(DiskOperationKind.Write, "pwrite")]
    [InlineData(DiskOperationKind.Sync, "fdatasync")]
    [InlineData(DiskOperationKind.SyncDirectory, "fsync")]
    public void An_input_output_error_while_the_next_segment_is_made_stops_the_log(
        DiskOperationKind kind, string call)
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        disk.Faults.FailAt(kind, 0, "EIO");
        log.Pump();
        Assert.Contains(call, log.Failure, StringComparison.Ordinal);
        Assert.Contains("EIO", log.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_opens_without_space_for_a_further_segment_and_says_that_it_is_full()
    {
        var disk = new SimulatedDisk { SpaceBytes = TwoSegments };
        var log = LogFixture.Open(disk);
        Fill(log, 1, until: () => log.IsFull);

        var reopened = LogFixture.Open(disk, seed: 2);
        Assert.Equal(log.Log7.Last, reopened.Log7.Last);
        reopened.Pump();
        Assert.True(reopened.IsFull);
        reopened.Log7.SaveHardState(new Term(8), new NodeId(2));
        reopened.Pump();
        Assert.Single(reopened.Saved);
    }

    [Fact]
    public void A_compaction_lets_a_full_log_go_on_without_any_new_space()
    {
        var disk = new SimulatedDisk { SpaceBytes = (4 * (64 << 10)) + (40 << 10) };
        var log = LogFixture.Open(disk);
        var next = Fill(log, 1, until: () => log.HasWaiting);
        Assert.True(log.IsFull);
        Assert.True(log.Log.Segments >= 3);

        log.Log7.Compact(log.Log7.Durable, LogFixture.Members);
        log.Pump();

        Assert.Equal(log.Log7.Last, log.Log7.Durable);
        Assert.False(log.IsFull);
        Fill(log, next, until: () => log.HasWaiting);
        Assert.True(log.Log7.Last.Index.Value > next + 60, $"full at {log.Log7.Last}, {next} before");
        var reopened = LogFixture.Open(disk.DurableSnapshot(), seed: 2).Log7;
        Assert.Equal((log.Log7.Base, log.Log7.Durable), (reopened.Base, reopened.Last));
    }

    [Fact]
    public void A_crash_at_any_operation_of_a_full_log_loses_nothing_acknowledged()
    {
        for (var nth = 0L; ; nth++)
        {
            var moment = (CrashMoment)(nth % 3);
            var disk = new SimulatedDisk { SpaceBytes = TwoSegments };
            var log = LogFixture.Open(disk);
            var next = Fill(log, 1, until: () => log.IsFull);
            disk.Faults.CrashAt(disk.Faults.Operations + nth, moment);
            if (!CrashesIn(log, next, disk))
            {
                Assert.True(nth > 20, $"only {nth} operations");
                return;
            }

            var durable = log.Log7.Durable;
            var saved = log.Saved.Count > 0 ? log.Saved[^1].State.Term : default;
            disk.Crash(new RandomSource((ulong)nth));
            var reopened = LogFixture.Open(disk, seed: 3).Log7;
            Assert.True(reopened.Last.Index >= durable.Index, $"{nth}: {reopened.Last} of {durable}");
            Assert.True(reopened.RecoveredHardState.Term >= saved, $"{nth}: a vote of {saved} is gone");
        }
    }

    private static bool CrashesIn(LogFixture log, ulong next, SimulatedDisk disk)
    {
        try
        {
            next = Fill(log, next, until: () => log.HasWaiting);
            log.Log7.SaveHardState(new Term(5), new NodeId(2));
            log.Pump();
            log.Log.TryRegainSpace();
            log.Pump();
            disk.SpaceBytes = long.MaxValue;
            log.Log.TryRegainSpace();
            log.Pump();
            Fill(log, next, until: () => log.Log7.Durable.Index.Value > next + 10);
            return false;
        }
        catch (SimulatedCrashException)
        {
            return true;
        }
    }

    private static ulong Fill(LogFixture log, ulong next, Func<bool> until)
    {
        while (!until())
        {
            Assert.True(next < 10_000, "it never comes about");
            log.Append(next++, 1, size: 1000);
            log.Pump();
            Assert.Null(log.Failure);
        }

        return next;
    }

    private static LogEntry Empty(ulong index, ulong term) => LogEntry.Create(
        LogFixture.Group, new LogIndex(index), new Term(term), EntryKind.Empty, 1, default);

    private static string Tail(string described) =>
        described[described.IndexOf("base", StringComparison.Ordinal)..];
}
