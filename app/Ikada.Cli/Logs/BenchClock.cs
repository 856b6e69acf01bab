using System.Diagnostics;

namespace Ikada.Cli.Logs;

/// <summary>The time of a measurement: first a part that does not count, then the part that does.</summary>
internal sealed class BenchClock(TimeSpan warmUp, TimeSpan duration, Action<double> progress)
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromMilliseconds(100);
    private readonly long _begun = Stopwatch.GetTimestamp();
    private TimeSpan _started;
    private TimeSpan _told;
    private volatile bool _isMeasuring;

    /// <summary>How long the part that counts has taken.</summary>
    public TimeSpan Took { get; private set; }

    /// <summary>Whether to go on. <paramref name="reset"/> is called once, when what counts begins.</summary>
    public bool Goes(Action reset)
    {
        var now = Stopwatch.GetElapsedTime(_begun);
        if (!_isMeasuring && now >= warmUp)
        {
            (_started, _isMeasuring) = (now, true);
            reset();
        }

        Took = _isMeasuring ? now - _started : TimeSpan.Zero;
        if (now - _told > ProgressEvery)
        {
            _told = now;
            progress(Math.Min(1, now / (warmUp + duration)));
        }

        return Took < duration;
    }

    public void Measured(Latencies latencies, long ticks)
    {
        if (_isMeasuring)
        {
            latencies.Add(ticks);
        }
    }
}
