using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

/// <summary>
/// A watch that outlives its server: where a stream ends, it goes on at the next of the servers, with the
/// revision after the last one seen.
/// </summary>
/// <param name="call">The command.</param>
/// <param name="order">What is watched, and what is run.</param>
/// <param name="output">Held while something is printed: a printer serves one watch at a time.</param>
internal sealed class WatchRun(ClientCall call, WatchOrder order, Lock output)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // A server that has lost its leader ends the stream, and another one is asked.
    private static readonly Metadata NeedsLeader = new() { { "hasleader", "true" } };

    private readonly WatchCreateRequest _request = order.Request;
    private readonly WatchHook? _hook = order.Command.Count > 0 ? new WatchHook(order.Command) : null;
    private readonly TaskCompletionSource _created = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AsyncDuplexStreamingCall<WatchRequest, WatchResponse>? _open;

    /// <summary>A server has the watch.</summary>
    public Task Created => _created.Task;

    /// <summary>The watch has ended by its command.</summary>
    public bool CommandFailed { get; private set; }

    /// <summary>Asks the server how far the watch is; what it answers is printed like an event. Nothing is
    /// asked of a watch that has ended, or is cut off at the moment.</summary>
    public async Task AskProgressAsync()
    {
        if (_open is not { } watch)
        {
            return;
        }

        try
        {
            await watch.RequestStream.WriteAsync(
                new WatchRequest { ProgressRequest = new WatchProgressRequest() }, call.Cancellation);
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException
            or ObjectDisposedException)
        {
            // The stream has ended meanwhile: the watch itself says so and goes on elsewhere.
            await Console.Error.WriteLineAsync($"ikada: progress: {error.Message}");
        }
    }

    public async Task<int> RunAsync()
    {
        var failures = new List<string>();
        try
        {
            while (true)
            {
                failures.Clear();
                foreach (var connection in call.Cluster.Connections)
                {
                    failures.Add($"{connection.Endpoint.Text}: {await FollowAsync(connection)}");
                }

                if (!_created.Task.IsCompleted)
                {
                    throw new CliException(
                        $"watch: {string.Join("; ", failures)}; is a server running there? --endpoints names "
                        + "others");
                }

                await Console.Error.WriteLineAsync(
                    $"ikada: the watch is cut off and tries again: {string.Join("; ", failures)}");
                await Task.Delay(Pause, call.Cancellation);
            }
        }
        catch (Exception ended) when (call.Cancellation.IsCancellationRequested
            && ended is OperationCanceledException or RpcException)
        {
            return 0;
        }
    }

    /// <summary>Prints what one server tells, and returns why it does not any more.</summary>
    private async Task<string> FollowAsync(EtcdConnection connection)
    {
        // The stream itself has no limit, but its first answer does.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation);
        stop.CancelAfter(call.Cluster.CommandTimeout);
        try
        {
            using var watch = connection.Watches.Watch(NeedsLeader, cancellationToken: stop.Token);
            await watch.RequestStream.WriteAsync(new WatchRequest { CreateRequest = _request }, stop.Token);
            while (await watch.ResponseStream.MoveNext(stop.Token))
            {
                stop.CancelAfter(Timeout.InfiniteTimeSpan);
                _open = watch;
                await TakeAsync(watch.ResponseStream.Current);
            }

            return "the server has ended the stream";
        }
        catch (RpcException error)
        {
            call.Cancellation.ThrowIfCancellationRequested();
            return EtcdConnection.Describe(error);
        }
        catch (OperationCanceledException) when (!call.Cancellation.IsCancellationRequested)
        {
            return "no answer in time";
        }
        finally
        {
            _open = null;
        }
    }

    private async Task TakeAsync(WatchResponse answer)
    {
        if (answer.Canceled)
        {
            throw new CliException($"watch was canceled ({Reason(answer)})");
        }

        if (answer.Created)
        {
            // What is written from now on belongs to this watch, also if it has to be made anew.
            _request.StartRevision = _request.StartRevision == 0 ? answer.Header.Revision + 1
                : _request.StartRevision;
            _created.TrySetResult();
            return;
        }

        Print(answer);
        await RunCommandAsync(answer);
        // While a watch catches up, the header is ahead of the events.
        var seen = answer.Events.Count == 0 ? answer.Header.Revision : answer.Events[^1].Kv.ModRevision;
        _request.StartRevision = Math.Max(_request.StartRevision, seen + 1);
    }

    private void Print(WatchResponse answer)
    {
        lock (output)
        {
            if (answer.Events.Count == 0)
            {
                call.Printer.Progress(answer);
            }
            else
            {
                call.Printer.Watch(answer);
            }

            call.Printer.Flush();
        }
    }

    private async Task RunCommandAsync(WatchResponse answer)
    {
        try
        {
            await (_hook?.RunAsync(answer, call.Cancellation) ?? Task.CompletedTask);
        }
        catch (CliException)
        {
            CommandFailed = true;
            throw;
        }
    }

    private static string Reason(WatchResponse answer) => answer.CompactRevision > 0
        ? $"etcdserver: mvcc: required revision has been compacted; the oldest is {answer.CompactRevision}"
        : answer.CancelReason;
}
