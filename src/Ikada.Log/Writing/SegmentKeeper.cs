using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>Frees segments when a head stands for all they told, and has what holds them back written
/// forward.</summary>
internal sealed class SegmentKeeper(
    SortedDictionary<GroupId, GroupLog> groups, SegmentUse use, SegmentPool pool, Rewriter rewriter,
        PendingQueue pending)
{
    private ulong _active;
    private ulong _headBehind;

    /// <summary>A segment begins; its head was built now, with all that has left the queue.</summary>
    public void Began(ulong sequence)
    {
        pool.Take();
        use.Begin(sequence);
        _active = sequence;
        _headBehind = pending.Taken;
    }

    /// <summary>A batch is durable, and with the first one of a segment its head.</summary>
    public void Completed(BatchOperation batch)
    {
        if (batch.Head is not null)
        {
            if (!HasDamage())
            {
                Free();
                rewriter.Decide();
            }
        }

        rewriter.GoOn(batch.Taken);
    }

    /// <summary>Whether a further segment, begun now, would let the oldest go.</summary>
    public bool WouldFree() => use.MayFree(_active + 1, pending.Taken) && !HasDamage();

    private void Free()
    {
        while (use.TryFree(_active, _headBehind, out var freed, out var isMissing))
        {
            if (!isMissing)
            {
                pool.Free(freed);
            }
        }
    }

    // What a damaged entry was may be told by any record that is left.
    private bool HasDamage()
    {
        foreach (var group in groups.Values)
        {
            if (group.Damage.Count > 0 || group.IsMembershipLost)
            {
                return true;
            }
        }

        return false;
    }
}
