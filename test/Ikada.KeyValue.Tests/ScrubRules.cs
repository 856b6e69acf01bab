using System.Buffers;

namespace Ikada.KeyValue.Tests;

/// <summary>All stored bytes, as replicas compare them.</summary>
public sealed class ScrubRules
{
    [Fact]
    public void A_restored_store_has_stored_the_same_however_far_the_removal_of_compacted_versions_is()
    {
        var store = new StoreDriver();
        Work(store);
        var whole = Scrub(store.Store);
        var copy = new StoreDriver();
        copy.Store.Restore(new ReadOnlySequence<byte>(store.Snapshot()));
        Assert.Equal(whole, Scrub(copy.Store));

        // Of the copy there is nothing to remove.
        while (store.Store.View.IsRemovingCompacted)
        {
            foreach (var one in new[] { store, copy })
            {
                one.Apply(KeyValueCommand.EncodeRemoveCompacted(3));
            }
        }

        Assert.Equal(Scrub(store.Store), Scrub(copy.Store));
    }

    [Fact]
    public void Every_record_that_reads_and_watches_look_at_is_covered()
    {
        var ordered = new MemoryOrderedStore();
        var store = new KeyValueStore(ordered);
        var source = new StoreDriver();
        Work(source);
        store.Restore(new ReadOnlySequence<byte>(source.Snapshot()));
        var keys = new List<byte[]>();
        var all = ordered.Hold();
        var cursor = all.OpenCursor();
        for (var more = cursor.Seek([]); more; more = cursor.MoveNext())
        {
            keys.Add(cursor.Key.ToArray());
        }

        foreach (var key in keys)
        {
            Assert.True(all.TryGet(key, out var value));
            byte[] good = value.ToArray();
            byte[] bad = good.Length == 0 ? [1] : [.. good[..^1], (byte)(good[^1] ^ 1)];
            var before = Scrub(store);
            Set(ordered, key, bad);
            Assert.NotEqual(before, Scrub(new KeyValueStore(ordered)));
            Set(ordered, key, good);
        }
    }

    private static void Set(MemoryOrderedStore ordered, byte[] key, byte[] value)
    {
        var batch = ordered.BeginBatch();
        batch.Put(key, value);
        batch.Commit();
    }

    private static void Work(StoreDriver store)
    {
        store.Apply(LeaseCommand.EncodeGrant(7, 60));
        for (var i = 0; i < 30; i++)
        {
            store.Put($"key {i % 7}", $"{i}");
            if (i % 5 == 0)
            {
                store.Delete($"key {i % 3}");
            }
        }

        store.Apply(KeyValueCommand.EncodePut(
            StoreDriver.Bytes("leased"), StoreDriver.Bytes("1"), lease: 7));
        store.Apply(KeyValueCommand.EncodeCompact(20));
        store.Put("after", "1");
    }

    private static byte[] Scrub(KeyValueStore store)
    {
        var writer = new ArrayBufferWriter<byte>();
        var snapshot = store.CaptureSnapshot();
        using var held = snapshot as IDisposable;
        snapshot.ScrubTo(writer);
        return writer.WrittenSpan.ToArray();
    }
}
