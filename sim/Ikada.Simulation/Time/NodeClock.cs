using Ikada.Primitives;

namespace Ikada.Simulation.Time;

/// <summary>
/// A node's monotonic clock: it runs a little fast or slow, from a start of its own, so that moments of
/// two nodes
/// cannot be compared. It never goes back; it may jump forward, or stand still for a while.
/// </summary>
internal sealed class NodeClock(long start)
{
    private const long Million = 1_000_000;
    private long _localBase = start;
    private long _globalBase;
    private long _ratePerMillion = Million;

    /// <summary>Whether it stands still.</summary>
    public bool IsStill { get; private set; }

    /// <summary>What the clock shows when the world's time is <paramref name="global"/>.</summary>
    public Instant Read(long global) =>
        new(_localBase + (IsStill ? 0 : Scale(global - _globalBase, _ratePerMillion, Million)));

    /// <summary>The first moment of the world at which the clock shows <paramref name="local"/> or
    /// later.</summary>
    public long GlobalTimeOf(Instant local, long now)
    {
        if (local == Instant.Never)
        {
            return long.MaxValue;
        }

        var span = local.Ticks - _localBase;
        return span <= 0 ? now
            : IsStill ? long.MaxValue
            : Math.Max(now, _globalBase + Scale(span, Million, _ratePerMillion) + 1);
    }

    /// <summary>Lets the clock run at another rate from now on.</summary>
    public void SetRate(long global, int perMillion)
    {
        _localBase = Read(global).Ticks;
        _globalBase = global;
        _ratePerMillion = perMillion;
    }

    /// <summary>The clock shows so much more at once.</summary>
    public void Jump(long global, long ticks)
    {
        _localBase = Read(global).Ticks + ticks;
        _globalBase = global;
    }

    /// <summary>The clock stands still, or goes on from where it stood.</summary>
    public void Stand(long global, bool still)
    {
        _localBase = Read(global).Ticks;
        (_globalBase, IsStill) = (global, still);
    }

    private static long Scale(long value, long numerator, long denominator) =>
        numerator == denominator ? value : (long)((Int128)value * numerator / denominator);
}
