using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>
/// Bounds the tails of all groups together: the oldest appended entry goes first. An entry that is not
/// durable is never dropped, since the disk could not give it back.
/// </summary>
internal sealed class TailBudget(long bytesMax, int entriesMax)
{
    private const int SweepMin = 4096;
    private readonly Queue<(GroupLog Group, LogIndex Index)> _order = new();
    private int _sweepAt = SweepMin;
    private long _bytes;

    public long Bytes => _bytes;

    /// <summary>How many items it keeps in order, those of entries gone meanwhile included.</summary>
    public int Items => _order.Count;

    public void Added(GroupLog group, in LogEntry entry)
    {
        if (_order.Count >= _sweepAt)
        {
            Sweep();
        }

        _order.Enqueue((group, entry.Index));
        _bytes += EntryTail.SizeOf(entry);
    }

    public void Removed(long bytes) => _bytes -= bytes;

    /// <summary>Drops what is over either bound. An item whose entry was removed since is passed over: an
    /// entry appended in its place has an item of its own, further back.</summary>
    public void Trim()
    {
        while ((_bytes > bytesMax || _order.Count > entriesMax) && _order.TryPeek(out var oldest))
        {
            var tail = oldest.Group.Tail;
            if (tail.Count > 0 && tail.First == oldest.Index)
            {
                if (oldest.Group.Durable.Index < oldest.Index)
                {
                    return;
                }

                _bytes -= tail.DropFirst();
            }

            _order.Dequeue();
        }
    }

    // Where entries are compacted before the bound is reached nothing else would ever take their items out.
    private void Sweep()
    {
        for (var left = _order.Count; left > 0; left--)
        {
            var item = _order.Dequeue();
            if (item.Group.Tail.Holds(item.Index))
            {
                _order.Enqueue(item);
            }
        }

        _sweepAt = Math.Max(SweepMin, _order.Count * 2);
    }
}
