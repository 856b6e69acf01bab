using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>One stream of one client: reads its requests, sends what its watchers get.</summary>
internal sealed class WatchSession(
    WatchPump pump,
    WatchResponses responses,
    IAsyncStreamReader<WatchRequest> requests,
    IServerStreamWriter<WatchMessage> target) : IWatchStreamSignal
{
    // A client that asks and does not listen is not asked further.
    private const int AnswersWaitingMax = 1000;
    private const int DeliveriesAtOnce = 64;
    private const int FlushBytes = 64 << 10;

    private static readonly WriteOptions Held = new(WriteFlags.BufferHint);

    private readonly Signal _waiting = new();
    private readonly Signal _answered = new();
    private volatile int _answersWaiting;

    /// <summary>Runs until <paramref name="end"/> is cancelled, or cancels it at a failure. A client that
    /// closes its side, as some do once they have asked, goes on being told.</summary>
    public async Task RunAsync(CancellationTokenSource end)
    {
        var stream = pump.Open(this);
        try
        {
            // A failure of one ends the other.
            await Task.WhenAll(SendAsync(stream, end), ReceiveAsync(stream, end));
        }
        finally
        {
            pump.Close(stream);
        }
    }

    void IWatchStreamSignal.HasWaiting() => _waiting.Set();

    private async Task ReceiveAsync(WatchStream stream, CancellationTokenSource end)
    {
        try
        {
            while (await requests.MoveNext(end.Token))
            {
                pump.Do(stream, Action(requests.Current));
                while (_answersWaiting > AnswersWaitingMax)
                {
                    await _answered.WaitAsync(end.Token);
                }
            }
        }
        catch
        {
            await end.CancelAsync();
            throw;
        }
    }

    private static Action<WatchStream, KeyValueView> Action(WatchRequest request) =>
        request.RequestUnionCase switch
        {
            WatchRequest.RequestUnionOneofCase.CreateRequest =>
                (stream, now) => stream.Create(Spec(request.CreateRequest), now),
            WatchRequest.RequestUnionOneofCase.CancelRequest =>
                (stream, now) => stream.Cancel(request.CancelRequest.WatchId, now),
            WatchRequest.RequestUnionOneofCase.ProgressRequest =>
                (stream, now) => stream.RequestProgress(now),
            // As etcd: what is unknown may be meant for a newer server.
            _ => (_, _) => { }
            ,
        };

    private static WatchSpec Spec(WatchCreateRequest request) => new(
        new KeyRange(request.Key.ToByteArray(), request.RangeEnd.ToByteArray()))
    {
        StartRevision = request.StartRevision,
        WatchId = request.WatchId,
        WithoutPuts = request.Filters.Contains(WatchCreateRequest.Types.FilterType.Noput),
        WithoutDeletions = request.Filters.Contains(WatchCreateRequest.Types.FilterType.Nodelete),
        WithPrevious = request.PrevKv,
        WantsProgress = request.ProgressNotify,
        MayFragment = request.Fragment,
    };

    private async Task SendAsync(WatchStream stream, CancellationTokenSource end)
    {
        try
        {
            var taken = new List<WatchDelivery>(DeliveriesAtOnce);
            for (var more = false; ;)
            {
                if (!more)
                {
                    await _waiting.WaitAsync(end.Token);
                }

                taken.Clear();
                (more, _answersWaiting) = pump.Take(stream, DeliveriesAtOnce, taken);
                _answered.Set();
                await SendAsync(taken, end.Token);
            }
        }
        finally
        {
            await end.CancelAsync();
        }
    }

    /// <summary>Sends all, and lets them go out together where they are small.</summary>
    private async Task SendAsync(List<WatchDelivery> taken, CancellationToken end)
    {
        var held = 0;
        for (var i = 0; i < taken.Count; i++)
        {
            foreach (var message in responses.Of(taken[i]))
            {
                held += message.Length;
                target.WriteOptions = i == taken.Count - 1 || held > FlushBytes ? null : Held;
                held = target.WriteOptions is null ? 0 : held;
                await target.WriteAsync(message, end);
            }
        }
    }
}
