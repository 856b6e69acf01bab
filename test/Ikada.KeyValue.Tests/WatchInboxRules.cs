namespace Ikada.KeyValue.Tests;

public sealed class WatchInboxRules : IChangeListener
{
    private readonly StoreDriver _store = new();
    private WatchInbox _inbox = new(long.MaxValue);
    private bool _holdsMore;

    public WatchInboxRules() => _store.Store.Listener = this;

    bool IChangeListener.WantsChanges => true;

    [Fact]
    public void Batches_come_out_once_in_order()
    {
        _store.Put("a", "1");
        _store.Put("b", "1");
        var (skipTo, batches) = _inbox.TakeAll();
        Assert.Null(skipTo);
        Assert.Equal([2L, 3], batches.Select(batch => Assert.Single(batch.Changes).Revision));
        Assert.Empty(_inbox.TakeAll().Batches);
    }

    [Fact]
    public void A_batch_without_changes_is_told_only_if_it_compacted_something()
    {
        _store.Put("a", "1");
        _inbox.TakeAll();
        _store.Apply(LeaseCommand.EncodeGrant(7, 10));
        Assert.False(_holdsMore);
        _store.Apply(KeyValueCommand.EncodeCompact(2));
        Assert.True(_holdsMore);
        Assert.Equal(2, Assert.Single(_inbox.TakeAll().Batches).View.CompactedRevision);
    }

    [Fact]
    public void What_there_is_no_room_for_is_to_be_read_from_the_store_and_what_follows_is_not()
    {
        _inbox = new WatchInbox(bytesMax: 1);
        _store.Put("a", "1");
        _store.Put("a", "2");
        _store.Put("a", "3");
        var (skipTo, batches) = _inbox.TakeAll();
        Assert.Equal(3, skipTo!.Revision);
        Assert.Equal(4, Assert.Single(batches).View.Revision);
        Assert.Null(_inbox.TakeAll().SkipTo);
    }

    [Fact]
    public void What_nobody_collected_and_what_was_there_before_is_read_from_the_store()
    {
        _store.Put("a", "1");
        _inbox.Put(_store.Store.View, changes: null);
        var (skipTo, batches) = _inbox.TakeAll();
        Assert.Equal((2, 0), (skipTo!.Revision, batches.Count));
        _inbox.Begin(_store.Store.View);
        Assert.Equal(2, _inbox.TakeAll().SkipTo!.Revision);
    }

    void IChangeListener.Published(KeyValueView now, IReadOnlyList<KeyValueChange>? changes) =>
        _holdsMore = _inbox.Put(now, changes);
}
