namespace Ikada.Server;

/// <summary>The time limit of calls. Those that begin within the same tenth of a second share one: a timer of
/// its own would cost a call about as much as its way through consensus.</summary>
/// <param name="time">How long a call may take, at least; a tenth of a second more at most.</param>
internal sealed class SharedLimits(TimeSpan time)
{
    private static readonly TimeSpan Share = TimeSpan.FromMilliseconds(100);
    private Limit? _newest;

    /// <summary>Cancelled when the time of a call that begins now is over.</summary>
    public CancellationToken Next()
    {
        var now = Environment.TickCount64;
        var limit = Volatile.Read(ref _newest);
        if (limit is null || now >= limit.SharedUntil)
        {
            // Two callers may make one each: both are right.
            limit = new Limit(now + (long)Share.TotalMilliseconds, new CancellationTokenSource(time + Share));
            Volatile.Write(ref _newest, limit);
        }

        return limit.Source.Token;
    }

    private sealed record Limit(long SharedUntil, CancellationTokenSource Source);
}
