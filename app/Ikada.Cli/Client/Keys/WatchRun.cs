using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

/// <summary>
/// A watch that outlives its server: where a stream ends, it goes on at the next of the servers, with the
/// revision after the last one seen.
/// </summary>
internal sealed class WatchRun(ClientCall call, WatchCreateRequest request)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // A server that has lost its leader ends the stream, and another one is asked.
    private static readonly Metadata NeedsLeader = new() { { "hasleader", "true" } };

    private bool _wasCreated;

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

                if (!_wasCreated)
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
            await watch.RequestStream.WriteAsync(new WatchRequest { CreateRequest = request }, stop.Token);
            while (await watch.ResponseStream.MoveNext(stop.Token))
            {
                stop.CancelAfter(Timeout.InfiniteTimeSpan);
                Take(watch.ResponseStream.Current);
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
    }

    private void Take(WatchResponse answer)
    {
        if (answer.Canceled)
        {
            throw new CliException($"watch was canceled ({Reason(answer)})");
        }

        if (answer.Created)
        {
            _wasCreated = true;
            // What is written from now on belongs to this watch, also if it has to be made anew.
            request.StartRevision = request.StartRevision == 0 ? answer.Header.Revision + 1
                : request.StartRevision;
            return;
        }

        // While a watch catches up, the header is ahead of the events.
        var seen = answer.Header.Revision;
        if (answer.Events.Count == 0)
        {
            call.Printer.Progress(answer);
        }
        else
        {
            call.Printer.Watch(answer);
            seen = answer.Events[^1].Kv.ModRevision;
        }

        request.StartRevision = Math.Max(request.StartRevision, seen + 1);
        call.Printer.Flush();
    }

    private static string Reason(WatchResponse answer) => answer.CompactRevision > 0
        ? $"etcdserver: mvcc: required revision has been compacted; the oldest is {answer.CompactRevision}"
        : answer.CancelReason;
}
