using System.Security.Cryptography;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>etcdserverpb.Lease.</summary>
internal sealed class LeaseService(
    StoreCalls calls,
    LeaseClock clock,
    LeaseRenewals renewals,
    Quota quota,
    LeaderLoss leaderLoss,
    OpenStreams streams,
    ServerOptions options) : Lease.LeaseBase
{
    private const long SecondsMax = 9_000_000_000;

    public override async Task<LeaseGrantResponse> LeaseGrant(
        LeaseGrantRequest request, ServerCallContext context)
    {
        if (request.TTL > SecondsMax)
        {
            throw EtcdErrors.TooLargeTtl.Exception();
        }

        await quota.CheckAsync(Quota.LeaseBytes, context.CancellationToken);
        var id = request.ID == 0 ? NewId() : request.ID;
        var seconds = Math.Max(request.TTL, SecondsMin());
        var result = await calls.WriteAsync(
            LeaseCommand.EncodeGrant(id, seconds), context.CancellationToken);
        Observe();
        return new LeaseGrantResponse { Header = calls.Header(result.Revision), ID = id, TTL = seconds };
    }

    public override async Task<LeaseRevokeResponse> LeaseRevoke(
        LeaseRevokeRequest request, ServerCallContext context)
    {
        var result = await calls.WriteAsync(
            LeaseCommand.EncodeRevoke(request.ID), context.CancellationToken);
        return new LeaseRevokeResponse { Header = calls.Header(result.Revision) };
    }

    public override async Task LeaseKeepAlive(
        IAsyncStreamReader<LeaseKeepAliveRequest> requestStream,
        IServerStreamWriter<LeaseKeepAliveResponse> responseStream,
        ServerCallContext context)
    {
        var lost = StoreCalls.AsksForLeader(context.GetHttpContext())
            ? leaderLoss.Token : CancellationToken.None;
        using var stay = streams.Enter();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, lost, streams.Ending);
        try
        {
            await new KeepAliveSession(calls, renewals, requestStream, responseStream).RunAsync(end);
        }
        // A client that is gone is read as an IOException, which may come before the cancellation.
        catch (Exception failure) when (failure is OperationCanceledException or IOException
            || (failure is InvalidOperationException && end.IsCancellationRequested))
        {
            throw (lost.IsCancellationRequested ? EtcdErrors.NoLeader
                : streams.Ending.IsCancellationRequested ? EtcdErrors.Stopped
                : EtcdErrors.RequestCanceled).Exception();
        }
    }

    public override async Task<LeaseTimeToLiveResponse> LeaseTimeToLive(
        LeaseTimeToLiveRequest request, ServerCallContext context)
    {
        return await calls.ReadAsync(
            serializable: false, view => TimeToLive(view, request), context.CancellationToken);
    }

    public override async Task<LeaseLeasesResponse> LeaseLeases(
        LeaseLeasesRequest request, ServerCallContext context)
    {
        return await calls.ReadAsync(serializable: false, Leases, context.CancellationToken);
    }

    private void Observe()
    {
        using var view = calls.Store.Hold();
        clock.Observe(view);
    }

    private LeaseTimeToLiveResponse TimeToLive(KeyValueView view, LeaseTimeToLiveRequest request)
    {
        var response = new LeaseTimeToLiveResponse
        {
            Header = calls.Header(view.Revision), ID = request.ID, TTL = -1,
        };
        if (!view.TryGetLease(request.ID, out var lease))
        {
            return response;
        }

        clock.Observe(view);
        response.TTL = (long)Math.Max(clock.Left(lease.Id).TotalSeconds, 0);
        response.GrantedTTL = lease.TimeToLive;
        if (request.Keys)
        {
            response.Keys.AddRange(view.LeasedKeys(lease.Id)
                .Select(key => Google.Protobuf.UnsafeByteOperations.UnsafeWrap(key)));
        }

        return response;
    }

    /// <summary>All leases, those first that run out first.</summary>
    private LeaseLeasesResponse Leases(KeyValueView view)
    {
        clock.Observe(view);
        var response = new LeaseLeasesResponse { Header = calls.Header(view.Revision) };
        response.Leases.AddRange(view.Leases()
            .OrderBy(lease => clock.Left(lease.Id)).ThenBy(lease => lease.Id)
            .Select(lease => new LeaseStatus { ID = lease.Id }));
        return response;
    }

    /// <summary>One and a half election timeouts, so that a lease outlives a change of the leader.</summary>
    private long SecondsMin() => (long)Math.Ceiling(options.ElectionTimeout.TotalSeconds * 3 / 2);

    /// <summary>Any positive number. One that is taken is refused, so chance does no harm.</summary>
    private static long NewId()
    {
        Span<byte> random = stackalloc byte[8];
        RandomNumberGenerator.Fill(random);
        return Math.Max(1, BitConverter.ToInt64(random) & long.MaxValue);
    }
}
