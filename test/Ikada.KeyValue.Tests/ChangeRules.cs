using System.Buffers;

namespace Ikada.KeyValue.Tests;

public sealed class ChangeRules
{
    private readonly StoreDriver _store = new();

    [Fact]
    public void Changes_come_in_the_order_in_which_they_were_made_with_what_stood_there_before()
    {
        _store.Put("b", "1");
        _store.Put("a", "2");
        _store.Put("b", "3");
        _store.Delete("a", "z");
        _store.Put("a", "4");
        Assert.Equal(
            "2.0 put b=1 | 3.0 put a=2 | 4.0 put b=3 was 1 | 5.0 deleted a was 2 | 5.1 deleted b was 3 | "
            + "6.0 put a=4",
            Changes(_store, 0));
    }

    [Fact]
    public void They_begin_at_the_revision_asked_for()
    {
        _store.Put("a", "1");
        _store.Put("a", "2");
        _store.Put("a", "3");
        Assert.Equal("3.0 put a=2 was 1 | 4.0 put a=3 was 2", Changes(_store, 3));
        Assert.Equal(string.Empty, Changes(_store, 5));
        Assert.Equal(KeyValueError.Compacted, _store.Store.View.OpenChanges(-1, out _));
    }

    [Fact]
    public void A_deletion_has_its_key_and_revision_alone()
    {
        _store.Put("a", "1");
        _store.Delete("a");
        Assert.Equal(KeyValueError.None, _store.Store.View.OpenChanges(3, out var changes));
        Assert.True(changes!.MoveNext());
        var change = changes.Read(withPrevious: false);
        Assert.Equal((true, 3L, null), (change.IsDeletion, change.Revision, change.Previous));
        var item = change.Item;
        Assert.Equal((0, 3, 0, 0), (item.CreateRevision, item.ModRevision, item.Version, item.Lease));
        Assert.Equal(("a", ""), (StoreDriver.Text(item.Key), StoreDriver.Text(item.Value)));
    }

    [Fact]
    public void A_restored_snapshot_gives_the_same_changes()
    {
        _store.Put("b", "1");
        _store.Put("a\0", "2");
        _store.Delete("\0", "\0");
        _store.Put("b", "3");
        var copy = new StoreDriver();
        copy.Store.Restore(new ReadOnlySequence<byte>(_store.Snapshot()));
        Assert.Equal(Changes(_store, 0), Changes(copy, 0));
    }

    [Fact]
    public void A_reader_keeps_to_the_view_it_was_opened_on()
    {
        _store.Put("a", "1");
        using var view = _store.Store.Hold();
        Assert.Equal(KeyValueError.None, view.OpenChanges(2, out var changes));
        _store.Put("a", "2");
        Assert.True(changes!.MoveNext());
        Assert.Equal("1", StoreDriver.Text(changes.Read(withPrevious: false).Item.Value));
        Assert.False(changes.MoveNext());
    }

    internal static string Changes(StoreDriver store, long from)
    {
        Assert.Equal(KeyValueError.None, store.Store.View.OpenChanges(from, out var changes));
        var shown = new List<string>();
        while (changes!.MoveNext())
        {
            var change = changes.Read(withPrevious: true);
            Assert.Equal(changes.Revision, change.Revision);
            Assert.Equal(changes.Key, change.Item.Key);
            var item = StoreDriver.Text(change.Item.Key)
                + (change.IsDeletion ? "" : $"={StoreDriver.Text(change.Item.Value)}");
            var previous = change.Previous is { } before ? $" was {StoreDriver.Text(before.Value)}" : "";
            var what = change.IsDeletion ? "deleted" : "put";
            shown.Add($"{changes.Revision}.{changes.Sub} {what} {item}{previous}");
        }

        return string.Join(" | ", shown);
    }
}
