using Ikada.KeyValue;
using Ikada.Primitives;

namespace Ikada.Server;

/// <summary>
/// When each lease runs out, by this member's own monotonic clock. A lease's time begins when this member
/// learns that it was granted or renewed, which is never before that happened: a lease may live longer than
/// its time, never shorter. Every member keeps such a clock; only the one that leads acts on it. It costs
/// what is granted, renewed and due, however many leases there are. Safe for any thread.
/// </summary>
internal sealed class LeaseClock(TimeProvider time)
{
    // Before it looks which leases are gone: twice as many as there were, and some.
    private const int SweepGrain = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Tracked> _leases = [];
    private readonly SortedSet<(TimeSpan End, long Id)> _ends = [];
    private LogIndex _seen;
    private int _sweepAt = SweepGrain;

    /// <summary>How many it keeps in mind: those of the view observed last, and some that have ended
    /// since.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _leases.Count;
            }
        }
    }

    /// <summary>Takes in what has happened to leases up to <paramref name="view"/>.</summary>
    public void Observe(KeyValueView view)
    {
        lock (_gate)
        {
            // Another thread may have come by with a newer view.
            if (view.AppliedIndex <= _seen)
            {
                return;
            }

            var now = Now();
            foreach (var lease in view.LeasesRenewedAfter(_seen))
            {
                Track(lease, now + Whole(lease));
            }

            _seen = view.AppliedIndex;
            if (_leases.Count > _sweepAt)
            {
                Sweep(view);
            }
        }
    }

    /// <summary>Gives every lease its whole time anew, or what its last checkpoint left it, and
    /// <paramref name="more"/>: this member has begun to lead, and while nobody led nothing could be
    /// renewed.</summary>
    public void Extend(KeyValueView view, TimeSpan more)
    {
        Observe(view);
        lock (_gate)
        {
            var now = Now();
            foreach (var lease in view.Leases())
            {
                var end = now + Whole(lease) + more;
                Track(
                    lease, _leases.TryGetValue(lease.Id, out var known) && known.End > end ? known.End : end);
            }
        }
    }

    /// <summary>The leases of <paramref name="view"/> that have run out, those first that did so
    /// first.</summary>
    public IReadOnlyList<KeyValueLease> Due(KeyValueView view, int most)
    {
        lock (_gate)
        {
            var now = Now();
            var due = new List<KeyValueLease>();
            var gone = new List<long>();
            foreach (var (end, id) in _ends)
            {
                if (end > now || due.Count == most)
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
    }

    /// <summary>What is left of each lease that has more than <paramref name="longerThan"/> in all and has
    /// not run out. One that has ended may be among them.</summary>
    public IReadOnlyList<LeaseCheckpoint> Checkpoints(TimeSpan longerThan)
    {
        lock (_gate)
        {
            var now = Now();
            return [.. _leases.Values
                .Where(one => one.Lease.TimeToLive > longerThan.TotalSeconds && one.End > now)
                .OrderBy(one => one.Lease.Id)
                .Select(one => new LeaseCheckpoint(
                    one.Lease.Id,
                    one.Lease.RenewedAt,
                    (long)Math.Ceiling((one.End - now).TotalSeconds)))];
        }
    }

    /// <summary>What is left of a lease of the view observed last; negative if it has run out.</summary>
    public TimeSpan Left(long id)
    {
        lock (_gate)
        {
            return _leases.TryGetValue(id, out var tracked) ? tracked.End - Now() : TimeSpan.Zero;
        }
    }

    private void Track(in KeyValueLease lease, TimeSpan end)
    {
        Forget(lease.Id);
        _leases[lease.Id] = new Tracked(lease, end);
        _ends.Add((end, lease.Id));
    }

    private void Forget(long id)
    {
        if (_leases.Remove(id, out var known))
        {
            _ends.Remove((known.End, id));
        }
    }

    private void Sweep(KeyValueView view)
    {
        foreach (var id in _leases.Keys.ToArray())
        {
            if (!view.TryGetLease(id, out _))
            {
                Forget(id);
            }
        }

        _sweepAt = (2 * _leases.Count) + SweepGrain;
    }

    private TimeSpan Now() => time.GetElapsedTime(0);

    private static TimeSpan Whole(in KeyValueLease lease) =>
        TimeSpan.FromSeconds(lease.Remaining > 0 ? lease.Remaining : lease.TimeToLive);

    private readonly record struct Tracked(KeyValueLease Lease, TimeSpan End);
}
