namespace Ikada.KeyValue;

/// <summary>One watcher of a stream. Everything it is to see below some revision has been put into its
/// pending events; where that revision is known, the state says.</summary>
internal sealed class Watcher(WatchStream stream, long id, KeyRange range, WatchSpec spec)
{
    private readonly List<WatchEvent> _pending = [];
    private int _taken;

    public WatchStream Stream => stream;

    public long Id => id;

    public KeyRange Range => range;

    public WatchSpec Spec => spec;

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

    public bool HasPending => _taken < _pending.Count;

    /// <summary>The last it is told, behind all its events.</summary>
    public WatchDelivery? Farewell { get; set; }

    public bool HasPendingUpTo(long revision) => HasPending && _pending[_taken].Revision <= revision;

    public bool Wants(in KeyValueChange change) =>
        change.IsDeletion ? !spec.WithoutDeletions : !spec.WithoutPuts;

    public void Append(WatchEvent change) => _pending.Add(change);

    /// <summary>Takes whole revisions up to <paramref name="revision"/>: one, and more as long as they
    /// fit.</summary>
    public WatchEvent[] Take(long revision, int bytesTarget, out long cost)
    {
        var bytes = 0L;
        var end = _taken;
        while (end < _pending.Count && _pending[end].Revision <= revision)
        {
            var next = end;
            var revisionBytes = 0L;
            for (; next < _pending.Count && _pending[next].Revision == _pending[end].Revision; next++)
            {
                revisionBytes += WatchStream.CostOf(_pending[next], spec.WithPrevious);
            }

            if (end > _taken && bytes + revisionBytes > bytesTarget)
            {
                break;
            }

            bytes += revisionBytes;
            end = next;
        }

        var taken = _pending.GetRange(_taken, end - _taken).ToArray();
        cost = bytes;
        _taken = end;
        if (_taken > _pending.Count / 2)
        {
            _pending.RemoveRange(0, _taken);
            _taken = 0;
        }

        return taken;
    }

    /// <summary>Forgets what waits; what it cost.</summary>
    public long Drop()
    {
        var cost = 0L;
        for (var i = _taken; i < _pending.Count; i++)
        {
            cost += WatchStream.CostOf(_pending[i], spec.WithPrevious);
        }

        _pending.Clear();
        _taken = 0;
        return cost;
    }
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
