using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>
/// When each lease runs out, by the monotonic clock of one member. A lease's time begins when this member
/// learns that it was granted or renewed, which is never before that happened: a lease may live longer than
/// its time, never shorter. It keeps no clock: whoever asks says what its clock shows. It costs what is
/// granted, renewed and due, however many leases there are. One thread at a time.
/// </summary>
public sealed class LeaseDeadlines
{
    // Before it looks which leases are gone: twice as many as there were, and some.
    private const int SweepGrain = 1000;

    private readonly Dictionary<long, Tracked> _leases = [];
    private readonly SortedSet<(long End, long Id)> _ends = [];
    private LogIndex _seen;
    private int _sweepAt = SweepGrain;

    /// <summary>How many it keeps in mind: those of the view observed last, and some that have ended
    /// since.</summary>
    public int Count => _leases.Count;

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

        var renewed = view.LeasesRenewedAfter(_seen);
        for (var i = 0; i < renewed.Count; i++)
        {
            Track(renewed[i], now + Whole(renewed[i]));
        }

        _seen = view.AppliedIndex;
        if (_leases.Count > _sweepAt)
        {
            Sweep(view);
        }
    }

    /// <summary>Gives every lease its whole time anew, or what its last checkpoint left it, and
    /// <paramref name="more"/>: this member has begun to lead, and while nobody led nothing could be
    /// renewed.</summary>
    public void Extend(KeyValueView view, Instant now, TimeSpan more)
    {
        Observe(view, now);
        var leases = view.Leases();
        for (var i = 0; i < leases.Count; i++)
        {
            var end = now + Whole(leases[i]) + more;
            Track(
                leases[i],
                _leases.TryGetValue(leases[i].Id, out var known) && known.End > end ? known.End : end);
        }
    }

    /// <summary>The leases of <paramref name="view"/> that have run out, those first that did so first, at
    /// most <paramref name="most"/>.</summary>
    public IReadOnlyList<KeyValueLease> Due(KeyValueView view, Instant now, int most)
    {
        var due = new List<KeyValueLease>();
        var gone = new List<long>();
        foreach (var (end, id) in _ends)
        {
            if (end > now.Ticks || due.Count == most)
            {
                break;
            }

            if (view.TryGetLease(id, out _))
            {
                due.Add(_leases[id].Lease);
            }
            else
            {
                gone.Add(id);
            }
        }

        gone.ForEach(Forget);
        return due;
    }

    /// <summary>What is left of each lease of <paramref name="view"/> that has more than
    /// <paramref name="longerThan"/> in all and has not run out, in whole seconds, rounded up.</summary>
    public IReadOnlyList<LeaseCheckpoint> Checkpoints(KeyValueView view, Instant now, TimeSpan longerThan)
    {
        var checkpoints = new List<LeaseCheckpoint>();
        foreach (var (end, id) in _ends)
        {
            var lease = _leases[id].Lease;
            if (TimeSpan.FromSeconds(lease.TimeToLive) > longerThan && end > now.Ticks
                && view.TryGetLease(id, out _))
            {
                checkpoints.Add(new LeaseCheckpoint(
                    id,
                    lease.RenewedAt,
                    (end - now.Ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond));
            }
        }

        checkpoints.Sort(static (left, right) => left.Id.CompareTo(right.Id));
        return checkpoints;
    }

    /// <summary>What is left of a lease of the view observed last; negative if it has run out, zero if there
    /// is none of that id.</summary>
    public TimeSpan Left(long id, Instant now) =>
        _leases.TryGetValue(id, out var tracked) ? tracked.End - now : TimeSpan.Zero;

    private void Track(in KeyValueLease lease, Instant end)
    {
        Forget(lease.Id);
        _leases[lease.Id] = new Tracked(lease, end);
        _ends.Add((end.Ticks, lease.Id));
    }

    private void Forget(long id)
    {
        if (_leases.Remove(id, out var known))
        {
            _ends.Remove((known.End.Ticks, id));
        }
    }

    private void Sweep(KeyValueView view)
    {
        var gone = new List<long>();
        foreach (var id in _leases.Keys)
        {
            if (!view.TryGetLease(id, out _))
            {
                gone.Add(id);
            }
        }

        gone.ForEach(Forget);
        _sweepAt = (2 * _leases.Count) + SweepGrain;
    }

    private static TimeSpan Whole(in KeyValueLease lease) =>
        TimeSpan.FromSeconds(lease.Remaining > 0 ? lease.Remaining : lease.TimeToLive);

    private readonly record struct Tracked(KeyValueLease Lease, Instant End);
}
