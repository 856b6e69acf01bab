namespace Ikada.KeyValue;

/// <summary>
/// The watchers of one client connection's stream, and what waits for the client, in order. Made by
/// <see cref="WatchHub.Open"/>; used by one thread at a time together with its hub.
/// </summary>
public sealed class WatchStream
{
    // A reference in a list, and what a list grows in advance.
    private const int EventOverheadBytes = 16;

    private readonly WatchHub _hub;
    private readonly IWatchStreamSignal _signal;
    private readonly SortedDictionary<long, Watcher> _watchers = [];
    private readonly Queue<Waiting> _queue = [];
    private long _nextId;
    private long _progressFrom = -1;

    internal WatchStream(WatchHub hub, IWatchStreamSignal signal) => (_hub, _signal) = (hub, signal);

    /// <summary>How many watchers it has.</summary>
    public int Count => _watchers.Count;

    /// <summary>How many answers to requests wait for the client. Whoever reads requests waits while this
    /// is large.</summary>
    public int AnswersWaiting { get; private set; }

    /// <summary>Bytes of events that wait for the client.</summary>
    public long PendingBytes { get; private set; }

    /// <summary>Whether something waits.</summary>
    public bool HasWaiting => _queue.Count > 0;

    /// <summary>Watchers that are to go on from history once the client has taken what waits.</summary>
    internal WatcherList Stalled { get; } = new();

    internal int SlotInHub { get; set; }

    /// <summary>How many watchers are not <see cref="WatcherState.Synced"/>.</summary>
    internal int Behind { get; set; }

    internal bool HasRoom => PendingBytes == 0 || (PendingBytes < _hub.Limits.StreamPendingBytesMax
        && (PendingBytes < _hub.Limits.StreamPendingBytesMin || !_hub.IsFull));

    /// <summary>Makes a watcher, or refuses to; either is delivered.</summary>
    /// <param name="spec">What it is to watch.</param>
    /// <param name="now">The store as it is now.</param>
    public void Create(WatchSpec spec, KeyValueView now)
    {
        var range = spec.Range.Key.IsEmpty
            ? spec.Range with { Key = new byte[1] } : spec.Range;
        var refusal = RefusalOf(range, spec);
        if (refusal != WatchRefusal.None)
        {
            Tell(new WatchDelivery(WatchDeliveryKind.Refused, WatchDelivery.AllWatchers, now.Revision)
            {
                Refusal = refusal,
            });
            return;
        }

        var id = spec.WatchId;
        if (id == 0)
        {
            while (_watchers.ContainsKey(_nextId))
            {
                _nextId++;
            }

            id = _nextId++;
        }

        Tell(new WatchDelivery(WatchDeliveryKind.Created, id, now.Revision));
        if (spec.StartRevision > 0 && spec.StartRevision < now.CompactedRevision)
        {
            TellCompacted(id, now.CompactedRevision);
            return;
        }

        var watcher = new Watcher(this, id, range, spec)
        {
            // What the hub has not come to yet is no news to a client that asks for what comes from now on.
            Next = spec.StartRevision == 0 ? now.Revision + 1 : spec.StartRevision,
        };
        _watchers.Add(id, watcher);
        _hub.Start(watcher);
    }

    /// <summary>Ends a watcher, and says so; nothing is said of an id that is not in use.</summary>
    public void Cancel(long id, KeyValueView now)
    {
        if (_watchers.TryGetValue(id, out var watcher))
        {
            End(watcher);
            Tell(new WatchDelivery(WatchDeliveryKind.Canceled, id, now.Revision));
            TellProgress();
        }
    }

    /// <summary>Says how far the stream is as soon as all its watchers have been given everything up to the
    /// revision the store is at now.</summary>
    public void RequestProgress(KeyValueView now)
    {
        _progressFrom = Math.Max(_progressFrom, now.Revision);
        _hub.AwaitProgress(this);
        TellProgress();
    }

    /// <summary>Says of each watcher that wants it how far it is, unless something was sent for it since
    /// the last call.</summary>
    public void TellProgressOfQuiet()
    {
        foreach (var watcher in _watchers.Values)
        {
            if (watcher.Spec.WantsProgress && !watcher.WasActive && IsSynced(watcher))
            {
                Tell(new WatchDelivery(WatchDeliveryKind.Progress, watcher.Id, _hub.Revision));
            }

            watcher.WasActive = false;
        }
    }

    /// <summary>The next thing for the client.</summary>
    public WatchDelivery? Take()
    {
        if (!_queue.TryDequeue(out var waiting))
        {
            return null;
        }

        if (waiting.Answer is { } answer)
        {
            AnswersWaiting--;
            return answer;
        }

        var watcher = waiting.Watcher!;
        watcher.IsQueued = false;
        if (watcher.State == WatcherState.Ended && !watcher.HasPending)
        {
            return Take();
        }

        var events = watcher.Take(_hub.Limits.ResponseBytesTarget, out var cost);
        Release(cost);
        Queue(watcher);
        return new WatchDelivery(WatchDeliveryKind.Events, watcher.Id, _hub.Revision)
        {
            Events = events,
            WithPrevious = watcher.Spec.WithPrevious,
            MayFragment = watcher.Spec.MayFragment,
        };
    }

    /// <summary>Ends all watchers.</summary>
    public void Close()
    {
        foreach (var watcher in new List<Watcher>(_watchers.Values))
        {
            End(watcher);
        }

        _queue.Clear();
        _hub.Forget(this);
    }

    internal static long CostOf(WatchEvent change, bool withPrevious) =>
        EventOverheadBytes + change.Encoded(withPrevious).Length;

    internal void Append(Watcher watcher, WatchEvent change)
    {
        watcher.Append(change);
        watcher.WasActive = true;
        var cost = CostOf(change, watcher.Spec.WithPrevious);
        PendingBytes += cost;
        _hub.PendingBytes += cost;
        Queue(watcher);
    }

    /// <summary>Ends a watcher that a compaction has overtaken. What it was given before still
    /// goes out.</summary>
    internal void EndCompacted(Watcher watcher, long compacted)
    {
        _watchers.Remove(watcher.Id);
        _hub.Stop(watcher);
        TellCompacted(watcher.Id, compacted);
    }

    /// <summary>Answers a request for progress if it can be by now. True: none is open.</summary>
    internal bool TellProgress()
    {
        if (_progressFrom >= 0 && _hub.Revision >= _progressFrom && AllSynced())
        {
            _progressFrom = -1;
            Tell(new WatchDelivery(
                WatchDeliveryKind.Progress, WatchDelivery.AllWatchers, _hub.Revision));
        }

        return _progressFrom < 0;
    }

    private WatchRefusal RefusalOf(in KeyRange range, WatchSpec spec) =>
        !range.IsSingle && !range.IsOpen && range.Key.Span.SequenceCompareTo(range.End.Span) >= 0
            ? WatchRefusal.EmptyRange
        : spec.WatchId != 0 && _watchers.ContainsKey(spec.WatchId) ? WatchRefusal.DuplicateId
        : spec.StartRevision < 0 ? WatchRefusal.NegativeRevision
        : WatchRefusal.None;

    // A watcher of the future has not seen what the hub's revision would promise: its first revision says
    // that nothing below is to come, and a promise above would be worth nothing to it.
    private bool IsSynced(Watcher watcher) =>
        watcher.State == WatcherState.Synced && watcher.Next <= _hub.Revision + 1;

    private bool AllSynced()
    {
        if (Behind > 0)
        {
            return false;
        }

        foreach (var watcher in _watchers.Values)
        {
            if (!IsSynced(watcher))
            {
                return false;
            }
        }

        return true;
    }

    private void End(Watcher watcher)
    {
        _watchers.Remove(watcher.Id);
        _hub.Stop(watcher);
        Release(watcher.Drop());
    }

    private void Release(long cost)
    {
        PendingBytes -= cost;
        _hub.PendingBytes -= cost;
        // Half empty at least, so that it is not filled and emptied event by event.
        if (Stalled.Count > 0 && PendingBytes <= _hub.Limits.StreamPendingBytesMax / 2 && HasRoom)
        {
            _hub.Resume(Stalled);
        }
    }

    private void TellCompacted(long id, long compacted) =>
        Tell(new WatchDelivery(WatchDeliveryKind.Canceled, id, 0) { CompactRevision = compacted });

    private void Tell(WatchDelivery answer)
    {
        AnswersWaiting++;
        Enqueue(new Waiting(answer, null));
    }

    private void Queue(Watcher watcher)
    {
        if (!watcher.IsQueued && watcher.HasPending)
        {
            watcher.IsQueued = true;
            Enqueue(new Waiting(null, watcher));
        }
    }

    private void Enqueue(in Waiting waiting)
    {
        _queue.Enqueue(waiting);
        if (_queue.Count == 1)
        {
            _signal.HasWaiting();
        }
    }

    private readonly record struct Waiting(WatchDelivery? Answer, Watcher? Watcher);
}

/// <summary>Is told when something waits for a client that had nothing waiting.</summary>
public interface IWatchStreamSignal
{
    /// <summary>Something waits. Must be quick, and call neither stream nor hub.</summary>
    void HasWaiting();
}
