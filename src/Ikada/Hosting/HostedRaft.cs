using System.Diagnostics.Metrics;
using Ikada.Node;
using Ikada.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ikada;

/// <summary>A node that starts with the host: what is called before waits until then.</summary>
internal sealed class HostedRaft<TMachine> : IRaft<TMachine>, IHostedRaft, IDisposable
    where TMachine : class
{
    private readonly IServiceProvider _services;
    private readonly Lazy<RaftOptions> _options;

    // Null: disposed, and never started.
    private readonly TaskCompletionSource<RunningRaft<TMachine>?> _started =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HostedRaft(IServiceProvider services, string optionsName)
    {
        _services = services;
        _options = new Lazy<RaftOptions>(
            () => services.GetRequiredService<IOptionsMonitor<RaftOptions>>().Get(optionsName));
        Leadership = new Leadership(NodeAsync());
        Completion = CompleteAsync();
        // A fault that nobody asks about is in the log; it must not come back as an unobserved one.
        _ = Completion.ContinueWith(
            ended => ended.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>The name of the node.</summary>
    public string Name => _options.Value.Name;

    public bool IsStarted => _started.Task.IsCompleted;

    public RaftStatus Status => Running.Status;

    public Leadership Leadership { get; }

    public Members Members => Running.Members;

    public Task Completion { get; }

    private RunningRaft<TMachine> Running => !_started.Task.IsCompleted
        ? throw new InvalidOperationException(
            "The node has not been started yet: it starts with the host. Status and Members can be asked for "
                + "from then on; commands, queries and Leadership wait for it")
        : _started.Task.GetAwaiter().GetResult() ?? throw NeverStarted();

    /// <summary>Starts the node; only the host does.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        IRaft<TMachine> raft;
        try
        {
            raft = await Raft.StartAsync(
                _options.Value,
                _services.GetRequiredService<TMachine>(),
                _services.GetService<ILoggerFactory>(),
                _services.GetService<IMeterFactory>(),
                cancellation).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _started.TrySetException(
                new NodeStoppedException($"the node could not be started: {error.Message}", error));
            throw;
        }

        if (!_started.TrySetResult((RunningRaft<TMachine>)raft))
        {
            await raft.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask<Outcome<ReadOnlyMemory<byte>>> ProposeAsync(
        ReadOnlyMemory<byte> command, CancellationToken cancellation) =>
        await WaitAsync(cancellation).ConfigureAwait(false) is { } raft
            ? await raft.ProposeAsync(command, cancellation).ConfigureAwait(false)
            : Outcome.Refused<ReadOnlyMemory<byte>>(Consensus.Refusal.NoLeader, leader: null);

    public async ValueTask<Outcome<TResult>> ProposeTypedAsync<TCommand, TResult>(
        TCommand command, CancellationToken cancellation) =>
        await WaitAsync(cancellation).ConfigureAwait(false) is { } raft
            ? await raft.ProposeTypedAsync<TCommand, TResult>(command, cancellation).ConfigureAwait(false)
            : Outcome.Refused<TResult>(Consensus.Refusal.NoLeader, leader: null);

    public async ValueTask<ReadOnlyMemory<byte>> QueryAsync(
        ReadOnlyMemory<byte> query, ReadConsistency consistency, CancellationToken cancellation)
    {
        var raft = await StartedAsync(cancellation).ConfigureAwait(false);
        return await raft.QueryAsync(query, consistency, cancellation).ConfigureAwait(false);
    }

    public async ValueTask<TAnswer> QueryAsync<TAnswer>(
        Func<TMachine, TAnswer> read, ReadConsistency consistency, CancellationToken cancellation)
    {
        var raft = await StartedAsync(cancellation).ConfigureAwait(false);
        return await raft.QueryAsync(read, consistency, cancellation).ConfigureAwait(false);
    }

    public async ValueTask<LogIndex> SnapshotAsync(CancellationToken cancellation)
    {
        var raft = await StartedAsync(cancellation).ConfigureAwait(false);
        return await raft.SnapshotAsync(cancellation).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _started.TrySetResult(null);
        if (_started.Task.IsCompletedSuccessfully
            && await _started.Task.ConfigureAwait(false) is { } raft)
        {
            await raft.DisposeAsync().ConfigureAwait(false);
        }

        await ((IAsyncDisposable)Leadership).DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>For a container that is disposed of synchronously; blocks.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static NodeStoppedException NeverStarted() =>
        new("the host has ended, and had never started the node");

    private async Task<RunningRaft<TMachine>> StartedAsync(CancellationToken cancellation) =>
        await _started.Task.WaitAsync(cancellation).ConfigureAwait(false) ?? throw NeverStarted();

    // Null: the caller gave up before there was a node, so nothing was handed over.
    private async ValueTask<RunningRaft<TMachine>?> WaitAsync(CancellationToken cancellation)
    {
        try
        {
            return await StartedAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<RaftNode> NodeAsync() =>
        (await StartedAsync(CancellationToken.None).ConfigureAwait(false)).Node;

    private async Task CompleteAsync()
    {
        if (await _started.Task.ConfigureAwait(false) is { } raft)
        {
            await raft.Completion.ConfigureAwait(false);
        }
    }
}
