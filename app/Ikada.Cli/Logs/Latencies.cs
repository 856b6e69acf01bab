using System.Diagnostics;

namespace Ikada.Cli.Logs;

/// <summary>Every latency of a run, kept whole: no bucket rounds the tail away.</summary>
internal sealed class Latencies
{
    private readonly List<long> _ticks = [];
    private bool _isSorted;

    public int Count => _ticks.Count;

    public void Add(long ticks)
    {
        _ticks.Add(ticks);
        _isSorted = false;
    }

    public void Add(Latencies others)
    {
        _ticks.AddRange(others._ticks);
        _isSorted = false;
    }

    /// <summary>The time that this share of all (0 to 1) did not exceed; zero if there is none.</summary>
    public TimeSpan At(double share)
    {
        if (_ticks.Count == 0)
        {
            return TimeSpan.Zero;
        }

        if (!_isSorted)
        {
            _ticks.Sort();
            _isSorted = true;
        }

        var rank = (int)Math.Ceiling(share * _ticks.Count) - 1;
        return Stopwatch.GetElapsedTime(0, _ticks[Math.Clamp(rank, 0, _ticks.Count - 1)]);
    }
}
