namespace Ikada.KeyValue.RocksDb;

/// <summary>Entries that were copied out of an iterator, which lives no longer than the copying: so nothing
/// of the database is held by whoever walks slowly, or stops half way.</summary>
internal sealed unsafe class Portion
{
    private const int EntriesFirst = 4;
    private const int EntriesMax = 256;
    private const int BytesMax = 256 << 10;
    private readonly List<(byte[] Key, byte[] Value)> _entries = [];
    private int _wanted = EntriesFirst;

    public int Count => _entries.Count;

    public (byte[] Key, byte[] Value) this[int at] => _entries[at];

    /// <summary>Whether nothing lies behind the last entry.</summary>
    public bool IsLast { get; private set; }

    /// <summary>Begins with small portions again: most walks are short.</summary>
    public void Restart() => _wanted = EntriesFirst;

    /// <summary>The first entry at or behind a key. False if that is not among them: before the first one, or
    /// behind the last.</summary>
    public bool TryFind(ReadOnlySpan<byte> from, out int at)
    {
        at = 0;
        if (Count == 0 || from.SequenceCompareTo(_entries[0].Key) < 0
            || from.SequenceCompareTo(_entries[^1].Key) > 0)
        {
            return false;
        }

        var end = Count - 1;
        while (at < end)
        {
            var middle = (at + end) / 2;
            (at, end) = from.SequenceCompareTo(_entries[middle].Key) > 0 ? (middle + 1, end) : (at, middle);
        }

        return true;
    }

    /// <summary>Reads on from a key, or from behind it. Each portion is larger than the one before.</summary>
    public void Fill(Func<nint> open, Action<nint> close, ReadOnlySpan<byte> from, bool isBehind)
    {
        _entries.Clear();
        var iterator = open();
        try
        {
            Seek(iterator, from);
            if (isBehind && Rocks.IsValid(iterator) != 0 && Key(iterator).SequenceEqual(from))
            {
                Rocks.MoveNext(iterator);
            }

            long bytes = 0;
            while (Rocks.IsValid(iterator) != 0 && Count < _wanted && bytes < BytesMax)
            {
                var entry = (Key(iterator).ToArray(), Value(iterator).ToArray());
                _entries.Add(entry);
                bytes += entry.Item1.Length + entry.Item2.Length;
                Rocks.MoveNext(iterator);
            }

            IsLast = Rocks.IsValid(iterator) == 0;
            ThrowIfFailed(iterator);
        }
        finally
        {
            close(iterator);
        }

        _wanted = Math.Min(EntriesMax, _wanted * 4);
    }

    /// <summary>Counts keys, one after the other.</summary>
    public static long CountKeys(
        Func<nint> open, Action<nint> close, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        var iterator = open();
        try
        {
            Seek(iterator, from);
            var count = 0L;
            while (Rocks.IsValid(iterator) != 0 && Key(iterator).SequenceCompareTo(to) < 0)
            {
                count++;
                Rocks.MoveNext(iterator);
            }

            ThrowIfFailed(iterator);
            return count;
        }
        finally
        {
            close(iterator);
        }
    }

    public static void Seek(nint iterator, ReadOnlySpan<byte> from)
    {
        fixed (byte* at = from)
        {
            byte none;
            Rocks.Seek(iterator, at is null ? &none : at, (nuint)from.Length);
        }
    }

    public static ReadOnlySpan<byte> Key(nint iterator)
    {
        var bytes = Rocks.KeyOf(iterator, out var length);
        return new ReadOnlySpan<byte>(bytes, checked((int)length));
    }

    public static ReadOnlySpan<byte> Value(nint iterator)
    {
        var bytes = Rocks.ValueOf(iterator, out var length);
        return new ReadOnlySpan<byte>(bytes, checked((int)length));
    }

    public static void ThrowIfFailed(nint iterator)
    {
        Rocks.ErrorOf(iterator, out var error);
        RocksDbException.ThrowIf(error, "walk");
    }
}
