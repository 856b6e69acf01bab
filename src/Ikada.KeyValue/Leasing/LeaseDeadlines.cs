using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>
/// When each lease runs out, by the monotonic clock of one member. A lease's time begins when this member
/// learns that it was granted or renewed, which is never before that happened: a lease may live longer than
/// its time, never shorter. It keeps no clock: whoever asks says what its clock shows. One thread at a time.
/// </summary>
public sealed class LeaseDeadlines
{
    // In the order of the ids, so that what is done follows from what was observed alone.
    private readonly SortedDictionary<long, Tracked> _leases = [];
    private LogIndex _seen;
    private LogIndex _changed;
    private long _round;

    /// <summary>Takes in what has happened to leases up to <paramref name="view"/>; an older view than the
    /// last is left alone.</summary>
    /// <param name="view">The store.</param>
    /// <param name="now">What the clock shows, read after the view was taken.</param>
    public void Observe(KeyValueView view, Instant now)
    {
        if (view.AppliedIndex <= _seen)
        {
            return;
        }

        _seen = view.AppliedIndex;
        var changed = view.LeasesChangedAt;
        if (changed == _changed)
        {
            return;
        }

        _changed = changed;
        _round++;
        var leases = view.Leases();
        for (var i = 0; i < leases.Count; i++)
        {
            Observe(leases[i], now);
        }

        Forget();
    }

    /// <summary>Gives every lease its whole time anew, or what its last checkpoint left it, and
    /// <paramref name="more"/>: this member has begun to lead, and while nobody led nothing could be
    /// renewed.</summary>
    public void Extend(Instant now, TimeSpan more)
    {
        foreach (var tracked in _leases.Values)
        {
            var end = now + Whole(tracked.Lease) + more;
            tracked.End = end > tracked.End ? end : tracked.End;
        }
    }

    /// <summary>The leases that have run out, those first that did so first, at most
    /// <paramref name="most"/>.</summary>
    public IReadOnlyList<KeyValueLease> Due(Instant now, int most)
    {
        var due = new List<Tracked>();
        foreach (var tracked in _leases.Values)
        {
            if (tracked.End <= now)
            {
                due.Add(tracked);
            }
        }

        due.Sort(static (left, right) => left.End != right.End ? left.End.CompareTo(right.End)
            : left.Lease.Id.CompareTo(right.Lease.Id));
        var leases = new List<KeyValueLease>();
        for (var i = 0; i < due.Count && i < most; i++)
        {
            leases.Add(due[i].Lease);
        }

        return leases;
    }

    /// <summary>What is left of each lease that has more than <paramref name="longerThan"/> in all and has
    /// not run out, in whole seconds, rounded up.</summary>
    public IReadOnlyList<LeaseCheckpoint> Checkpoints(Instant now, TimeSpan longerThan)
    {
        var checkpoints = new List<LeaseCheckpoint>();
        foreach (var tracked in _leases.Values)
        {
            if (Granted(tracked.Lease) > longerThan && tracked.End > now)
            {
                var left = (tracked.End - now).Ticks;
                checkpoints.Add(new LeaseCheckpoint(
                    tracked.Lease.Id,
                    tracked.Lease.RenewedAt,
                    (left + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond));
            }
        }

        return checkpoints;
    }

    /// <summary>What is left of a lease of the view observed last; negative if it has run out, zero if there
    /// is none of that id.</summary>
    public TimeSpan Left(long id, Instant now) =>
        _leases.TryGetValue(id, out var tracked) ? tracked.End - now : TimeSpan.Zero;

    private void Observe(in KeyValueLease lease, Instant now)
    {
        if (!_leases.TryGetValue(lease.Id, out var known))
        {
            _leases[lease.Id] = known = new Tracked(lease, now + Whole(lease));
        }
        else if (known.Lease.RenewedAt != lease.RenewedAt)
        {
            known.End = now + Whole(lease);
        }

        (known.Lease, known.Round) = (lease, _round);
    }

    private void Forget()
    {
        var gone = new List<long>();
        foreach (var (id, tracked) in _leases)
        {
            if (tracked.Round != _round)
            {
                gone.Add(id);
            }
        }

        for (var i = 0; i < gone.Count; i++)
        {
            _leases.Remove(gone[i]);
        }
    }

    private static TimeSpan Granted(in KeyValueLease lease) => TimeSpan.FromSeconds(lease.TimeToLive);

    private static TimeSpan Whole(in KeyValueLease lease) =>
        TimeSpan.FromSeconds(lease.Remaining > 0 ? lease.Remaining : lease.TimeToLive);

    private sealed class Tracked(KeyValueLease lease, Instant end)
    {
        public KeyValueLease Lease { get; set; } = lease;

        public Instant End { get; set; } = end;

        // The observation that found it last.
        public long Round { get; set; }
    }
}
