using System.Buffers;
using Ikada.Log.Snapshots;
using Ikada.Node.Disk;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests.Snapshots;

/// <summary>Errors of the disk, work that is not wanted any more, and bounds.</summary>
public sealed class SnapshotFaultTests : IDisposable
{
    private readonly string _directory =
        Path.Combine(AppContext.BaseDirectory, "snapshots-" + Guid.NewGuid().ToString("n"));

    public void Dispose()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    [Theory]
    [InlineData(DiskOperationKind.Create, 1)]
    [InlineData(DiskOperationKind.Write, 5)]
    [InlineData(DiskOperationKind.Sync, 1)]
    [InlineData(DiskOperationKind.Rename, 1)]
    [InlineData(DiskOperationKind.SyncDirectory, 2)]
    public void A_failed_call_of_a_save_is_told_and_leaves_the_snapshot_before_and_no_part(
        DiskOperationKind kind, int calls)
    {
        for (var nth = 0; nth < calls; nth++)
        {
            var disk = new SimulatedDisk();
            var older = Shots.Save(disk, 10, 2500);
            disk.Faults.FailAt(kind, nth, "ENOSPC");
            var save = Shots.Run(Shots.Saving(20, 2500), disk);
            Assert.True(save is { Result: null, WasCancelled: false });
            Assert.Contains("ENOSPC", save.Error!.Message, StringComparison.Ordinal);
            Assert.True(save.Error.IsNoSpace);
            Assert.All(disk.List(), static name => Assert.DoesNotContain(".part", name));
            Assert.Equal(Shots.Content(10, 2500), Shots.Load(disk, older));
            Assert.Equal(20UL, Shots.Save(disk, 20, 2500).Position.Index.Value);
        }
    }

    [Fact]
    public void A_failed_call_while_receiving_is_told_and_the_part_is_deleted()
    {
        var from = new SimulatedDisk();
        var sent = Shots.Save(from, 20, 2500);
        var file = Shots.FileOf(from, Shots.NameOf(sent));
        DiskOperationKind[] kinds =
            [DiskOperationKind.Write, DiskOperationKind.Sync, DiskOperationKind.Rename];
        foreach (var kind in kinds)
        {
            var disk = new SimulatedDisk();
            disk.Faults.FailAt(kind, 0, "EIO");
            var write = Shots.Run(new WriteSnapshotPiece(sent, 0, file), disk);
            var finish = Shots.Run(new FinishSnapshot(sent), disk);
            Assert.Contains("EIO", (write.Error ?? finish.Error)!.Message, StringComparison.Ordinal);
            Assert.False(finish.IsGood);
            Assert.Empty(disk.List());
        }
    }

    [Fact]
    public void A_part_that_is_gone_or_too_short_takes_no_later_piece_and_is_not_finished()
    {
        var disk = new SimulatedDisk();
        var sent = Shots.Save(new SimulatedDisk(), 20, 2500);
        Assert.Contains("missing", Shots.Run(new FinishSnapshot(sent), disk).Damage!.What,
            StringComparison.Ordinal);
        Assert.NotNull(Shots.Run(new WriteSnapshotPiece(sent, 10, new byte[10]), disk).Damage);
        Assert.Empty(disk.List());
        Shots.Run(new WriteSnapshotPiece(sent, 0, new byte[10]), disk);
        Assert.Null(Shots.Run(new WriteSnapshotPiece(sent, 5, new byte[10]), disk).Damage);
        var gap = Shots.Run(new WriteSnapshotPiece(sent, 16, new byte[10]), disk);
        Assert.Equal((15, 16), (gap.Damage!.OffsetBytes, gap.Damage.EndBytes));
        Assert.Equal(15, disk.GetLength(Shots.NameOf(sent) + ".part"));
        Shots.Run(new WriteSnapshotPiece(sent, 0, new byte[3]), disk);
        Assert.Equal(3, disk.GetLength(Shots.NameOf(sent) + ".part"));
    }

    [Fact]
    public void Pieces_outside_the_file_are_refused()
    {
        var saved = Shots.Save(new SimulatedDisk(), 20, 100);
        var end = saved.FileBytes;
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReadSnapshotPiece(saved, end - 5, 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReadSnapshotPiece(saved, -1, 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReadSnapshotPiece(saved, 1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WriteSnapshotPiece(saved, end - 5, new byte[6]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WriteSnapshotPiece(saved, -1, new byte[6]));
        var disk = new SimulatedDisk();
        Assert.Contains("missing", Shots.Run(new ReadSnapshotPiece(saved, 0, 6), disk).Damage!.What,
            StringComparison.Ordinal);
        Shots.Put(disk, Shots.NameOf(saved), new byte[8]);
        Assert.NotNull(Shots.Run(new ReadSnapshotPiece(saved, 4, 6), disk).Damage);
    }

    [Fact]
    public void Work_that_is_not_wanted_any_more_ends_early_and_leaves_nothing()
    {
        var disk = new SimulatedDisk();
        var blocks = 0;
        SaveSnapshot save = null!;
        save = new SaveSnapshot(
            Shots.Group, Shots.At(20), LogFixture.Members,
            writer =>
            {
                for (; blocks < 100; blocks++)
                {
                    if (blocks == 5)
                    {
                        save.Cancel();
                    }

                    writer.Write(new byte[Shots.SmallBlock]);
                }
            },
            Shots.SmallBlock);
        save.Execute(disk);
        Assert.True(save is { WasCancelled: true, Result: null, Error: null });
        Assert.Equal(5, blocks);
        Assert.Empty(disk.List());
        var saved = Shots.Save(disk, 20, 2500);
        var verify = new VerifySnapshot(saved);
        verify.Cancel();
        Assert.True(Shots.Run(verify, disk) is { WasCancelled: true, IsGood: false, Damage: null });
        var load = new LoadSnapshot(saved);
        load.Cancel();
        Assert.True(Shots.Run(load, disk) is { WasCancelled: true, Content: null, Damage: null });
        disk.Rename(Shots.NameOf(saved), Shots.NameOf(saved) + ".part");
        var finish = new FinishSnapshot(saved);
        finish.Cancel();
        Assert.True(Shots.Run(finish, disk) is { WasCancelled: true, IsGood: false });
        Assert.Empty(disk.List());
    }

    [Fact]
    public void Saving_verifying_sending_and_receiving_take_little_memory_whatever_the_size()
    {
        const int Bytes = 48 << 20;
        using var disk = new FileDisk(_directory);
        var row = new byte[100_000];
        SnapshotDescriptor saved = null!;
        var taken = Allocated(() => saved = Shots.Run(
            new SaveSnapshot(
                Shots.Group, Shots.At(9), LogFixture.Members,
                writer =>
                {
                    for (var left = Bytes; left > 0; left -= row.Length)
                    {
                        writer.Write(row.AsSpan(0, Math.Min(left, row.Length)));
                    }
                }),
            disk).Result!);
        Assert.True(saved.FileBytes > Bytes);
        Assert.True(taken < 1 << 20, $"saving took {taken} bytes");
        taken = Allocated(() => Assert.True(Shots.Run(new VerifySnapshot(saved), disk).IsGood));
        Assert.True(taken < 1 << 20, $"verifying took {taken} bytes");
        var piece = Shots.Run(new ReadSnapshotPiece(saved, 0, 200_000), disk).Bytes;
        taken = Allocated(() => Shots.Run(new WriteSnapshotPiece(saved, 0, piece), disk));
        Assert.True(taken < 64 << 10, $"receiving took {taken} bytes");
        disk.Rename(Shots.NameOf(saved), Shots.NameOf(saved) + ".part");
        taken = Allocated(() => Assert.True(Shots.Run(new FinishSnapshot(saved), disk).IsGood));
        Assert.True(taken < 1 << 20, $"finishing took {taken} bytes");
        taken = Allocated(
            () => Assert.Equal(Bytes, Shots.Run(new LoadSnapshot(saved), disk).Content!.Value.Length));
        Assert.True(taken < Bytes + (1 << 20), $"loading took {taken} bytes");
    }

    private static long Allocated(Action work)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
