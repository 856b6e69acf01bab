using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>Segments that hold nothing any more are freed and used again; what holds old ones back is written
/// forward. So the log takes as much of the disk as what counts of it.</summary>
public sealed class SpaceTests(ITestOutputHelper output)
{
    [Fact]
    public void A_log_that_is_compacted_again_and_again_stays_as_small_as_it_was()
    {
        var disk = new SimulatedDisk();
        var script = new SpaceScript();
        script.Run(disk, 600);
        script.Check(disk, "at the end");
        output.WriteLine(
            $"at most {script.FilesMost} files; last segment {disk.List()[^1]}, "
                + $"{disk.Faults.CountOf(DiskOperationKind.Create)} files created");
        Assert.InRange(script.FilesMost, 4, 11);
        Assert.InRange(disk.Faults.CountOf(DiskOperationKind.Create), 4, 640);
    }

    // The simulator's seed 8027: the next start finished the file, and then stopped since it could not delete
    // it.
    [Fact]
    public void A_first_start_that_was_cut_while_it_made_the_first_segment_costs_nothing()
    {
        var disk = new SimulatedDisk();
        disk.Create("free-0000000000000001.log");
        disk.Write("free-0000000000000001.log", 0, [new byte[4096]]);
        disk.Sync("free-0000000000000001.log");
        disk.SyncDirectory();

        var log = LogFixture.Open(disk);
        log.Append(1, 1);
        log.Pump();

        Assert.Null(log.Failure);
        Assert.Single(log.Flushed);
    }

    [Fact]
    public void A_segment_is_freed_only_when_a_head_says_what_made_it_empty()
    {
        // The compaction waits behind more than one batch, in the first of which a segment begins.
        CheckEveryMoment(Filled(12), log =>
        {
            AppendUpTo(log, 16);
            log.Log7.Compact(At(12), LogFixture.Members);
        });
    }

    [Fact]
    public void A_segment_is_not_freed_for_a_record_that_was_taken_back_before_what_took_its_place_is_there()
    {
        CheckEveryMoment(Filled(12), log =>
        {
            AppendUpTo(log, 13);
            log.Log7.Compact(At(12), LogFixture.Members);
            var other = log.Log.OpenGroup(new GroupId(8), LogFixture.Members);
            for (ulong index = 1; index <= 4; index++)
            {
                other.Append([LogFixture.Entry(index, 1, 15_000, other.Group)], 1);
            }

            log.Log7.Reset(new LogPosition(new LogIndex(40), new Term(3)), LogFixture.Members);
        });
    }

    [Fact]
    public void No_segment_is_freed_behind_one_that_could_not_be()
    {
        var failures = 0;
        for (var nth = 0; nth < 6; nth++)
        {
            var log = Filled(40);
            var disk = (SimulatedDisk)log.Disk;
            log.Log7.Compact(At(40), LogFixture.Members);
            log.Pump();
            disk.Faults.FailAt(DiskOperationKind.Rename, nth, "EIO");
            AppendUpTo(log, 46);
            log.Log.Flush();
            while (log.Failure is null && log.Waiting > 0)
            {
                // The disk does all that is queued before anybody hears of the first failure.
                var done = new List<Action>();
                while (log.Waiting > 0)
                {
                    done.Add(log.ExecuteOne());
                }

                done.ForEach(static tell => tell());
            }

            failures += log.Failure is null ? 0 : 1;
            disk.KillProcess();
            var found = LogFixture.Open(disk, seed: 2);
            Assert.Empty(found.Log.Recovered.Damage);
            Assert.False(found.Log7.IsUnsure || found.Log7.LostHardState);
        }

        Assert.True(failures > 2, $"{failures} of the renamings failed");
    }

    [Fact]
    public void A_truncation_frees_a_segment_only_once_it_is_durable_too()
    {
        CheckEveryMoment(Filled(12), log =>
        {
            var other = log.Log.OpenGroup(new GroupId(8), LogFixture.Members);
            for (ulong index = 1; index <= 4; index++)
            {
                other.Append([LogFixture.Entry(index, 1, 15_000, other.Group)], 1);
            }

            log.Log7.Truncate(new LogIndex(1));
            log.Append(1, 2, 100);
        });
    }

    [Fact]
    public void The_last_two_segments_stay_so_that_one_damaged_head_costs_nothing()
    {
        var log = Filled(40);
        log.Log7.Compact(At(40), LogFixture.Members);
        log.Pump();
        for (ulong index = 41; index <= 60; index++)
        {
            log.Append(index, 1, 15_000);
            log.Pump();
            log.Log7.Compact(At(index), LogFixture.Members);
        }

        log.Pump();
        var disk = (SimulatedDisk)log.Disk;
        var segments = InUse(disk);
        Assert.Equal(2, segments.Length);
        foreach (var segment in segments)
        {
            var damaged = disk.Copy();
            damaged.FlipBit(segment, 120, 2);
            var found = LogFixture.Open(damaged, seed: 7);
            Assert.Equal(At(60), found.Log7.Base);
            Assert.Empty(found.Log7.Damage);
            Assert.False(found.Log7.LostHardState, segment);
        }
    }

    [Fact]
    public void Freed_files_are_used_again_a_few_are_kept_and_one_of_another_size_is_made_anew()
    {
        var log = Filled(40);
        log.Log7.Compact(At(40), LogFixture.Members);
        log.Pump();
        var disk = (SimulatedDisk)log.Disk;
        AppendUpTo(log, 46);
        log.Pump();
        Assert.Equal(2, Free(disk).Length);
        var created = disk.Faults.CountOf(DiskOperationKind.Create);
        AppendUpTo(log, 50);
        log.Pump();
        Assert.Equal(created, disk.Faults.CountOf(DiskOperationKind.Create));
        Assert.Single(Free(disk));
        AppendUpTo(log, 54);
        log.Pump();
        // The last one was used as well: a new one takes its place in reserve.
        Assert.Equal(created + 1, disk.Faults.CountOf(DiskOperationKind.Create));
        Assert.Single(Free(disk));
        AppendUpTo(log, 58);
        log.Log7.Compact(At(58), LogFixture.Members);
        AppendUpTo(log, 66);
        log.Pump();
        Assert.NotEmpty(Free(disk));

        var options = LogFixture.SmallOptions with { SegmentBytes = 128 << 10 };
        var larger = LogFixture.Open(disk, options, seed: 9);
        for (ulong index = 67; index <= 100; index++)
        {
            larger.Append(index, 1, 15_000);
            larger.Pump();
        }

        Assert.Null(larger.Failure);
        Assert.Equal(128 << 10, disk.GetLength(InUse(disk)[^1]));
        var whole = LogFixture.Open(disk.DurableSnapshot(), seed: 10);
        Assert.Equal(42, whole.ReadAll().Length);
        Assert.Empty(whole.Log.Recovered.Damage);
    }

    [Fact]
    public void Damaged_entries_keep_everything_until_they_are_repaired()
    {
        var log = Filled(12);
        log.Log.Seal();
        log.Pump();
        var disk = (SimulatedDisk)log.Disk;
        disk.FlipBit(InUse(disk)[2], 40_000, 1);
        var damaged = LogFixture.Open(disk, seed: 3);
        var range = Assert.Single(damaged.Log7.Damage);
        damaged.Log7.Compact(At(range.First.Previous.Value), LogFixture.Members);
        AppendUpTo(damaged, 30);
        damaged.Pump();
        Assert.Equal("segment-0000000000000001.log", InUse(disk)[0]);
        damaged.Log7.Repair([LogFixture.Entry(range.First.Value, 1, 15_000)]);
        AppendUpTo(damaged, 40);
        damaged.Pump();
        Assert.NotEqual("segment-0000000000000001.log", InUse(disk)[0]);
    }

    [Fact]
    public void A_file_that_is_missing_is_damage_only_if_something_of_it_was_needed()
    {
        var log = Filled(20);
        log.Log7.Compact(At(8), LogFixture.Members);
        AppendUpTo(log, 22);
        log.Log.Flush();
        while (log.Executing != "Batch with a head")
        {
            Assert.True(log.PumpOne());
        }

        // Now the head says it, and nothing is put aside yet.
        var disk = ((SimulatedDisk)log.Disk).DurableSnapshot();
        var segments = InUse(disk);
        var unneeded = disk.Copy();
        Array.ForEach(segments.TakeWhile(Holds(disk, 8)).ToArray(), unneeded.Delete);
        var found = LogFixture.Open(unneeded, seed: 4);
        Assert.Empty(found.Log.Recovered.Damage);
        Assert.Equal(At(8), found.Log7.Base);
        Assert.True(found.Log7.Last.Index.Value > 20, $"{found.Log7.Last}");
        Assert.Equal((int)found.Log7.Last.Index.Value - 8, found.ReadAll().Length);

        var needed = disk.Copy();
        Array.ForEach(segments.TakeWhile(Holds(disk, 12)).ToArray(), needed.Delete);
        found = LogFixture.Open(needed, seed: 4);
        Assert.Contains("missing", found.Log.Recovered.Damage[0].What, StringComparison.Ordinal);
        Assert.Equal(
            new DamagedRange(new LogIndex(9), new LogIndex(12), new Term(1)),
            Assert.Single(found.Log7.Damage));
    }

    // Segments up to the one that holds that entry.
    private static Func<string, bool> Holds(SimulatedDisk disk, ulong index)
    {
        var isPast = false;
        return name =>
        {
            var bytes = new byte[disk.GetLength(name)];
            disk.Read(name, 0, bytes);
            var isThere = !isPast;
            isPast |= bytes.AsSpan().IndexOf(LogFixture.Entry(index, 1, 15_000).Body.Span) >= 0;
            return isThere;
        };
    }

    private static void CheckEveryMoment(LogFixture log, Action<LogFixture> act)
    {
        act(log);
        log.Log.Flush();
        var seed = 2UL;
        do
        {
            var found = LogFixture.Open(((SimulatedDisk)log.Disk).DurableSnapshot(), seed: seed++);
            Assert.True(
                found.Log.Recovered.Damage.Count == 0,
                $"after {log.Executing}: {string.Join(' ', found.Log.Recovered.Damage)}");
            Assert.Empty(found.Log7.Damage);
        }
        while (log.PumpOne());
        Assert.Null(log.Failure);
    }

    // Four entries in a segment.
    private static LogFixture Filled(ulong count)
    {
        var log = LogFixture.Open(new SimulatedDisk());
        AppendUpTo(log, count);
        log.Pump();
        return log;
    }

    private static void AppendUpTo(LogFixture log, ulong last)
    {
        for (var index = log.Log7.Last.Index.Value + 1; index <= last; index++)
        {
            log.Append(index, 1, 15_000);
        }
    }

    private static LogPosition At(ulong index) => new(new LogIndex(index), new Term(1));

    private static string[] Free(SimulatedDisk disk) =>
        [.. disk.List().Where(static name => name.StartsWith("free", StringComparison.Ordinal))];

    private static string[] InUse(SimulatedDisk disk) => [.. disk.List().Where(
        name => name.StartsWith("segment", StringComparison.Ordinal) && HasHead(disk, name))];

    private static bool HasHead(SimulatedDisk disk, string name)
    {
        var bytes = new byte[8];
        disk.Read(name, 0, bytes);
        return bytes.AsSpan().SequenceEqual("IKADALOG"u8);
    }
}
