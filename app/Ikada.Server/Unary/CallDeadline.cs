using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Ikada.Server;

/// <summary>How long a client waits for its call, by the header <c>grpc-timeout</c>.</summary>
internal sealed class CallDeadline : IDisposable
{
    private const int DigitsMax = 8;
    private readonly CancellationTokenSource _passed;
    private readonly CancellationToken _aborted;

    private CallDeadline(TimeSpan timeout, CancellationToken aborted)
    {
        _aborted = aborted;
        _passed = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        _passed.CancelAfter(timeout);
    }

    /// <summary>Cancelled at the deadline, or when the client goes before.</summary>
    public CancellationToken Token => _passed.Token;

    /// <summary>Whether it has passed, with the client there yet.</summary>
    public bool HasPassed => _passed.IsCancellationRequested && !_aborted.IsCancellationRequested;

    /// <summary>The deadline of a call; null where it has none, or one that cannot be read, which the gRPC
    /// protocol lets a server ignore.</summary>
    public static CallDeadline? Of(HttpContext context) =>
        context.Request.Headers.TryGetValue("grpc-timeout", out var header) && header.Count == 1
            && TryRead(header[0], out var timeout)
                ? new CallDeadline(timeout, context.RequestAborted) : null;

    public void Dispose() => _passed.Dispose();

    /// <summary>Reads up to eight digits and a unit: H, M, S, m, u or n. What is longer than a timer can be
    /// is no deadline.</summary>
    internal static bool TryRead(string? text, out TimeSpan timeout)
    {
        timeout = default;
        if (text is null || text.Length is < 2 or > DigitsMax + 1 || !long.TryParse(
            text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        var ticks = text[^1] switch
        {
            'H' => count * TimeSpan.TicksPerHour,
            'M' => count * TimeSpan.TicksPerMinute,
            'S' => count * TimeSpan.TicksPerSecond,
            'm' => count * TimeSpan.TicksPerMillisecond,
            'u' => count * TimeSpan.TicksPerMicrosecond,
            'n' => count / TimeSpan.NanosecondsPerTick,
            _ => -1,
        };
        timeout = TimeSpan.FromTicks(ticks);
        return ticks >= 0 && timeout.TotalMilliseconds < int.MaxValue;
    }
}
