using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Server;

/// <summary>etcdserverpb.Watch.</summary>
internal sealed class WatchService(
    StoreCalls calls,
    WatchPump pump,
    WatchResponses responses,
    LeaderLoss leaderLoss,
    OpenStreams streams) : Api.Etcd.Watch.WatchBase
{
    public override async Task Watch(
        IAsyncStreamReader<WatchRequest> requestStream,
        IServerStreamWriter<WatchResponse> responseStream,
        ServerCallContext context)
    {
        var lost = StoreCalls.AsksForLeader(context.GetHttpContext())
            ? leaderLoss.Token : CancellationToken.None;
        calls.ThrowIfQuarantined();
        var replaced = pump.Replaced;
        var client = context.CancellationToken;
        using var stay = streams.Enter();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            [client, lost, streams.Ending, pump.Broken, replaced]);
        // Past gRPC's own writer, which would make an object of each message and take it out by itself.
        var writer = new MessageWriter(context.GetHttpContext().Response.BodyWriter);
        var session = new WatchSession(pump, responses, requestStream, writer);
        try
        {
            await session.RunAsync(end);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException
            or InvalidOperationException && end.IsCancellationRequested)
        {
            throw (replaced.IsCancellationRequested ? EtcdErrors.Quarantined : Reason(lost)).Exception();
        }
    }

    private EtcdError Reason(CancellationToken lost) =>
        lost.IsCancellationRequested ? EtcdErrors.NoLeader
        : streams.Ending.IsCancellationRequested || pump.Broken.IsCancellationRequested
            ? EtcdErrors.Stopped
        : EtcdErrors.WatchCanceled;
}
