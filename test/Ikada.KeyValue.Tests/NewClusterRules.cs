using System.Buffers;
using Ikada.Primitives;

namespace Ikada.KeyValue.Tests;

/// <summary>What a new cluster begins with, made of the snapshot of another one.</summary>
public sealed class NewClusterRules
{
    private readonly StoreDriver _old = new();

    public NewClusterRules()
    {
        _old.Put("a", "1");
        _old.Put("a", "2");
        _old.Put("b", "1");
        _old.Delete("b");
        _old.Apply(LeaseCommand.EncodeGrant(7, 60));
        _old.Apply(KeyValueCommand.EncodePut(StoreDriver.Bytes("l"), StoreDriver.Bytes("1"), lease: 7));
        _old.Apply(KeyValueCommand.EncodePublishMember(new PublishedMember(new NodeId(9), "n9", ["u"])));
        _old.Apply(KeyValueCommand.EncodeAlarm(new Alarm(new NodeId(9), AlarmKind.NoSpace), isActive: true));
    }

    [Fact]
    public void Members_and_alarms_of_the_old_one_are_gone_and_all_else_is_there()
    {
        var store = Restored(0);
        Assert.Empty(store.Store.View.PublishedMembers());
        Assert.Empty(store.Store.View.Alarms);
        Assert.Equal(_old.Store.State with { Hash = 0 }, store.Store.State with { Hash = 0 });
        Assert.NotEqual(_old.Store.State.Hash, store.Store.State.Hash);
        Assert.Equal("1", StoreDriver.Text(
            Assert.Single(store.Range("a", with: query => query with { Revision = 2 }).Items).Value));
        Assert.Equal(7, store.Single("l").Lease);
        Assert.Equal(7, store.Put("a", "3").Revision);
    }

    [Fact]
    public void A_raised_revision_leaves_what_is_current_and_counts_as_compacted()
    {
        var store = Restored(1000);
        Assert.Equal(1006, store.Store.State.Revision);
        Assert.Equal(1006, store.Store.View.CompactedRevision);
        Assert.Equal("a l", StoreDriver.Keys(store.Range("\0", "\0")));
        Assert.Equal((2L, 3L, 2L), (
            store.Single("a").CreateRevision, store.Single("a").ModRevision, store.Single("a").Version));
        Assert.Equal(
            KeyValueError.Compacted, store.Range("a", with: query => query with { Revision = 1005 }).Error);
        Assert.Equal(
            "a", StoreDriver.Keys(store.Range("a", with: query => query with { Revision = 1006 })));
        Assert.Equal(1007, store.Put("b", "2").Revision);
        Assert.Equal(1, store.Single("b").Version);

        // Nothing is left that a removal would have to find: the store is the same after its own snapshot.
        var copy = new StoreDriver();
        copy.Store.Restore(new ReadOnlySequence<byte>(store.Snapshot()));
        Assert.Equal(store.Snapshot(), copy.Snapshot());
        Assert.False(store.Store.View.IsRemovingCompacted);
    }

    [Fact]
    public void Members_that_begin_differently_can_be_told_apart()
    {
        Assert.Equal(Restored(5).Store.State, Restored(5).Store.State);
        Assert.NotEqual(Restored(5).Store.State.Hash, Restored(6).Store.State.Hash);
    }

    [Fact]
    public void A_damaged_snapshot_is_refused()
    {
        var damaged = _old.Snapshot();
        damaged[^1] ^= 1;
        var made = new NewClusterSnapshot(new ArrayBufferWriter<byte>(), 0);
        made.Write(damaged);
        Assert.Throws<InvalidDataException>(made.Complete);
        Assert.Throws<ArgumentOutOfRangeException>(() => new NewClusterSnapshot(
            new ArrayBufferWriter<byte>(), NewClusterSnapshot.RevisionBumpMax + 1));
    }

    private StoreDriver Restored(long bump)
    {
        var target = new ArrayBufferWriter<byte>();
        var made = new NewClusterSnapshot(target, bump);
        foreach (var piece in _old.Snapshot().Chunk(7))
        {
            made.Write(piece);
        }

        made.Complete();
        var store = new StoreDriver();
        store.Store.Restore(new ReadOnlySequence<byte>(target.WrittenMemory));
        return store;
    }
}
