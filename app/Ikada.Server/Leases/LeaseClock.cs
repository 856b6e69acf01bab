using Ikada.KeyValue;
using Ikada.Primitives;

namespace Ikada.Server;

/// <summary>When each lease runs out, by this member's own clock (<see cref="LeaseDeadlines"/>). Every member
/// keeps such a clock; only the one that leads acts on it. Safe for any thread.</summary>
internal sealed class LeaseClock
{
    private readonly Lock _gate = new();
    private readonly LeaseDeadlines _deadlines = new();
    private readonly LeaseKeeping _keeping;
    private readonly TimeProvider _time;

    public LeaseClock(TimeProvider time, ServerOptions options) =>
        (_time, _keeping) = (time, new LeaseKeeping(_deadlines, options.ElectionTimeout));

    /// <summary>How many leases it keeps in mind.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _deadlines.Count;
            }
        }
    }

    /// <summary>Takes in what has happened to leases up to <paramref name="view"/>.</summary>
    public void Observe(KeyValueView view)
    {
        lock (_gate)
        {
            _deadlines.Observe(view, Now());
        }
    }

    /// <summary>This member has begun to lead.</summary>
    public void BeginToLead(KeyValueView view)
    {
        lock (_gate)
        {
            _keeping.BeginToLead(view, Now());
        }
    }

    /// <summary>What the member that leads has to propose now.</summary>
    public IReadOnlyList<byte[]> Due(KeyValueView view)
    {
        lock (_gate)
        {
            return _keeping.Due(view, Now());
        }
    }

    /// <summary>What is left of a lease of the view observed last; negative if it has run out.</summary>
    public TimeSpan Left(long id)
    {
        lock (_gate)
        {
            return _deadlines.Left(id, Now());
        }
    }

    private Instant Now() => new(_time.GetElapsedTime(0).Ticks);
}
