using Ikada.KeyValue;
using Ikada.Primitives;

namespace Ikada.Server;

/// <summary>
/// When each lease runs out, by this member's own monotonic clock. A lease's time begins when this member
/// learns that it was granted or renewed, which is never before that happened: a lease may live longer than
/// its time, never shorter. Every member keeps such a clock; only the one that leads acts on it. Safe for
/// any thread.
/// </summary>
internal sealed class LeaseClock(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Tracked> _leases = [];
    private LogIndex _seen;
    private LogIndex _changed;

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

            _seen = view.AppliedIndex;
            var changed = view.LeasesChangedAt;
            if (changed == _changed)
            {
                return;
            }

            _changed = changed;
            var now = Now();
            var gone = new HashSet<long>(_leases.Keys);
            foreach (var lease in view.Leases())
            {
                gone.Remove(lease.Id);
                if (!_leases.TryGetValue(lease.Id, out var known) || known.Lease.RenewedAt != lease.RenewedAt)
                {
                    _leases[lease.Id] = new Tracked(lease, now + Whole(lease));
                }
                else
                {
                    _leases[lease.Id] = known with { Lease = lease };
                }
            }

            foreach (var id in gone)
            {
                _leases.Remove(id);
            }
        }
    }

    /// <summary>Gives every lease its whole time anew, or what its last checkpoint left it, and
    /// <paramref name="more"/>: this member has begun to lead, and while nobody led nothing could be
    /// renewed.</summary>
    public void Extend(TimeSpan more)
    {
        lock (_gate)
        {
            var now = Now();
            foreach (var (id, tracked) in _leases.ToArray())
            {
                var end = now + Whole(tracked.Lease) + more;
                _leases[id] = tracked with { End = end > tracked.End ? end : tracked.End };
            }
        }
    }

    /// <summary>The leases that have run out, those first that did so first.</summary>
    public IReadOnlyList<KeyValueLease> Due(int most)
    {
        lock (_gate)
        {
            var now = Now();
            return [.. _leases.Values.Where(one => one.End <= now)
                .OrderBy(one => one.End).ThenBy(one => one.Lease.Id).Take(most).Select(one => one.Lease)];
        }
    }

    /// <summary>What is left of each lease that has more than <paramref name="longerThan"/> in all and has
    /// not run out.</summary>
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

    private TimeSpan Now() => time.GetElapsedTime(0);

    private static TimeSpan Whole(in KeyValueLease lease) =>
        TimeSpan.FromSeconds(lease.Remaining > 0 ? lease.Remaining : lease.TimeToLive);

    private readonly record struct Tracked(KeyValueLease Lease, TimeSpan End);
}
