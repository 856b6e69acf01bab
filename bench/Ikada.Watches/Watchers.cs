using System.Diagnostics;
using System.Net;

namespace Ikada.Watches;

/// <summary>Watchers, a hundred a stream, over a few connections.</summary>
internal sealed class Watchers : IAsyncDisposable
{
    private const int Connections = 4;
    private const int PerStream = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly WatchConnection[] _connections =
        [.. Enumerable.Range(0, Connections).Select(_ => new WatchConnection())];

    public long Events => _connections.Sum(connection => connection.Events);

    /// <summary>Opens so many watchers, and waits until the server has made all.</summary>
    public static async Task<Watchers> OpenAsync(IPEndPoint server, int count, Func<int, string> key)
    {
        var watchers = new Watchers();
        foreach (var connection in watchers._connections)
        {
            await connection.OpenAsync(server);
        }

        for (var from = 0; from < count; from += PerStream)
        {
            await watchers._connections[from / PerStream % Connections].WatchAsync(
                Enumerable.Range(from, Math.Min(PerStream, count - from)).Select(key));
        }

        await watchers.UntilAsync(
            "watchers", count, () => watchers._connections.Sum(connection => connection.Created));
        return watchers;
    }

    public Task EventsAsync(long count) => UntilAsync("events", count, () => Events);

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task UntilAsync(string what, long count, Func<long> reached)
    {
        for (var watch = Stopwatch.StartNew(); reached() < count; await Task.Delay(2))
        {
            if (_connections.FirstOrDefault(one => one.Failure is not null) is { } broken)
            {
                throw new InvalidOperationException(broken.Failure);
            }

            if (watch.Elapsed > Patience)
            {
                throw new TimeoutException(
                    $"{reached()} of {count} {what} in {Patience.TotalMinutes} minutes");
            }
        }
    }
}
