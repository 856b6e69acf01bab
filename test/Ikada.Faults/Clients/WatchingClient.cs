using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Faults.Clients;

/// <summary>Watches some keys, on at another node from where it is when its stream breaks, and now and then
/// without need. It asks again and again how far it is.</summary>
internal sealed class WatchingClient(
    Recorder recorder, IReadOnlyList<Connection> nodes, WatchRecord record, Plant plant, Random random,
    CancellationToken end)
{
    private const int ProgressMilliseconds = 300;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);
    private int _node = random.Next(nodes.Count);
    private int _deliveries;

    public WatchRecord Record => record;

    /// <summary>Whether it stays where it is unless its stream breaks.</summary>
    public bool IsSettling { get; set; }

    public async Task RunAsync()
    {
        while (!end.IsCancellationRequested)
        {
            using var stream = CancellationTokenSource.CreateLinkedTokenSource(end);
            try
            {
                await WatchAsync(stream);
            }
            catch (Exception failure) when (failure is RpcException or OperationCanceledException
                or InvalidOperationException or IOException)
            {
                Add(WatchWordKind.Broken, 0, failure.Message);
            }

            _node = (_node + 1) % nodes.Count;
            await Task.Delay(RetryDelay, CancellationToken.None);
        }
    }

    private async Task WatchAsync(CancellationTokenSource stream)
    {
        using var call = nodes[_node].Watch.Watch(cancellationToken: stream.Token);
        var range = record.Keys.Range;
        Add(WatchWordKind.Asked, record.Next);
        await call.RequestStream.WriteAsync(new WatchRequest
        {
            CreateRequest = new WatchCreateRequest
            {
                Key = ByteString.CopyFrom(range.Key.Span), RangeEnd = ByteString.CopyFrom(range.End.Span),
                StartRevision = record.Next, PrevKv = record.WithPrevious,
            },
        }, stream.Token);
        var asking = AskForProgressAsync(call.RequestStream, stream);
        try
        {
            while (await call.ResponseStream.MoveNext(stream.Token))
            {
                Take(call.ResponseStream.Current);
            }

            Add(WatchWordKind.Broken, 0, "the stream ended");
        }
        finally
        {
            await stream.CancelAsync();
            await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Also ends the stream now and then.
    private async Task AskForProgressAsync(
        IClientStreamWriter<WatchRequest> requests, CancellationTokenSource stream)
    {
        while (IsSettling || random.Next(40) > 0)
        {
            await Task.Delay(random.Next(ProgressMilliseconds), stream.Token);
            await requests.WriteAsync(
                new WatchRequest { ProgressRequest = new WatchProgressRequest() }, stream.Token);
        }

        await stream.CancelAsync();
    }

    private void Take(WatchResponse answer)
    {
        if (answer.Canceled)
        {
            Add(WatchWordKind.Canceled, answer.CompactRevision, answer.CancelReason);
        }
        else if (answer.Created)
        {
            Add(WatchWordKind.Created, answer.Header.Revision);
        }
        else if (answer.Events.Count == 0)
        {
            Add(WatchWordKind.Progress, answer.Header.Revision);
        }
        else
        {
            var skipped = plant == Plant.LostEvent && ++_deliveries == 20 ? 1 : 0;
            if (answer.Events.Count > skipped)
            {
                record.Add(new WatchWord(
                    WatchWordKind.Events, recorder.Now, _node, answer.Header.Revision, string.Empty)
                {
                    Events = [.. answer.Events.Skip(skipped).Select(EtcdWords.Change)],
                });
            }
        }
    }

    private void Add(WatchWordKind kind, long revision, string reason = "") =>
        record.Add(new WatchWord(kind, recorder.Now, _node, revision, reason));
}
