using System.Threading.Channels;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Api.Mvcc;

namespace Ikada.Cli.Migrating;

/// <summary>Everything that happens at the source from a revision on, whole revisions in order, over as many
/// connections as it takes. At most a few answers wait to be taken: what is not read stays at the
/// source.</summary>
internal sealed class SourceWatch : IAsyncDisposable
{
    private const int AnswersWaitingMax = 16;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(300);
    private readonly SourceStore _source;
    private readonly Channel<IReadOnlyList<Event>> _answers =
        Channel.CreateBounded<IReadOnlyList<Event>>(AnswersWaitingMax);

    private readonly CancellationTokenSource _stop;
    private readonly Task _running;
    private CancellationTokenSource? _connection;
    private long _next;

    public SourceWatch(SourceStore source, long from, CancellationToken stop)
    {
        (_source, _next) = (source, from);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _running = RunAsync();
    }

    /// <summary>What has come. Ends with the error that ended it.</summary>
    public ChannelReader<IReadOnlyList<Event>> Answers => _answers.Reader;

    /// <summary>Asks another server: this one has said nothing for too long.</summary>
    public Task RestartAsync() => _connection?.CancelAsync() ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await ConnectAsync();
                _source.Cluster.Next();
                await Task.Delay(PauseAfterFailure, _stop.Token);
                // Throws when nobody has answered for long enough.
                await _source.RevisionAsync(_stop.Token);
            }
        }
        catch (Exception end)
        {
            // Whoever takes the answers is told what it was.
            _answers.Writer.TryComplete(end);
        }
    }

    /// <summary>Watches over one connection until it breaks.</summary>
    private async Task ConnectAsync()
    {
        using var connection = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        _connection = connection;
        try
        {
            using var call = new Watch.WatchClient(_source.Cluster.Current.Invoker).Watch(
                new Metadata { { "hasleader", "true" } }, cancellationToken: connection.Token);
            await call.RequestStream.WriteAsync(
                new WatchRequest
                {
                    CreateRequest = new WatchCreateRequest
                    {
                        Key = ByteString.CopyFrom(0),
                        RangeEnd = ByteString.CopyFrom(0),
                        StartRevision = _next,
                    },
                },
                connection.Token);
            while (await call.ResponseStream.MoveNext(connection.Token))
            {
                await TakeAsync(call.ResponseStream.Current);
            }
        }
        catch (Exception broken) when (
            broken is RpcException or OperationCanceledException or InvalidOperationException
            && !_stop.IsCancellationRequested)
        {
            // The next connection goes on where this one ended.
            return;
        }
        finally
        {
            _connection = null;
        }
    }

    private async Task TakeAsync(WatchResponse answer)
    {
        if (answer.Header.ClusterId != _source.Id)
        {
            throw new CliException(
                $"migrate: {_source.Cluster.Side}: {_source.Cluster.Current.Endpoint.Text} is of another "
                + $"cluster, {answer.Header.ClusterId:x}: name servers of one cluster");
        }

        if (answer.CompactRevision > 0)
        {
            throw new SourceCompactedException(_next);
        }

        if (answer.Canceled)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, answer.CancelReason));
        }

        if (Unseen(answer.Events) is { Count: > 0 } events)
        {
            await _answers.Writer.WriteAsync(events, _stop.Token);
            _next = events[^1].Kv.ModRevision + 1;
        }
    }

    private List<Event> Unseen(RepeatedField<Event> events) =>
        [.. events.Where(change => change.Kv.ModRevision >= _next)];
}
