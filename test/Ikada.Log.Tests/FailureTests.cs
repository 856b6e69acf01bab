using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

public sealed class FailureTests
{
    [Theory]
    [InlineData(DiskOperationKind.Write, "pwrite")]
    [InlineData(DiskOperationKind.Sync, "fdatasync")]
    public void A_failed_write_or_sync_is_final_and_acknowledges_nothing(DiskOperationKind kind, string call)
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Pump();
        disk.Faults.FailAt(kind, 0, "EIO");
        log.Append(1, 1);
        log.Pump();
        Assert.Contains(call, log.Failure, StringComparison.Ordinal);
        Assert.Contains("EIO", log.Failure, StringComparison.Ordinal);
        Assert.Empty(log.Flushed);
        var operations = disk.Faults.Operations;
        log.Append(2, 1);
        log.Pump();
        Assert.Empty(log.Flushed);
        Assert.Equal(operations, disk.Faults.Operations);
        Assert.Equal(0UL, LogFixture.Open(disk.DurableSnapshot()).Log7.Last.Index.Value);
    }

    [Fact]
    public void What_a_failed_sync_left_in_the_page_cache_is_not_believed_after_a_restart()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Pump();
        disk.Faults.FailAt(DiskOperationKind.Sync, 0, "EIO");
        log.Append(1, 1);
        log.Pump();
        Assert.NotNull(log.Failure);
        disk.KillProcess();
        var found = LogFixture.Open(disk, seed: 2).Log7.Last;
        Assert.Equal(1UL, found.Index.Value);
        disk.Crash(static () => false);
        Assert.Equal(found, LogFixture.Open(disk, seed: 3).Log7.Last);
    }

    [Fact]
    public void Nothing_is_made_behind_a_head_whose_sync_failed()
    {
        var (failures, cuts) = (0, 0);
        for (var nth = 0; nth < 20; nth++)
        {
            var disk = new SimulatedDisk();
            var log = LogFixture.Open(disk);
            log.Pump();
            disk.Faults.FailAt(DiskOperationKind.Sync, nth, "EIO");
            for (var i = 1UL; i <= 12 && log.Failure is null; i++)
            {
                log.Append(i, 1, 12_000);
                log.Log.Flush();
                DoAllThatIsQueued(log);
            }

            failures += log.Failure is null ? 0 : 1;
            disk.KillProcess();
            // The start after it writes again what the sync lost, and is cut before its own sync.
            for (var call = 0; call < 8; call++)
            {
                var cut = disk.Copy();
                cut.Faults.CrashAt(cut.Faults.Operations + call, CrashMoment.Before);
                var found = Record.Exception(() => LogFixture.Open(cut, seed: 2));
                cuts += found is SimulatedCrashException ? 1 : 0;
                cut.Crash(static () => false);
                Assert.Empty(LogFixture.Open(cut, seed: 3).Log.Recovered.Damage);
            }
        }

        Assert.True(failures > 8 && cuts > 40, $"{failures} of the syncs failed, {cuts} starts were cut");
    }

    // The disk does all that is queued before anybody hears of the first failure.
    private static void DoAllThatIsQueued(LogFixture log)
    {
        while (log.Failure is null && log.Waiting > 0)
        {
            var done = new List<Action>();
            while (log.Waiting > 0)
            {
                done.Add(log.ExecuteOne());
            }

            done.ForEach(static tell => tell());
        }
    }

    [Fact]
    public void An_error_while_opening_comes_out_as_it_is()
    {
        var disk = new SimulatedDisk();
        LogFixture.Open(disk).Pump();
        disk.Faults.FailAt(DiskOperationKind.Read, 2, "EIO");
        Assert.Contains("EIO", Assert.Throws<DiskException>(() => LogFixture.Open(disk)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Preparation_lets_batches_get_in_between()
    {
        var disk = new SimulatedDisk();
        var options = LogFixture.SmallOptions with { PreparationBytes = 4096 };
        var log = LogFixture.Open(disk, options);
        log.Log.Flush();
        Assert.True(log.PumpOne());
        log.Append(1, 1);
        log.Log.Flush();
        Assert.Equal(2, log.Waiting);
        log.PumpOne();
        log.PumpOne();
        Assert.Equal(1UL, log.Log7.Durable.Index.Value);
        Assert.True(disk.GetLength(disk.List()[0]) < options.SegmentBytes);
    }

    [Fact]
    public void The_identity_is_kept_and_its_start_count_rises_with_each_open()
    {
        var disk = new SimulatedDisk();
        var random = new RandomSource(3);
        Assert.Null(NodeDirectory.Peek(disk));
        var first = NodeDirectory.Open(disk, new ClusterId(1), new NodeId(2), random);
        var second = NodeDirectory.Open(disk, new ClusterId(1), new NodeId(2), random);
        Assert.Equal(first.Incarnation, second.Incarnation);
        Assert.Equal((1UL, 2UL), (first.StartCount.Value, second.StartCount.Value));
        Assert.Equal(second, NodeDirectory.Peek(disk.DurableSnapshot()));
    }
}
