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

    // Watchers that a compaction has ended, null for those it had overtaken before they began. As with etcd
    // their ids stay taken until the client cancels them, which is answered as for any other.
    private readonly Dictionary<long, Watcher?> _compacted = [];
    private Watcher? _current;
    private long _nextId;
    // From which revision on a request for progress can be answered; negative: none is open.
    private long _progressFrom = -1;

    // What the waiting words on progress promise, all of them the same: events behind it wait behind them,
    // so that what a client hears never goes back.
    private long _promise;
    private int _promisesWaiting;

    internal WatchStream(WatchHub hub, IWatchStreamSignal signal) => (_hub, _signal) = (hub, signal);

    /// <summary>How many watchers it has.</summary>
    public int Count => _watchers.Count;

    /// <summary>How many answers to requests wait for the client. Whoever reads requests waits while this
    /// is large.</summary>
    public int AnswersWaiting { get; private set; }

    /// <summary>Bytes of events that wait for the client.</summary>
    public long PendingBytes { get; private set; }

    /// <summary>Whether something waits.</summary>
    public bool HasWaiting => _current is not null || _queue.Count > 0;

    /// <summary>Watchers that are to go on from history once the client has taken what waits.</summary>
    internal WatcherList Stalled { get; } = new();

    internal int SlotInHub { get; set; }

    /// <summary>How many watchers are not <see cref="WatcherState.Synced"/>.</summary>
    internal int Behind { get; set; }

    private bool MayPromise => _promisesWaiting == 0 || _promise == _hub.Revision;

    private long Barrier => _promisesWaiting > 0 ? _promise : long.MaxValue;

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
            while (IsTaken(_nextId))
            {
                _nextId++;
            }

            id = _nextId++;
        }

        Tell(new WatchDelivery(WatchDeliveryKind.Created, id, now.Revision));
        if (spec.StartRevision > 0 && spec.StartRevision < now.CompactedRevision)
        {
            _compacted.Add(id, null);
            Tell(Compacted(id, now.CompactedRevision));
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
        }
        else if (!_compacted.Remove(id, out watcher))
        {
            return;
        }
        else if (watcher?.Farewell is not null)
        {
            // The client has given up what still waits.
            Release(watcher.Drop());
            watcher.Farewell = null;
            AnswersWaiting--;
        }

        Tell(new WatchDelivery(WatchDeliveryKind.Canceled, id, now.Revision));
        TellProgress();
    }

    /// <summary>Says how far the stream is as soon as all its watchers have been given everything up to the
    /// revision the store is at now.</summary>
    public void RequestProgress(KeyValueView now)
    {
        _progressFrom = Math.Max(_progressFrom, now.Revision);
        if (!TellProgress())
        {
            _hub.AwaitProgress(this);
        }
    }

    /// <summary>Says of each watcher that wants it how far it is, unless something was sent for it since
    /// the last call.</summary>
    public void TellProgressOfQuiet()
    {
        // A client that has not taken the last word yet is not in want of another.
        if (!MayPromise)
        {
            return;
        }

        foreach (var watcher in _watchers.Values)
        {
            TellProgressOfQuiet(watcher);
        }
    }

    /// <summary>The next thing for the client; null if nothing waits.</summary>
    public WatchDelivery? Take()
    {
        while (HasWaiting)
        {
            if (_current is null)
            {
                var waiting = _queue.Dequeue();
                if (waiting.Answer is { } answer)
                {
                    return Taken(answer, waiting.ProgressOf);
                }

                _current = waiting.Watcher!;
                _current.IsQueued = false;
            }

            if (_current.HasPendingUpTo(Barrier))
            {
                return TakeEvents(_current);
            }

            var watcher = _current;
            _current = null;
            if (watcher.HasPending)
            {
                Queue(watcher);
            }
            else if (watcher.Farewell is { } farewell)
            {
                watcher.Farewell = null;
                return Taken(farewell, null);
            }
        }

        return null;
    }

    /// <summary>Ends all watchers.</summary>
    public void Close()
    {
        foreach (var watcher in new List<Watcher>(_watchers.Values))
        {
            End(watcher);
        }

        // Of those that a compaction has ended, events may still wait.
        _hub.PendingBytes -= PendingBytes;
        PendingBytes = 0;
        _queue.Clear();
        _current = null;
        _hub.Forget(this);
    }

    internal static long CostOf(WatchEvent change, bool withPrevious) =>
        EventOverheadBytes + change.Encoded(withPrevious).Length;

    internal void Append(Watcher watcher, WatchEvent change)
    {
        var cost = CostOf(change, watcher.WithPrevious);
        watcher.Append(change, cost);
        watcher.WasActive = true;
        PendingBytes += cost;
        _hub.PendingBytes += cost;
        Queue(watcher);
    }

    /// <summary>Ends a watcher that a compaction has overtaken. What it was given before still
    /// goes out.</summary>
    internal void EndCompacted(Watcher watcher, long compacted)
    {
        _watchers.Remove(watcher.Id);
        _compacted.Add(watcher.Id, watcher);
        _hub.Stop(watcher);
        watcher.Farewell = Compacted(watcher.Id, compacted);
        AnswersWaiting++;
        Queue(watcher);
    }

    /// <summary>Answers a request for progress if it can be by now. True: none is open.</summary>
    internal bool TellProgress()
    {
        if (_progressFrom >= 0 && _hub.Revision >= _progressFrom && MayPromise && AllSynced())
        {
            _progressFrom = -1;
            Promise(WatchDelivery.AllWatchers, null);
        }

        return _progressFrom < 0;
    }

    private void TellProgressOfQuiet(Watcher watcher)
    {
        if (watcher.Spec.WantsProgress && !watcher.WasActive && !watcher.IsProgressWaiting
            && IsSynced(watcher))
        {
            watcher.IsProgressWaiting = true;
            Promise(watcher.Id, watcher);
        }

        watcher.WasActive = false;
    }

    private WatchDelivery Taken(WatchDelivery answer, Watcher? progressOf)
    {
        AnswersWaiting--;
        if (answer.Kind == WatchDeliveryKind.Progress)
        {
            _promisesWaiting--;
            progressOf?.IsProgressWaiting = false;
            TellProgress();
        }

        return answer;
    }

    /// <summary>What is left of a watcher's events is taken next: an answer behind them speaks of all of
    /// them.</summary>
    private WatchDelivery TakeEvents(Watcher watcher)
    {
        var events = watcher.Take(Barrier, _hub.Limits.ResponseBytesTarget, out var cost);
        if (!watcher.HasPending && watcher.Farewell is null)
        {
            _current = null;
        }

        Release(cost);
        // An older state may have taken the place of the one that the events are of.
        var revision = Math.Max(_hub.Revision, events.Span[^1].Revision);
        return new WatchDelivery(WatchDeliveryKind.Events, watcher.Id, revision)
        {
            Events = events,
            EventBytes = cost - ((long)EventOverheadBytes * events.Length),
            WithPrevious = watcher.WithPrevious,
            MayFragment = watcher.Spec.MayFragment,
        };
    }

    private WatchRefusal RefusalOf(in KeyRange range, WatchSpec spec) =>
        !range.IsSingle && !range.IsOpen && range.Key.Span.SequenceCompareTo(range.End.Span) >= 0
            ? WatchRefusal.EmptyRange
        : spec.WatchId != 0 && IsTaken(spec.WatchId) ? WatchRefusal.DuplicateId
        : spec.StartRevision < 0 ? WatchRefusal.NegativeRevision
        : WatchRefusal.None;

    private bool IsTaken(long id) => _watchers.ContainsKey(id) || _compacted.ContainsKey(id);

    // A watcher of the future is told nothing of a revision before its own.
    private bool IsSynced(Watcher watcher) =>
        watcher.State == WatcherState.Synced && watcher.Next <= _hub.Revision + 1
        && watcher.Spec.StartRevision <= _hub.Revision;

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

    private static WatchDelivery Compacted(long id, long compacted) =>
        new(WatchDeliveryKind.Canceled, id, 0) { CompactRevision = compacted };

    private void Promise(long id, Watcher? progressOf)
    {
        _promise = _hub.Revision;
        _promisesWaiting++;
        Tell(new WatchDelivery(WatchDeliveryKind.Progress, id, _promise), progressOf);
    }

    private void Tell(WatchDelivery answer, Watcher? progressOf = null)
    {
        AnswersWaiting++;
        Enqueue(new Waiting(answer, null, progressOf));
    }

    private void Queue(Watcher watcher)
    {
        if (!watcher.IsQueued && _current != watcher)
        {
            watcher.IsQueued = true;
            Enqueue(new Waiting(null, watcher, null));
        }
    }

    private void Enqueue(in Waiting waiting)
    {
        var wasEmpty = !HasWaiting;
        _queue.Enqueue(waiting);
        if (wasEmpty)
        {
            _signal.HasWaiting();
        }
    }

    /// <summary>An answer, perhaps on a watcher's progress, or a watcher with events.</summary>
    private readonly record struct Waiting(WatchDelivery? Answer, Watcher? Watcher, Watcher? ProgressOf);
}

/// <summary>Is told when something waits for a client that had nothing waiting.</summary>
public interface IWatchStreamSignal
{
    /// <summary>Something waits. Must be quick, and call neither stream nor hub.</summary>
    void HasWaiting();
}
