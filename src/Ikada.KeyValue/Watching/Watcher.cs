namespace Ikada.KeyValue;

/// <summary>One watcher of a stream. Everything it is to see below some revision has been put into its
/// pending events; where that revision is known, the state says.</summary>
internal sealed class Watcher(WatchStream stream, long id, KeyRange range, WatchSpec spec)
{
    private const int PendingAtFirst = 4;

    // What was taken of it stays as it is: whoever took it may still read it.
    private WatchEvent[] _pending = [];
    private int _taken;
    private int _count;

    public WatchStream Stream => stream;

    public long Id => id;

    public KeyRange Range => range;

    public WatchSpec Spec => spec;

    // Beside what each change looks at anyway.
    public bool WithPrevious { get; } = spec.WithPrevious;

    public WatcherState State { get; set; }

    /// <summary>The first revision it has not been offered. Of a synced watcher: nothing below it may reach
    /// it, everything from the hub's next revision on will.</summary>
    public long Next { get; set; }

    /// <summary>The revision it was offered last: what else that revision did belongs to the same
    /// response.</summary>
    public long Offered { get; set; }

    public RangeGroup? Group { get; set; }

    public int GroupSlot { get; set; }

    /// <summary>Where it stands in the list of its state.</summary>
    public int ListSlot { get; set; }

    /// <summary>Whether it stands in its stream's queue.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Whether a word on its progress waits for the client.</summary>
    public bool IsProgressWaiting { get; set; }

    /// <summary>Whether something was put into its stream for it since the last round of progress.</summary>
    public bool WasActive { get; set; }

    public bool HasPending => _taken < _count;

    /// <summary>What its pending events cost its stream.</summary>
    public long PendingCost { get; private set; }

    /// <summary>The last it is told, behind all its events.</summary>
    public WatchDelivery? Farewell { get; set; }

    public bool HasPendingUpTo(long revision) => HasPending && _pending[_taken].Revision <= revision;

    public bool Wants(in KeyValueChange change) =>
        change.IsDeletion ? !spec.WithoutDeletions : !spec.WithoutPuts;

    public void Append(WatchEvent change, long cost)
    {
        if (_count == _pending.Length)
        {
            Grow();
        }

        _pending[_count++] = change;
        PendingCost += cost;
    }

    /// <summary>Takes whole revisions up to <paramref name="revision"/>: one, and more as long as they
    /// fit.</summary>
    public ReadOnlyMemory<WatchEvent> Take(long revision, int bytesTarget, out long cost)
    {
        var end = _count;
        cost = PendingCost;
        if (cost > bytesTarget || _pending[_count - 1].Revision > revision)
        {
            (end, cost) = EndOf(revision, bytesTarget);
        }

        var taken = _pending.AsMemory(_taken..end);
        _taken = end;
        PendingCost -= cost;
        if (!HasPending)
        {
            Clear();
        }

        return taken;
    }

    /// <summary>Forgets what waits; what it cost.</summary>
    public long Drop()
    {
        var cost = PendingCost;
        Clear();
        return cost;
    }

    private (int End, long Cost) EndOf(long revision, int bytesTarget)
    {
        var bytes = 0L;
        var end = _taken;
        while (end < _count && _pending[end].Revision <= revision)
        {
            var next = end;
            var revisionBytes = 0L;
            for (; next < _count && _pending[next].Revision == _pending[end].Revision; next++)
            {
                revisionBytes += WatchStream.CostOf(_pending[next], WithPrevious);
            }

            if (end > _taken && bytes + revisionBytes > bytesTarget)
            {
                break;
            }

            bytes += revisionBytes;
            end = next;
        }

        return (end, bytes);
    }

    private void Grow()
    {
        var waiting = _count - _taken;
        var grown = new WatchEvent[Math.Max(PendingAtFirst, 2 * waiting)];
        _pending.AsSpan(_taken, waiting).CopyTo(grown);
        (_pending, _taken, _count) = (grown, 0, waiting);
    }

    private void Clear() => (_pending, _taken, _count, PendingCost) = ([], 0, 0, 0);
}

/// <summary>Where a watcher gets its events from.</summary>
internal enum WatcherState
{
    /// <summary>As they happen.</summary>
    Synced,

    /// <summary>From history.</summary>
    Catching,

    /// <summary>From nowhere until its client has taken what waits.</summary>
    Stalled,

    /// <summary>It is gone.</summary>
    Ended,
}
