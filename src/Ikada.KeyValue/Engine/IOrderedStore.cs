namespace Ikada.KeyValue;

/// <summary>
/// The port under the key-value store: byte keys in bytewise order, one writer, any number of readers on
/// point-in-time views that they hold. The engine in memory implements it here; an engine on disk lives in a
/// room of its own.
/// </summary>
public interface IOrderedStore
{
    /// <summary>Takes hold of the state that the last committed batch left. The caller lets go of it. From
    /// the writer's thread.</summary>
    IHeldView Hold();

    /// <summary>Begins a batch over the current state. One at a time, from the writer's thread.</summary>
    IOrderedBatch BeginBatch();

    /// <summary>Begins a batch over nothing: its commit replaces the whole content. Of an engine on disk it
    /// is an <see cref="IDisposable"/>, and what it has written aside goes if it is disposed without a
    /// commit.</summary>
    IOrderedBatch BeginReplacement();

    /// <summary>Whether the content survives the process. Default false.</summary>
    bool IsDurable => false;

    /// <summary>The value of a key in what a crash would leave: the content of some committed batch, whole.
    /// Default: nothing.</summary>
    bool TryGetDurable(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        value = default;
        return false;
    }

    /// <summary>Sets out to make durable what is committed, without waiting for it.</summary>
    void BeginFlush()
    {
    }

    /// <summary>Whoever waits for space on a full disk is to wait no longer, now or later, but to fail: the
    /// node stops. From any thread. Default: nothing.</summary>
    void GiveUpOnSpace()
    {
    }

    /// <summary>Gives back the space of what was deleted, which an engine on disk does by itself only after
    /// a while. Takes as long as reading and writing all there is; others go on. From any thread. Default:
    /// nothing.</summary>
    void Defragment()
    {
    }
}

/// <summary>Something that can be read in key order.</summary>
public interface IOrderedView
{
    /// <summary>How many bytes the keys and values have together; of an engine on disk, what its files and
    /// its memory take.</summary>
    long SizeBytes { get; }

    /// <summary>The value of a key. The bytes are immutable and may be kept.</summary>
    bool TryGet(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value);

    /// <summary>How many keys k have <paramref name="from"/> &lt;= k &lt; <paramref name="to"/>. An
    /// engine on disk looks at each.</summary>
    long CountRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to);

    /// <summary>Gives the keys k with <paramref name="from"/> &lt;= k &lt; <paramref name="to"/> in order to
    /// <paramref name="sink"/> until that wants no more; then counts the others, if
    /// <paramref name="wantsCount"/>.</summary>
    /// <returns>How many there are, whether given or not; if no count is wanted, how many were
    /// given.</returns>
    long ReadRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, IRangeSink sink, bool wantsCount)
    {
        var cursor = OpenCursor();
        var given = 0L;
        for (var more = cursor.Seek(from); more; more = cursor.MoveNext())
        {
            if (cursor.Key.Span.SequenceCompareTo(to) >= 0)
            {
                break;
            }

            given++;
            if (!sink.Take(cursor.Key, cursor.Value))
            {
                return wantsCount ? CountRange(from, to) : given;
            }
        }

        return given;
    }

    /// <summary>A new cursor, standing nowhere until <see cref="IOrderedCursor.Seek"/>.</summary>
    IOrderedCursor OpenCursor();

    /// <summary>A cursor for whoever reads much of it, once: what it reads drives nothing out of an engine's
    /// caches. Default: any cursor.</summary>
    IOrderedCursor OpenSweep() => OpenCursor();
}

/// <summary>Takes what a range holds.</summary>
public interface IRangeSink
{
    /// <summary>Takes a key and its value, whose bytes are immutable and may be kept.</summary>
    /// <returns>Whether it wants more.</returns>
    bool Take(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value);
}

/// <summary>A state that stays as it is for as long as somebody holds it. It begins with one holder. Any
/// number of threads may read it.</summary>
public interface IHeldView : IOrderedView
{
    /// <summary>Adds a holder. False: the last one has let go, and nothing can be read any more.</summary>
    bool TryHold();

    /// <summary>Takes away a holder; each does it once. A read that is under way ends as it began, and one
    /// that begins behind the last holder's end throws <see cref="ObjectDisposedException"/> where the engine
    /// has let go of the state.</summary>
    void LetGo();
}

/// <summary>Walks a view forward. Of a batch's cursor: invalid after the next change.</summary>
public interface IOrderedCursor
{
    /// <summary>The key it stands on. The bytes are immutable and may be kept.</summary>
    ReadOnlyMemory<byte> Key { get; }

    /// <summary>The value it stands on. The bytes are immutable and may be kept.</summary>
    ReadOnlyMemory<byte> Value { get; }

    /// <summary>Goes to the first key at or after <paramref name="from"/>; false if there is none.</summary>
    bool Seek(ReadOnlySpan<byte> from);

    /// <summary>Goes to the next key; false at the end.</summary>
    bool MoveNext();
}

/// <summary>Changes that become visible together. Reads through it see them at once.</summary>
public interface IOrderedBatch : IOrderedView
{
    /// <summary>Sets a key. The batch owns <paramref name="value"/> from now on; it must never
    /// change.</summary>
    void Put(ReadOnlySpan<byte> key, byte[] value);

    /// <summary>Removes a key, if there.</summary>
    void Remove(ReadOnlySpan<byte> key);

    /// <summary>Makes the changes the state of the store. The batch is of no use afterwards.</summary>
    void Commit();
}
