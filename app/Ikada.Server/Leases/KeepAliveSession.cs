using System.Threading.Channels;
using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Server;

/// <summary>One stream of keep-alives: requests are read on while earlier ones are under way, so those that
/// a client sends together are renewed together; the answers come in the order of the requests.</summary>
internal sealed class KeepAliveSession(
    StoreCalls calls,
    LeaseRenewals renewals,
    IAsyncStreamReader<LeaseKeepAliveRequest> requests,
    IServerStreamWriter<LeaseKeepAliveResponse> target)
{
    // A client that asks for more is not read further until it has its answers.
    private const int UnderWayMax = 1000;

    private static readonly WriteOptions Held = new(WriteFlags.BufferHint);

    private readonly Channel<UnderWay> _underWay = Channel.CreateBounded<UnderWay>(
        new BoundedChannelOptions(UnderWayMax) { SingleReader = true, SingleWriter = true });

    /// <summary>Runs until the client has closed its side and has all its answers, or until
    /// <paramref name="end"/> is cancelled, or cancels it at a failure.</summary>
    public Task RunAsync(CancellationTokenSource end) => Task.WhenAll(
        GuardAsync(AnswerAsync, end), GuardAsync(ReceiveAsync, end));

    /// <summary>A failure of one ends the other.</summary>
    private static async Task GuardAsync(
        Func<CancellationToken, Task> run, CancellationTokenSource end)
    {
        try
        {
            await run(end.Token);
        }
        catch
        {
            await end.CancelAsync();
            throw;
        }
    }

    private async Task ReceiveAsync(CancellationToken end)
    {
        while (await requests.MoveNext(end))
        {
            var id = requests.Current.ID;
            // Taken before: at a revision after the end of the lease it must not seem to live.
            var header = calls.Header(calls.Store.State.Revision);
            await _underWay.Writer.WriteAsync(new UnderWay(id, header, renewals.RenewAsync(id)), end);
        }

        _underWay.Writer.Complete();
    }

    private async Task AnswerAsync(CancellationToken end)
    {
        var reader = _underWay.Reader;
        while (await reader.WaitToReadAsync(end))
        {
            while (reader.TryRead(out var one))
            {
                var seconds = await one.Seconds.WaitAsync(end);
                // What is known already goes out together.
                target.WriteOptions = reader.TryPeek(out var next) && next.Seconds.IsCompleted ? Held : null;
                await target.WriteAsync(
                    new LeaseKeepAliveResponse { Header = one.Header, ID = one.Id, TTL = seconds }, end);
            }
        }
    }

    /// <summary>A renewal that was asked for.</summary>
    private readonly record struct UnderWay(long Id, ResponseHeader Header, Task<long> Seconds);
}
