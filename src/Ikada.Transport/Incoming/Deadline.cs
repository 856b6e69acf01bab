namespace Ikada.Transport;

/// <summary>Ends something that is not done in time, once. Safe for many threads.</summary>
internal sealed class Deadline : IDisposable
{
    private const int Running = 0;
    private const int Met = 1;
    private const int Passed = 2;
    private readonly Timer _timer;
    private int _state;

    public Deadline(TimeSpan time, Action late) => _timer = new Timer(
        _ =>
        {
            if (Interlocked.CompareExchange(ref _state, Passed, Running) == Running)
            {
                late();
            }
        },
        null,
        time,
        Timeout.InfiniteTimeSpan);

    /// <summary>Whether it was too late.</summary>
    public bool HasPassed => Volatile.Read(ref _state) == Passed;

    /// <summary>It is done: nothing will be ended. False: it was too late.</summary>
    public bool TryMeet() => Interlocked.CompareExchange(ref _state, Met, Running) == Running;

    public void Dispose() => _timer.Dispose();
}
