using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Ikada.Node.Tests;

/// <summary>Keeps what nodes log: the number of the line and its values by name.</summary>
internal sealed class KeptLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(int Id, Dictionary<string, object?> Values)> _lines = new();

    /// <summary>The values of all lines with that number.</summary>
    public IReadOnlyList<Dictionary<string, object?>> Lines(int id) =>
        [.. _lines.Where(line => line.Id == id).Select(line => line.Values)];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (state is IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            _lines.Enqueue((eventId.Id, new Dictionary<string, object?>(values)));
        }
    }

    public void Dispose()
    {
    }
}
