using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ikada;

/// <summary>Starts the node before any hosted service, so that they can use it from their first moment, and
/// stops it after all of them.</summary>
internal sealed class RaftHostedService<TMachine>(
    HostedRaft<TMachine> raft, IHostApplicationLifetime lifetime, ILoggerFactory? loggers = null)
    : IHostedLifecycleService
    where TMachine : class
{
    private readonly ILogger _logger =
        (loggers ?? NullLoggerFactory.Instance).CreateLogger("Ikada.Hosting");

    private Task _watching = Task.CompletedTask;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await raft.StartAsync(cancellationToken).ConfigureAwait(false);
        _watching = StopHostWithNodeAsync();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Throws why the node had to stop by itself, if it had to. The node's own limits bound how long
    /// this takes; to break it off would only cost the seal of the log.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await raft.DisposeAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
    }

    private async Task StopHostWithNodeAsync()
    {
        try
        {
            await raft.Completion.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            HostingLog.StopsHost(_logger, raft.Name, error);
            lifetime.StopApplication();
            throw;
        }
    }
}
