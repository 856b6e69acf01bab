using Ikada.Primitives;

namespace Ikada.KeyValue.RocksDb;

/// <summary>The state that a batch left. Its snapshot goes with the last holder, or with the store.</summary>
internal sealed class RocksView(RocksDbStore store, RocksSnapshot snapshot) : IHeldView
{
    private int _holders = 1;

    public long SizeBytes
    {
        get
        {
            using var use = new Use(snapshot);
            return snapshot.Database.SizeBytes;
        }
    }

    public bool TryHold()
    {
        var holders = Volatile.Read(ref _holders);
        while (holders > 0)
        {
            var found = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (found == holders)
            {
                return true;
            }

            holders = found;
        }

        return false;
    }

    public void LetGo()
    {
        var left = Interlocked.Decrement(ref _holders);
        Invariant.Check(left >= 0, $"a view was let go of {-left} times more than it was held");
        if (left == 0)
        {
            store.LetGo(snapshot);
        }
    }

    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        using var use = new Use(snapshot);
        return snapshot.Database.TryGet(snapshot.ReadOptions, key, out value);
    }

    public long CountRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) =>
        Portion.CountKeys(OpenIterator, CloseIterator, from, to);

    public IOrderedCursor OpenCursor() => new RocksCursor(OpenIterator, CloseIterator);

    private nint OpenIterator()
    {
        var isInUse = false;
        snapshot.DangerousAddRef(ref isInUse);
        return Rocks.CreateIterator(snapshot.Database.Raw, snapshot.ReadOptions);
    }

    private void CloseIterator(nint iterator)
    {
        Rocks.DestroyIterator(iterator);
        snapshot.DangerousRelease();
    }
}
