using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>
/// Bounds the tails of all groups together: the oldest appended entry goes first. An entry that is not
/// durable is never dropped, since the disk could not give it back.
/// </summary>
internal sealed class TailBudget(long bytesMax)
{
    private readonly Queue<(GroupLog Group, LogIndex Index)> _order = new();
    private long _bytes;

    public long Bytes => _bytes;

    public void Added(GroupLog group, in LogEntry entry)
    {
        _order.Enqueue((group, entry.Index));
        _bytes += EntryTail.SizeOf(entry);
    }

    public void Removed(long bytes) => _bytes -= bytes;

    /// <summary>Drops what is over the bound. An item whose entry was truncated since is passed over: the
    /// entry appended in its place has an item of its own, further back.</summary>
    public void Trim()
    {
        while (_bytes > bytesMax && _order.TryPeek(out var oldest))
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
}
