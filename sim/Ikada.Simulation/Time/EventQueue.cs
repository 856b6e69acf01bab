using System.Runtime.CompilerServices;

namespace Ikada.Simulation.Time;

/// <summary>
/// The events to come, by time and, at one time, in the order they were added: the order is part of the
/// replay, and the
/// framework's priority queue promises none for ties. A four-ary heap of small keys; the events
/// themselves stay in
/// their slots.
/// </summary>
internal sealed class EventQueue
{
    private const int Arity = 4;
    private Key[] _heap = new Key[256];
    private SimEvent[] _slots = new SimEvent[256];
    private int[] _free = new int[256];
    private int _freeCount;
    private int _used;
    private ulong _sequence;

    /// <summary>How many events wait.</summary>
    public int Count { get; private set; }

    /// <summary>The time of the next event; the queue must not be empty.</summary>
    public long NextTime => _heap[0].Time;

    /// <summary>Adds an event.</summary>
    public void Add(long time, in SimEvent what)
    {
        var slot = TakeSlot();
        _slots[slot] = what;
        if (Count == _heap.Length)
        {
            Array.Resize(ref _heap, Count * 2);
        }

        SiftUp(Count++, new Key(time, _sequence++, slot));
    }

    /// <summary>Takes the next event out. False when none is left.</summary>
    public bool TryTake(out long time, out SimEvent what)
    {
        if (Count == 0)
        {
            (time, what) = (0, default);
            return false;
        }

        var first = _heap[0];
        time = first.Time;
        what = _slots[first.Slot];
        _slots[first.Slot].Payload = null;
        ReturnSlot(first.Slot);
        var last = _heap[--Count];
        if (Count > 0)
        {
            SiftDown(last);
        }

        return true;
    }

    private void SiftUp(int at, Key key)
    {
        while (at > 0)
        {
            var parent = (at - 1) / Arity;
            if (!key.IsBefore(_heap[parent]))
            {
                break;
            }

            _heap[at] = _heap[parent];
            at = parent;
        }

        _heap[at] = key;
    }

    private void SiftDown(Key key)
    {
        var at = 0;
        while (true)
        {
            var child = (at * Arity) + 1;
            if (child >= Count)
            {
                break;
            }

            var end = Math.Min(child + Arity, Count);
            for (var other = child + 1; other < end; other++)
            {
                if (_heap[other].IsBefore(_heap[child]))
                {
                    child = other;
                }
            }

            if (!_heap[child].IsBefore(key))
            {
                break;
            }

            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = key;
    }

    private int TakeSlot()
    {
        if (_freeCount > 0)
        {
            return _free[--_freeCount];
        }

        if (_used == _slots.Length)
        {
            Array.Resize(ref _slots, _used * 2);
        }

        return _used++;
    }

    private void ReturnSlot(int slot)
    {
        if (_freeCount == _free.Length)
        {
            Array.Resize(ref _free, _freeCount * 2);
        }

        _free[_freeCount++] = slot;
    }

    private readonly record struct Key(long Time, ulong Sequence, int Slot)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool IsBefore(in Key other) =>
            Time < other.Time || (Time == other.Time && Sequence < other.Sequence);
    }
}
