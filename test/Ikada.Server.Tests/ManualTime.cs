namespace Ikada.Server.Tests;

/// <summary>Time that passes when it is told to.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private long _now = TimeSpan.TicksPerHour;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public void Pass(double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds).Ticks;
        foreach (var timer in _timers.ToArray())
        {
            timer.Fire(_now);
        }
    }

    public override ITimer CreateTimer(
        TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(() => callback(state), _now + dueTime.Ticks);
        _timers.Add(timer);
        return timer;
    }

    // Once, and never changed: all that is needed of one here.
    internal sealed class ManualTimer(Action callback, long at) : ITimer
    {
        private Action? _callback = callback;

        public void Fire(long now)
        {
            if (now >= at)
            {
                Interlocked.Exchange(ref _callback, null)?.Invoke();
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose() => _callback = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
