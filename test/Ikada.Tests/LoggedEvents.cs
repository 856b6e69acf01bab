using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Ikada.Tests;

/// <summary>Keeps what is logged, with the ids.</summary>
internal sealed class LoggedEvents : ILoggerFactory, ILogger
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);
    private readonly ConcurrentQueue<(int Id, string Text)> _events = new();

    /// <summary>The ids from 400 to 449, of founding, joining and coming back, in order.</summary>
    public IReadOnlyList<int> OfJoining => [.. Ids.Where(id => id is >= 400 and < 450)];

    private IEnumerable<int> Ids => _events.Select(one => one.Id);

    /// <summary>All of it, for messages of tests.</summary>
    public override string ToString() => string.Join('\n', _events.Select(one => $"{one.Id} {one.Text}"));

    /// <summary>Waits until it has been logged, with <paramref name="part"/> in its text.</summary>
    public async Task<string> WaitForAsync(int id, string part = "")
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WaitMax;)
        {
            var found = _events.FirstOrDefault(
                one => one.Id == id && one.Text.Contains(part, StringComparison.Ordinal));
            if (found is { Text: { } text })
            {
                return text;
            }

            await Task.Delay(10, Group.Token);
        }

        throw new TimeoutException($"event {id} '{part}' has not come; these have:\n{this}");
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose() => _events.Clear();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        _events.Enqueue((eventId.Id, formatter(state, exception)));
}
