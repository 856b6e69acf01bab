namespace Ikada.KeyValue.RocksDb;

/// <summary>The state that a batch left. Its snapshot goes when nobody holds the view any more, or with the
/// store.</summary>
internal sealed class RocksView(RocksDbStore store, RocksSnapshot snapshot) : IOrderedView
{
    ~RocksView() => store.LetGo(snapshot);

    public long SizeBytes => Read(static snapshot => snapshot.Database.SizeBytes);

    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        var isHeld = false;
        try
        {
            snapshot.DangerousAddRef(ref isHeld);
            return snapshot.Database.TryGet(snapshot.ReadOptions, key, out value);
        }
        finally
        {
            Release(isHeld);
        }
    }

    public long CountRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) =>
        Portion.CountKeys(OpenIterator, CloseIterator, from, to);

    public IOrderedCursor OpenCursor() => new RocksCursor(OpenIterator, CloseIterator);

    private nint OpenIterator()
    {
        var isHeld = false;
        snapshot.DangerousAddRef(ref isHeld);
        return Rocks.CreateIterator(snapshot.Database.Raw, snapshot.ReadOptions);
    }

    private void CloseIterator(nint iterator)
    {
        Rocks.DestroyIterator(iterator);
        Release(isHeld: true);
    }

    private T Read<T>(Func<RocksSnapshot, T> read)
    {
        var isHeld = false;
        try
        {
            snapshot.DangerousAddRef(ref isHeld);
            return read(snapshot);
        }
        finally
        {
            Release(isHeld);
        }
    }

    private void Release(bool isHeld)
    {
        if (isHeld)
        {
            snapshot.DangerousRelease();
        }

        // The finalizer must not run while a read is under way.
        GC.KeepAlive(this);
    }
}
