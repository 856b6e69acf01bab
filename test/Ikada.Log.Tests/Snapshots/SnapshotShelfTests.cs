using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests.Snapshots;

public sealed class SnapshotShelfTests
{
    private readonly SimulatedDisk _disk = new();

    [Fact]
    public void An_empty_directory_has_an_empty_shelf()
    {
        var shelf = SnapshotShelf.Open(_disk, Shots.Group);
        Assert.True(shelf is { Newest: null, Older: null });
        Assert.Null(shelf.NextToDelete());
        Assert.Null(SnapshotShelf.Empty(Shots.Group).Newest);
    }

    [Fact]
    public void The_one_before_stays_until_the_newest_has_been_verified()
    {
        var (ten, twenty) = (Shots.Save(_disk, 10, 10), Shots.Save(_disk, 20, 10));
        var shelf = SnapshotShelf.Empty(Shots.Group);
        shelf.Added(ten);
        shelf.Verified(ten, good: true);
        shelf.Added(twenty);
        Assert.Equal((twenty, ten), (shelf.Newest, shelf.Older));
        Assert.Null(shelf.NextToDelete());
        shelf.Verified(twenty, good: true);
        Assert.Equal(ten, shelf.NextToDelete());
        Assert.Equal(ten, shelf.NextToDelete());
        shelf.Deleted(ten);
        Assert.Null(shelf.NextToDelete());
        Assert.Equal((twenty, null), (shelf.Newest, shelf.Older));
    }

    [Fact]
    public void While_the_newest_is_unverified_the_verified_one_stays_however_many_came_since()
    {
        var all = new ulong[] { 10, 20, 30, 40 }.Select(index => Shots.Save(_disk, index, 10)).ToArray();
        var shelf = SnapshotShelf.Empty(Shots.Group);
        Array.ForEach(all, shelf.Added);
        Assert.Equal(all[2], shelf.Older);
        shelf.Verified(all[1], good: true);
        Assert.Equal(all[1], shelf.Older);
        Assert.Equal([all[0], all[2]], DeleteAll(shelf));
        Assert.Equal((all[3], all[1]), (shelf.Newest, shelf.Older));
        shelf.Verified(all[3], good: true);
        Assert.Equal([all[1]], DeleteAll(shelf));
    }

    [Fact]
    public void A_damaged_newest_is_not_the_newest_any_more_and_goes_once_a_newer_one_is_verified()
    {
        var (ten, twenty) = (Shots.Save(_disk, 10, 10), Shots.Save(_disk, 20, 10));
        var shelf = SnapshotShelf.Empty(Shots.Group);
        shelf.Added(ten);
        shelf.Added(twenty);
        shelf.Pin(twenty);
        shelf.Verified(twenty, good: false);
        Assert.Equal((ten, null), (shelf.Newest, shelf.Older));
        Assert.False(shelf.IsVerified(twenty));
        Assert.Null(shelf.NextToDelete());
        shelf.Unpin(twenty);
        Assert.Null(shelf.NextToDelete());
        Assert.Equal(ten, shelf.Newest);
        var thirty = Shots.Save(_disk, 30, 10);
        shelf.Added(thirty);
        Assert.Null(shelf.NextToDelete());
        shelf.Verified(thirty, good: true);
        Assert.Equal([ten, twenty], DeleteAll(shelf));
    }

    [Fact]
    public void The_only_one_stays_though_it_does_not_read_back_since_the_log_may_begin_behind_it()
    {
        var ten = Shots.Save(_disk, 10, 10);
        var shelf = SnapshotShelf.Open(_disk, Shots.Group);
        shelf.Verified(ten, good: false);
        Assert.Null(shelf.Newest);
        Assert.Null(shelf.NextToDelete());
        Assert.Equal(ten, SnapshotShelf.Open(_disk, Shots.Group).Newest);
    }

    [Fact]
    public void One_that_is_being_sent_stays()
    {
        var (ten, twenty) = (Shots.Save(_disk, 10, 10), Shots.Save(_disk, 20, 10));
        var shelf = SnapshotShelf.Open(_disk, Shots.Group);
        Assert.True(shelf.IsVerified(twenty) && !shelf.IsVerified(ten));
        shelf.Pin(ten);
        shelf.Pin(ten);
        shelf.Unpin(ten);
        Assert.Null(shelf.NextToDelete());
        shelf.Unpin(ten);
        Assert.Equal(ten, shelf.NextToDelete());
        Assert.Throws<ArgumentException>(() => shelf.Unpin(ten));
        shelf.Deleted(ten);
        Assert.Throws<ArgumentException>(() => shelf.Pin(ten));
    }

    [Fact]
    public void One_at_the_same_position_takes_the_place_and_is_to_be_verified_anew()
    {
        var first = Shots.Save(_disk, 10, 10);
        var second = Shots.Save(_disk, 10, 11);
        var shelf = SnapshotShelf.Empty(Shots.Group);
        shelf.Added(first);
        shelf.Verified(first, good: false);
        shelf.Added(second);
        Assert.Equal(second, shelf.Newest);
        Assert.False(shelf.IsVerified(second) || shelf.IsVerified(first));
        shelf.Verified(first, good: false);
        Assert.Equal(second, shelf.Newest);
        Assert.Null(shelf.NextToDelete());
    }

    [Fact]
    public void A_shelf_holds_one_group_and_leaves_the_files_of_others_alone()
    {
        var mine = Shots.Save(_disk, 10, 10);
        var other = Shots.Save(_disk, 20, 10, new GroupId(8));
        Shots.Run(new WriteSnapshotPiece(other, 0, new byte[9]), _disk);
        foreach (var name in new[] { "snapshot-", "snapshot-1-2-3", "snapshot-x", Shots.NameOf(mine) + "-" })
        {
            _disk.Create(name);
        }

        var before = _disk.List();
        var shelf = SnapshotShelf.Open(_disk, Shots.Group);
        Assert.Equal(mine, shelf.Newest);
        Assert.Equal(before, _disk.List());
        Assert.Equal(0, shelf.Report.Damage.Count + shelf.Report.PartsDeleted);
        Assert.Throws<ArgumentException>(() => shelf.Added(other));
    }

    [Fact]
    public void Unfinished_files_are_deleted_and_counted()
    {
        var mine = Shots.Save(_disk, 10, 10);
        Shots.Run(new WriteSnapshotPiece(mine, 0, new byte[9]), _disk);
        Assert.Equal(1, SnapshotShelf.Open(_disk, Shots.Group).Report.PartsDeleted);
        Assert.Equal([Shots.NameOf(mine)], _disk.List());
        Assert.Equal(0, SnapshotShelf.Open(_disk, Shots.Group).Report.PartsDeleted);
    }

    [Fact]
    public void A_file_of_another_position_or_group_than_its_name_says_is_damaged()
    {
        var ten = Shots.Save(_disk, 10, 10);
        var twenty = Shots.NameOf(ten with { Position = Shots.At(20) });
        _disk.Rename(Shots.NameOf(Shots.Save(_disk, 30, 10)), twenty);
        var shelf = SnapshotShelf.Open(_disk, Shots.Group);
        Assert.Equal(ten, shelf.Newest);
        var found = Assert.Single(shelf.Report.Damage);
        Assert.Equal(twenty, found.File);
        Assert.Contains("its name says otherwise", found.What, StringComparison.Ordinal);
        Assert.Contains("damaged-" + twenty, _disk.List());
    }

    [Fact]
    public void A_format_of_a_newer_version_is_refused_naming_both_versions_and_nothing_is_renamed()
    {
        var name = Shots.NameOf(Shots.Save(_disk, 10, 10));
        var bytes = Shots.FileOf(_disk, name);
        bytes[8] = 2;
        BitConverter.TryWriteBytes(bytes.AsSpan(16), Crc32C.Compute(bytes.AsSpan(0, 16)));
        Shots.Put(_disk, name, bytes);
        var error = Assert.Throws<FormatVersionException>(() => SnapshotShelf.Open(_disk, Shots.Group));
        Assert.Contains("version 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("up to 1", error.Message, StringComparison.Ordinal);
        Assert.Equal([name], _disk.List());
    }

    private static List<SnapshotDescriptor> DeleteAll(SnapshotShelf shelf)
    {
        var deleted = new List<SnapshotDescriptor>();
        while (shelf.NextToDelete() is { } next)
        {
            deleted.Add(next);
            shelf.Deleted(next);
        }

        return deleted;
    }
}
