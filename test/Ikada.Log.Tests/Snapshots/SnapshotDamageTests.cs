using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests.Snapshots;

/// <summary>Whatever is changed in a snapshot file: it is noticed by all that read it, the one before is
/// taken instead, and no byte of it is given out.</summary>
public sealed class SnapshotDamageTests(ITestOutputHelper output)
{
    private const int SectorBytes = 512;
    private const int OlderBytes = 1500;

    private static readonly (SnapshotDescriptor Descriptor, byte[] File) Older = Make(10, OlderBytes);

    [Fact]
    public void Every_flipped_bit_is_noticed()
    {
        var (newest, file) = Make(20, 2600);
        var flips = 0;
        for (var offset = 0; offset < file.Length; offset++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var changed = (byte[])file.Clone();
                changed[offset] ^= (byte)(1 << bit);
                CheckNoticed(newest, changed, (offset, offset + 1));
                flips++;
            }
        }

        output.WriteLine(
            $"{flips} flips in {file.Length} bytes: all noticed; no byte of the file is unused");
        Assert.True(flips > 20_000);
    }

    [Fact]
    public void Every_sector_zeroed_swapped_or_of_another_snapshot_and_every_cut_is_noticed()
    {
        var (newest, file) = Make(20, 20_000);
        byte[][] others =
        [
            Make(21, 20_000).File, Make(22, 20_000, new GroupId(8)).File,
            Make(20, 20_000, new GroupId(8)).File,
        ];
        var sectors = (file.Length + SectorBytes - 1) / SectorBytes;
        int zeroed = 0, swapped = 0, taken = 0, same = 0, cut = 0;
        for (var one = 0; one < sectors; one++)
        {
            var zeros = (byte[])file.Clone();
            Sector(zeros, one).Clear();
            zeroed += CheckNoticed(newest, zeros, RangeOf(file, one));
            cut += CheckNoticed(newest, file[..(one * SectorBytes)], null);
            foreach (var other in others)
            {
                // The third has the same content: some of its sectors are the same bytes.
                if (Sector(other, one).SequenceEqual(Sector(file, one)))
                {
                    same++;
                    continue;
                }

                var mixed = (byte[])file.Clone();
                Sector(other, one).CopyTo(Sector(mixed, one));
                taken += CheckNoticed(newest, mixed, RangeOf(file, one));
            }

            for (var two = one + 1; two < sectors; two++)
            {
                var both = (byte[])file.Clone();
                var length = Math.Min(Sector(both, one).Length, Sector(both, two).Length);
                file.AsSpan(two * SectorBytes, length).CopyTo(Sector(both, one));
                file.AsSpan(one * SectorBytes, length).CopyTo(Sector(both, two));
                swapped += CheckNoticed(newest, both, null);
            }
        }

        output.WriteLine(
            $"{sectors} sectors: {zeroed} zeroed, {swapped} swapped, {taken} of another snapshot, "
                + $"{cut} cuts: all noticed; {same} of another snapshot with the same bytes");
        Assert.Equal((sectors, sectors * (sectors - 1) / 2), (zeroed, swapped));
        Assert.True(taken + same == 3 * sectors && same < sectors);
    }

    [Fact]
    public void A_file_cut_at_any_byte_or_extended_or_of_another_time_is_noticed()
    {
        var (newest, file) = Make(20, 2600);
        for (var length = 0; length < file.Length; length++)
        {
            CheckNoticed(newest, file[..length], null);
        }

        CheckNoticed(newest, [.. file, 0], null);
        CheckNoticed(newest, [.. file, .. file], null);
        CheckNoticed(newest, Make(21, 2600).File, null);
        CheckNoticed(newest, Make(20, 2600, new GroupId(8)).File, null);
    }

    [Fact]
    public void Another_state_at_the_same_position_is_a_good_file_and_not_the_one_that_is_named()
    {
        var (newest, _) = Make(20, 2600);
        var disk = new SimulatedDisk();
        var other = Shots.Save(disk, 20, 2601);
        Assert.Equal(other, SnapshotShelf.Open(disk, Shots.Group).Newest);
        Assert.Null(Shots.Run(new LoadSnapshot(newest), disk).Content);
        var verify = Shots.Run(new VerifySnapshot(newest), disk);
        Assert.False(verify.IsGood);
        Assert.Contains("another snapshot", verify.Damage!.What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_spot_of_the_device_is_damage_and_the_one_before_is_taken()
    {
        for (var nth = 0; nth < 5; nth++)
        {
            var disk = new SimulatedDisk();
            Shots.Put(disk, Shots.NameOf(Older.Descriptor), Older.File);
            var newest = Shots.Save(disk, 20, 2600);
            disk.Faults.FailAt(DiskOperationKind.Read, nth + 3, "EIO");
            var shelf = SnapshotShelf.Open(disk, Shots.Group);
            Assert.Equal(Older.Descriptor, shelf.Newest);
            var found = Assert.Single(shelf.Report.Damage);
            Assert.Equal(Shots.NameOf(newest), found.File);
            Assert.Contains("EIO", found.What, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void If_none_is_good_there_is_none_and_all_are_told()
    {
        var disk = new SimulatedDisk();
        Shots.Put(disk, Shots.NameOf(Older.Descriptor), Older.File);
        var newest = Shots.Save(disk, 20, 2600);
        disk.FlipBit(Shots.NameOf(Older.Descriptor), 700, 1);
        disk.FlipBit(Shots.NameOf(newest), 700, 1);
        var shelf = SnapshotShelf.Open(disk, Shots.Group);
        Assert.Null(shelf.Newest);
        Assert.Equal([Shots.NameOf(newest), Shots.NameOf(Older.Descriptor)],
            shelf.Report.Damage.Select(static found => found.File));
        Assert.All(disk.List(), static name => Assert.StartsWith("damaged-snapshot-", name));
    }

    private static (SnapshotDescriptor Descriptor, byte[] File) Make(
        ulong index, int bytes, GroupId? group = null)
    {
        var disk = new SimulatedDisk();
        var saved = Shots.Save(disk, index, bytes, group);
        return (saved, Shots.FileOf(disk, Shots.NameOf(saved)));
    }

    private static Span<byte> Sector(byte[] file, int sector) => file.AsSpan(
        sector * SectorBytes, Math.Min(SectorBytes, file.Length - (sector * SectorBytes)));

    private static (int, int) RangeOf(byte[] file, int sector) =>
        (sector * SectorBytes, Math.Min((sector + 1) * SectorBytes, file.Length));

    /// <summary>All that reads the file notices; where <paramref name="change"/> is one place, it is
    /// named.</summary>
    private static int CheckNoticed(
        SnapshotDescriptor newest, byte[] changed, (int Start, int End)? change)
    {
        var disk = new SimulatedDisk();
        Shots.Put(disk, Shots.NameOf(Older.Descriptor), Older.File);
        Shots.Put(disk, Shots.NameOf(newest), changed);
        var verify = Shots.Run(new VerifySnapshot(newest), disk);
        Assert.True(verify is { IsGood: false, Damage: not null, Error: null });
        Assert.True(
            change is not var (start, end)
                || (verify.Damage.OffsetBytes < end && start < verify.Damage.EndBytes),
            $"changed at {change}, told at {verify.Damage}");
        var load = Shots.Run(new LoadSnapshot(newest), disk);
        Assert.True(load is { Content: null, Damage: not null, Error: null });
        CheckNotReceived(newest, changed, disk);
        var shelf = SnapshotShelf.Open(disk, Shots.Group);
        Assert.Equal(Older.Descriptor, shelf.Newest);
        Assert.Equal(Shots.NameOf(newest), Assert.Single(shelf.Report.Damage).File);
        Assert.Equal(Shots.Content(10, OlderBytes), Shots.Load(disk, Older.Descriptor));
        var again = SnapshotShelf.Open(disk, Shots.Group);
        Assert.True(again.Newest == Older.Descriptor && again.Report.Damage.Count == 0);
        return 1;
    }

    private static void CheckNotReceived(SnapshotDescriptor newest, byte[] changed, SimulatedDisk disk)
    {
        Shots.Put(disk, Shots.NameOf(newest) + ".part", changed);
        var finish = Shots.Run(new FinishSnapshot(newest), disk);
        Assert.True(finish is { IsGood: false, Damage: not null, Error: null });
        Assert.DoesNotContain(Shots.NameOf(newest) + ".part", disk.List());
    }
}
