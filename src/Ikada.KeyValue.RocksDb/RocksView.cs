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

    public long CountRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        using var use = new Use(snapshot);
        return RangeWalk.Read(snapshot, from, to, sink: null, wantsCount: true);
    }

    public long ReadRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, IRangeSink sink, bool wantsCount)
    {
        using var use = new Use(snapshot);
        return RangeWalk.Read(snapshot, from, to, sink, wantsCount);
    }

    public IOrderedCursor OpenCursor() => new RocksCursor(OpenIterator, CloseIterator);

    public IOrderedCursor OpenSweep() => new RocksCursor(OpenSweepIterator, CloseIterator);

    private nint OpenIterator()
    {
        var isInUse = false;
        snapshot.DangerousAddRef(ref isInUse);
        return Rocks.CreateIterator(snapshot.Database.Raw, snapshot.ReadOptions);
    }

    private nint OpenSweepIterator()
    {
        var isInUse = false;
        snapshot.DangerousAddRef(ref isInUse);
        // An iterator has a copy of its own.
        var options = Rocks.CreateReadOptions();
        Rocks.SetSnapshot(options, snapshot.Raw);
        Rocks.SetFillCache(options, 0);
        var iterator = Rocks.CreateIterator(snapshot.Database.Raw, options);
        Rocks.DestroyReadOptions(options);
        return iterator;
    }

    private void CloseIterator(nint iterator)
    {
        Rocks.DestroyIterator(iterator);
        snapshot.DangerousRelease();
    }
}
