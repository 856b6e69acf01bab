using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ikada.Tests;

/// <summary>A program with a host, over a temporary directory.</summary>
internal sealed class Hosted : IAsyncDisposable, ILoggerProvider
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ikada-");
    private readonly ConcurrentQueue<(int Id, string Text)> _logged = new();
    private IHost? _host;

    public Hosted()
    {
        Builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(settings: null);
        Builder.Logging.AddProvider(this);
    }

    public HostApplicationBuilder Builder { get; }

    public IHost Host => _host ??= Builder.Build();

    public IRaft<Counter> Raft => Host.Services.GetRequiredService<IRaft<Counter>>();

    public IEnumerable<(int Id, string Text)> Logged => _logged;

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Settings of a node that is alone.</summary>
    public void Configure(RaftOptions options)
    {
        options.Name = "a";
        options.DataDirectory = Path.Combine(_directory.FullName, "a");
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(20);
        options.ElectionTimeout = TimeSpan.FromMilliseconds(100);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable host)
        {
            await host.DisposeAsync();
        }

        _directory.Delete(recursive: true);
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => new Logger(_logged);

    void IDisposable.Dispose()
    {
        // The log outlives the host, for the test to read.
    }

    private sealed class Logger(ConcurrentQueue<(int Id, string Text)> logged) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            logged.Enqueue((eventId.Id, $"{formatter(state, exception)} {exception?.Message}"));
    }
}
