using Ikada.Primitives;

namespace Ikada.Replica.Snapshots;

/// <summary>Bounds a rate of bytes, over all that takes from it. It fills with time, up to a burst.</summary>
internal sealed class TokenBucket(long bytesPerSecond, long burstBytes, Instant now)
{
    private long _missing;
    private Instant _filled = now;

    /// <summary>Takes so many, at most a burst; false: not yet.</summary>
    public bool TryTake(Instant now, long bytes)
    {
        Fill(now);
        if (burstBytes - _missing < bytes)
        {
            return false;
        }

        _missing += bytes;
        return true;
    }

    /// <summary>When so many can be taken.</summary>
    public Instant ReadyAt(long bytes)
    {
        var missing = Math.Max(0, bytes - (burstBytes - _missing));
        // Rounded up, or the one who waits would come a moment too early.
        return new Instant(_filled.Ticks + (long)Math.Ceiling(missing * TicksPerByte));
    }

    private double TicksPerByte => (double)TimeSpan.TicksPerSecond / bytesPerSecond;

    private void Fill(Instant now)
    {
        var ticks = Math.Clamp(now.Ticks - _filled.Ticks, 0, 60 * TimeSpan.TicksPerSecond);
        var gained = (long)(ticks / TicksPerByte);
        if (gained > 0)
        {
            _missing = Math.Max(0, _missing - gained);
            // What is left of a byte counts next time.
            _filled = _missing == 0 ? now : new Instant(_filled.Ticks + (long)(gained * TicksPerByte));
        }
    }
}
