using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Ikada.Transport.Tests;

/// <summary>Keeps what is logged.</summary>
internal sealed class LogLines : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string Text => string.Join('\n', _lines);

    public bool Contains(params ReadOnlySpan<string> parts) => CountOf(parts) > 0;

    public int CountOf(params ReadOnlySpan<string> parts)
    {
        var count = 0;
        foreach (var line in _lines)
        {
            var all = true;
            foreach (var part in parts)
            {
                all &= line.Contains(part, StringComparison.Ordinal);
            }

            count += all ? 1 : 0;
        }

        return count;
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose() => _lines.Clear();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue(formatter(state, exception));
}
