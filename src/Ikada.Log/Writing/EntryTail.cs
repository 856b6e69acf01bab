using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>The recent entries of a group, in memory: a ring that grows at the end and shrinks at
/// both.</summary>
internal sealed class EntryTail
{
    private LogEntry[] _ring = new LogEntry[16];
    private int _head;

    /// <summary>Invariant: while <see cref="Count"/> is positive, the index of the first entry
    /// held.</summary>
    public LogIndex First { get; private set; }

    public int Count { get; private set; }

    public static long SizeOf(in LogEntry entry) => LogEntry.OverheadBytes + entry.Body.Length;

    public void Add(in LogEntry entry)
    {
        if (Count == 0)
        {
            First = entry.Index;
        }

        Invariant.Check(
            entry.Index == First + (ulong)Count,
                $"entry {entry.Index} does not follow the tail {First}+{Count}");
        if (Count == _ring.Length)
        {
            Grow();
        }

        _ring[(_head + Count) & (_ring.Length - 1)] = entry;
        Count++;
    }

    public bool Holds(LogIndex index) =>
        Count > 0 && index >= First && index.Value - First.Value < (ulong)Count;

    public bool TryGet(LogIndex index, out LogEntry entry)
    {
        if (!Holds(index))
        {
            entry = default;
            return false;
        }

        entry = _ring[(_head + (int)(index.Value - First.Value)) & (_ring.Length - 1)];
        return true;
    }

    /// <summary>Drops the first entry and returns its size.</summary>
    public long DropFirst()
    {
        var size = SizeOf(_ring[_head]);
        _ring[_head] = default;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
        First = First.Next;
        return size;
    }

    /// <summary>Drops all from an index on and returns their size.</summary>
    public long TruncateFrom(LogIndex first)
    {
        long size = 0;
        while (Count > 0 && First + (ulong)(Count - 1) >= first)
        {
            var slot = (_head + Count - 1) & (_ring.Length - 1);
            size += SizeOf(_ring[slot]);
            _ring[slot] = default;
            Count--;
        }

        return size;
    }

    /// <summary>Drops all up to an index and returns their size.</summary>
    public long DropTo(LogIndex last)
    {
        long size = 0;
        while (Count > 0 && First <= last)
        {
            size += DropFirst();
        }

        return size;
    }

    private void Grow()
    {
        var larger = new LogEntry[_ring.Length * 2];
        for (var i = 0; i < Count; i++)
        {
            larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
        }

        _ring = larger;
        _head = 0;
    }
}
