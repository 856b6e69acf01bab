using System.Diagnostics;

namespace Ikada.Load.Running;

/// <summary>A thread that begins operations by the clock: the k-th at k / rate, however long those before it
/// take, so that a server that is slow for a moment is charged for all that came meanwhile.</summary>
internal sealed class Pacer : IDisposable
{
    private readonly double _rate;
    private readonly Action<long> _begin;
    private readonly Thread? _thread;
    private volatile bool _isStopping;

    /// <param name="rate">A second; 0: nothing is ever begun.</param>
    /// <param name="begin">Begins the operation of a moment, a timestamp of <see cref="Stopwatch"/>.</param>
    public Pacer(double rate, Action<long> begin)
    {
        (_rate, _begin) = (rate, begin);
        if (rate > 0)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "pacer" };
            _thread.Start();
        }
    }

    public void Dispose()
    {
        _isStopping = true;
        _thread?.Join();
    }

    private void Run()
    {
        var first = Stopwatch.GetTimestamp();
        try
        {
            for (var at = 0L; !_isStopping; at++)
            {
                var intended = first + (long)(at * Stopwatch.Frequency / _rate);
                Pace.SleepUntil(intended);
                _begin(intended);
            }
        }
        catch (IOException)
        {
            // Who receives on that connection finds it lost too, and says so.
            _isStopping = true;
        }
    }
}
