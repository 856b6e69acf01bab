using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>One stream of one client: reads its requests, sends what its watchers get.</summary>
internal sealed class WatchSession(
    WatchPump pump,
    WatchResponses responses,
    IAsyncStreamReader<WatchRequest> requests,
    MessageWriter target) : IWatchStreamSignal
{
    // A client that asks and does not listen is not asked further.
    private const int AnswersWaitingMax = 1000;
    private const int FlushBytes = 64 << 10;

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
            var taken = new List<WatchDelivery>();
            for (var more = false; ;)
            {
                if (!more)
                {
                    await _waiting.WaitAsync(end.Token);
                }

                taken.Clear();
                (more, _answersWaiting) = pump.Take(stream, FlushBytes, taken);
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
        foreach (var delivery in taken)
        {
            if (responses.IsInPieces(delivery))
            {
                foreach (var _ in responses.Pieces(delivery, target))
                {
                    await target.FlushAsync(end);
                }
            }
            else
            {
                responses.Write(delivery, target);
                if (target.Held >= FlushBytes)
                {
                    await target.FlushAsync(end);
                }
            }
        }

        if (target.Held > 0)
        {
            await target.FlushAsync(end);
        }
    }
}
