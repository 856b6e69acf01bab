using System.Diagnostics;
using Ikada.Load.Running;

namespace Ikada.InProcess;

/// <summary>What clients did while they were measured; nanoseconds.</summary>
/// <param name="Operations">Commands applied.</param>
/// <param name="Seconds">How long that was.</param>
/// <param name="P50">Of a command.</param>
/// <param name="P99">Of a command.</param>
/// <param name="Max">Of a command.</param>
public sealed record LoopResult(long Operations, double Seconds, long P50, long P99, long Max);

/// <summary>Clients in the process of the node, each with one command under way, as the requests of a
/// server's users would be.</summary>
public sealed class ClosedLoop : IDisposable
{
    // One for each thread that a client goes on: no client waits for another's.
    private readonly ThreadLocal<LatencyHistogram> _latencies = new(
        () => new LatencyHistogram(), trackAllValues: true);

    private volatile bool _isMeasuring;
    private volatile bool _isOver;

    /// <summary>Runs clients for the time of the warm-up, then for the time that is measured.</summary>
    /// <param name="to">Clients take turns at them.</param>
    /// <param name="clients">How many.</param>
    /// <param name="bytes">Of a command.</param>
    /// <param name="warmUp">Not measured.</param>
    /// <param name="window">Measured.</param>
    /// <param name="atWindow">Called as the measuring begins, and as it ends.</param>
    /// <exception cref="InvalidOperationException">A command was not applied.</exception>
    public async Task<LoopResult> RunAsync(
        IReadOnlyList<Propose> to, int clients, int bytes, TimeSpan warmUp, TimeSpan window, Action atWindow)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(atWindow);
        var running = Enumerable.Range(0, clients)
            .Select(number => Task.Run(() => RunClientAsync(to[number % to.Count], new byte[bytes])))
            .ToList();
        await Task.Delay(warmUp).ConfigureAwait(false);
        atWindow();
        var watch = Stopwatch.StartNew();
        _isMeasuring = true;
        await Task.Delay(window).ConfigureAwait(false);
        _isMeasuring = false;
        var seconds = watch.Elapsed.TotalSeconds;
        atWindow();
        _isOver = true;
        await Task.WhenAll(running).ConfigureAwait(false);
        var all = new LatencyHistogram();
        foreach (var one in _latencies.Values)
        {
            all.Add(one);
        }

        return new LoopResult(
            all.Count, seconds, all.Percentile(0.5), all.Percentile(0.99), all.MaxNanoseconds);
    }

    public void Dispose() => _latencies.Dispose();

    private async Task RunClientAsync(Propose propose, byte[] command)
    {
        while (!_isOver)
        {
            var started = Stopwatch.GetTimestamp();
            if (!await propose(command).ConfigureAwait(false))
            {
                throw new InvalidOperationException("a command was not applied");
            }

            if (_isMeasuring)
            {
                _latencies.Value!.Record((long)Stopwatch.GetElapsedTime(started).TotalNanoseconds);
            }
        }
    }
}
