using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>
/// Brings every change to the watchers that are to see it, once each and in order. Watchers that are level
/// with it get changes as they happen; those behind are brought up from history, slice by slice; those whose
/// client takes nothing get nothing, and go on from history later. So what waits is bounded, and what is
/// missing is always in the store. One thread at a time, together with its streams.
/// </summary>
public sealed class WatchHub
{
    private readonly IWatchEventEncoder _encoder;
    private readonly WatchIndex _live = new();
    private readonly WatcherList _synced = new();
    private readonly WatchIndex _past = new();
    private readonly WatcherList _catching = new();
    private readonly List<WatchStream> _streams = [];
    private readonly List<WatchStream> _awaitingProgress = [];
    private readonly List<RangeGroup> _found = [];
    private int _turn;
    private long _compacted;

    /// <summary>Begins at the revision the store is at.</summary>
    public WatchHub(KeyValueView now, IWatchEventEncoder encoder, WatchLimits limits)
    {
        (Revision, _compacted, _encoder, Limits) = (now.Revision, now.CompactedRevision, encoder, limits);
    }

    /// <summary>Everything up to here has been offered to the watchers that are level.</summary>
    public long Revision { get; private set; }

    /// <summary>Whether there are watchers to be brought up from history.</summary>
    public bool HasCatchingUp => _catching.Count > 0;

    /// <summary>How many watchers there are on all streams.</summary>
    public int WatcherCount { get; private set; }

    /// <summary>How many of them are not level.</summary>
    public int BehindCount => WatcherCount - _synced.Count;

    /// <summary>Bytes of events that wait for clients, over all streams.</summary>
    public long PendingBytes { get; internal set; }

    internal WatchLimits Limits { get; }

    internal bool IsFull => PendingBytes >= Limits.TotalPendingBytesMax;

    /// <summary>Begins a stream.</summary>
    public WatchStream Open(IWatchStreamSignal signal)
    {
        var stream = new WatchStream(this, signal) { SlotInHub = _streams.Count };
        _streams.Add(stream);
        return stream;
    }

    /// <summary>Takes the changes of a batch, all that lead from <see cref="Revision"/> to where
    /// <paramref name="after"/> is.</summary>
    public void Publish(IReadOnlyList<KeyValueChange> changes, KeyValueView after)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            var change = changes[i];
            Invariant.Check(
                change.Revision > Revision && change.Revision <= after.Revision,
                $"a change of revision {change.Revision} came at {Revision}, before {after.Revision}");
            _live.Find(change.Item.Key, _found);
            if (_found.Count > 0)
            {
                Offer(new WatchEvent(change), long.MinValue);
            }
        }

        Revision = after.Revision;
        NoteCompaction(after);
        TellProgress();
    }

    /// <summary>The changes between <see cref="Revision"/> and <paramref name="now"/> are not at hand, or
    /// the state has been replaced: everyone goes on from history, where there is something to go on
    /// from.</summary>
    public void Skip(KeyValueView now)
    {
        var from = Revision + 1;
        Revision = now.Revision;
        for (var i = _synced.Count - 1; i >= 0; i--)
        {
            var watcher = _synced[i];
            watcher.Next = Math.Max(watcher.Next, from);
            if (watcher.Next <= Revision)
            {
                Move(watcher, WatcherState.Catching);
            }
        }

        EndCompacted(now.CompactedRevision);
        TellProgress();
    }

    /// <summary>Reads one slice of history for those who are behind.</summary>
    /// <param name="now">The store, at <see cref="Revision"/> or further on.</param>
    public void CatchUp(KeyValueView now)
    {
        NoteCompaction(now);
        if (_catching.Count == 0)
        {
            return;
        }

        // By turns: a crowd that begins far back must not hold up the one that is nearly level.
        _turn = (_turn + 1) % _catching.Count;
        var from = _catching[_turn].Next;
        if (from < _compacted)
        {
            // It was level when the compaction was noted, and fell behind at a revision below it that had not
            // been published yet.
            _catching[_turn].Stream.EndCompacted(_catching[_turn], _compacted);
            TellProgress();
            return;
        }

        var to = Revision;
        if (from <= to)
        {
            var error = now.OpenChanges(from, out var changes);
            Invariant.Check(
                error == KeyValueError.None, $"revision {from} cannot be read: {error}, at {now.Revision}");
            to = Math.Min(Read(changes!, from), now.Revision);
        }

        Advance(from, to);
        TellProgress();
    }

    internal void Start(Watcher watcher)
    {
        WatcherCount++;
        Enter(watcher, watcher.Next > Revision ? WatcherState.Synced : WatcherState.Catching);
    }

    internal void Stop(Watcher watcher)
    {
        Leave(watcher);
        watcher.State = WatcherState.Ended;
        WatcherCount--;
    }

    internal void Resume(WatcherList stalled)
    {
        while (stalled.Count > 0)
        {
            Move(stalled[stalled.Count - 1], WatcherState.Catching);
        }
    }

    internal void AwaitProgress(WatchStream stream)
    {
        if (!_awaitingProgress.Contains(stream))
        {
            _awaitingProgress.Add(stream);
        }
    }

    internal void Forget(WatchStream stream)
    {
        var last = _streams[^1];
        _streams[stream.SlotInHub] = last;
        last.SlotInHub = stream.SlotInHub;
        _streams.RemoveAt(_streams.Count - 1);
        _awaitingProgress.Remove(stream);
    }

    /// <summary>Reads from <paramref name="from"/> on, whole revisions only; returns the last one
    /// read.</summary>
    private long Read(ChangeReader changes, long from)
    {
        var (seen, made, revision) = (0, 0L, from);
        while (changes.MoveNext() && changes.Revision <= Revision)
        {
            if (changes.Revision != revision)
            {
                if (seen >= Limits.CatchUpChangesMax || made >= Limits.CatchUpBytesMax || _past.Count == 0)
                {
                    return changes.Revision - 1;
                }

                revision = changes.Revision;
            }

            seen++;
            _past.Find(changes.Key, _found);
            if (WantsFound(from, revision, out var withPrevious))
            {
                made += Offer(new WatchEvent(changes.Read(withPrevious)), from);
            }
        }

        return Revision;
    }

    private bool WantsFound(long from, long revision, out bool withPrevious)
    {
        var wanted = false;
        withPrevious = false;
        foreach (var group in _found)
        {
            for (var i = 0; i < group.Count; i++)
            {
                var watcher = group[i];
                if (watcher.Next >= from && watcher.Next <= revision)
                {
                    wanted = true;
                    withPrevious |= watcher.WithPrevious;
                }
            }
        }

        return wanted;
    }

    /// <summary>Gives a change to the watchers found that are at <paramref name="from"/> or further on, and
    /// wait for its revision; returns the length of what was made for them.</summary>
    private long Offer(WatchEvent change, long from)
    {
        var made = 0L;
        foreach (var group in _found)
        {
            // Backwards, since one that finds no room leaves the group.
            for (var i = group.Count - 1; i >= 0; i--)
            {
                var watcher = group[i];
                if (watcher.Next < from || watcher.Next > change.Revision || !watcher.Wants(change.Change))
                {
                    continue;
                }

                // A revision is given whole or not at all.
                if (watcher.Offered != change.Revision && !watcher.Stream.HasRoom)
                {
                    watcher.Next = change.Revision;
                    Move(watcher, WatcherState.Stalled);
                    continue;
                }

                watcher.Offered = change.Revision;
                made = Math.Max(made, change.Prepare(_encoder, watcher.WithPrevious));
                watcher.Stream.Append(watcher, change);
            }
        }

        return made;
    }

    /// <summary>Everything of <paramref name="from"/> to <paramref name="to"/> has been offered.</summary>
    private void Advance(long from, long to)
    {
        for (var i = _catching.Count - 1; i >= 0; i--)
        {
            var watcher = _catching[i];
            if (watcher.Next >= from)
            {
                watcher.Next = Math.Max(watcher.Next, to + 1);
                if (watcher.Next > Revision)
                {
                    Move(watcher, WatcherState.Synced);
                }
            }
        }
    }

    private void NoteCompaction(KeyValueView now)
    {
        if (now.CompactedRevision > _compacted)
        {
            EndCompacted(now.CompactedRevision);
        }
        else if (now.CompactedRevision == 0)
        {
            // A migration was given up, and the store is empty again.
            _compacted = 0;
        }
    }

    /// <summary>Those that are level have been given everything; the others lose what was compacted
    /// away.</summary>
    private void EndCompacted(long compacted)
    {
        _compacted = compacted;
        EndCompacted(_catching);
        foreach (var stream in _streams)
        {
            EndCompacted(stream.Stalled);
        }
    }

    private void EndCompacted(WatcherList watchers)
    {
        for (var i = watchers.Count - 1; i >= 0; i--)
        {
            if (watchers[i].Next < _compacted)
            {
                watchers[i].Stream.EndCompacted(watchers[i], _compacted);
            }
        }
    }

    private void TellProgress()
    {
        for (var i = _awaitingProgress.Count - 1; i >= 0; i--)
        {
            if (_awaitingProgress[i].TellProgress())
            {
                _awaitingProgress.RemoveAt(i);
            }
        }
    }

    private void Move(Watcher watcher, WatcherState state)
    {
        Leave(watcher);
        Enter(watcher, state);
    }

    private void Enter(Watcher watcher, WatcherState state)
    {
        watcher.State = state;
        watcher.Stream.Behind += state == WatcherState.Synced ? 0 : 1;
        ListOf(watcher).Add(watcher);
        IndexOf(watcher)?.Add(watcher);
    }

    private void Leave(Watcher watcher)
    {
        watcher.Stream.Behind -= watcher.State == WatcherState.Synced ? 0 : 1;
        ListOf(watcher).Remove(watcher);
        IndexOf(watcher)?.Remove(watcher);
    }

    private WatcherList ListOf(Watcher watcher) => watcher.State switch
    {
        WatcherState.Synced => _synced,
        WatcherState.Catching => _catching,
        _ => watcher.Stream.Stalled,
    };

    private WatchIndex? IndexOf(Watcher watcher) => watcher.State switch
    {
        WatcherState.Synced => _live,
        WatcherState.Catching => _past,
        _ => null,
    };
}
