using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Differential;

/// <summary>Does steps to one server and says what it answered, in a form that can be compared.</summary>
internal sealed class Subject(Server server) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ExpiryLook = TimeSpan.FromMilliseconds(100);
    private readonly WatchStream _watch = new(server);

    public Server Server => server;

    /// <summary>The last store revision told.</summary>
    public long Revision { get; private set; } = 1;

    /// <summary>What the watchers have been told so far.</summary>
    public SortedDictionary<long, string> Watched => _watch.Told;

    public void ForgetWatched(SortedDictionary<long, string> compared) => _watch.Forget(compared);

    public async Task<string> DoAsync(Step step)
    {
        try
        {
            return step switch
            {
                Call call => Normal.Of(call.Request, await SendAsync(call.Request)),
                GrantAndRevoke lease => await GrantAndRevokeAsync(lease.Ttl),
                GrantAndExpire lease => await GrantAndExpireAsync(lease),
                AskProgress progress => await _watch.ProgressAsync(progress.Revision),
                StartWatch watch => await _watch.CreateAsync(watch.Request),
                EndStream => await _watch.EndAsync(),
                EndWatch watch => await _watch.CancelAsync(watch.Id),
                _ => "",
            };
        }
        catch (RpcException error)
        {
            return $"{error.StatusCode}: {error.Status.Detail}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync();
        await server.DisposeAsync();
    }

    private async Task<IMessage> SendAsync(IMessage request)
    {
        var limit = new CallOptions(deadline: DateTime.UtcNow + Patience);
        switch (request)
        {
            case PutRequest put:
                return Noted(await server.Kv.PutAsync(put, limit), answer => answer.Header);
            case RangeRequest range:
                return Noted(await server.Kv.RangeAsync(range, limit), answer => answer.Header);
            case DeleteRangeRequest delete:
                return Noted(await server.Kv.DeleteRangeAsync(delete, limit), answer => answer.Header);
            case TxnRequest txn:
                return Noted(await server.Kv.TxnAsync(txn, limit), answer => answer.Header);
            case CompactionRequest compaction:
                return Noted(await server.Kv.CompactAsync(compaction, limit), answer => answer.Header);
            case LeaseGrantRequest grant:
                return await server.Lease.LeaseGrantAsync(grant, limit);
            case LeaseRevokeRequest revoke:
                return Noted(await server.Lease.LeaseRevokeAsync(revoke, limit), answer => answer.Header);
            case LeaseTimeToLiveRequest remaining:
                return await server.Lease.LeaseTimeToLiveAsync(remaining, limit);
            case LeaseLeasesRequest leases:
                return await server.Lease.LeaseLeasesAsync(leases, limit);
            case LeaseKeepAliveRequest alive:
                return await KeepAliveAsync(alive, limit);
            case HashKVRequest hash:
                return await server.Maintenance.HashKVAsync(hash, limit);
            case AlarmRequest alarm:
                return await server.Maintenance.AlarmAsync(alarm, limit);
            default:
                throw new ArgumentException($"no call takes a {request.Descriptor.Name}", nameof(request));
        }
    }

    private T Noted<T>(T answer, Func<T, ResponseHeader> header)
    {
        Revision = Math.Max(Revision, header(answer)?.Revision ?? 0);
        return answer;
    }

    private async Task<IMessage> KeepAliveAsync(LeaseKeepAliveRequest request, CallOptions limit)
    {
        using var call = server.Lease.LeaseKeepAlive(limit);
        await call.RequestStream.WriteAsync(request);
        var answer = await call.ResponseStream.MoveNext(CancellationToken.None)
            ? call.ResponseStream.Current
            : throw new RpcException(new Status(StatusCode.Unknown, "the stream ended without an answer"));
        await call.RequestStream.CompleteAsync();
        return answer;
    }

    private async Task<string> GrantAndExpireAsync(GrantAndExpire lease)
    {
        var granted = await SendAsync(new LeaseGrantRequest { ID = lease.Id, TTL = 1 });
        var put = new PutRequest { Key = lease.Key, Lease = lease.Id };
        var answers = Normal.Of(new LeaseGrantRequest(), granted) + Normal.Of(put, await SendAsync(put));
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience; await Task.Delay(ExpiryLook))
        {
            var left = await server.Lease.LeaseTimeToLiveAsync(
                new LeaseTimeToLiveRequest { ID = lease.Id },
                new CallOptions(deadline: DateTime.UtcNow + Patience));
            if (left.TTL < 0)
            {
                var range = new RangeRequest { Key = lease.Key };
                return answers + Normal.Of(range, await SendAsync(range));
            }
        }

        return $"{answers} and the lease does not end";
    }

    private async Task<string> GrantAndRevokeAsync(long ttl)
    {
        var limit = new CallOptions(deadline: DateTime.UtcNow + Patience);
        var granted = await server.Lease.LeaseGrantAsync(new LeaseGrantRequest { TTL = ttl }, limit);
        var revoked = await server.Lease.LeaseRevokeAsync(
            new LeaseRevokeRequest { ID = granted.ID }, limit);
        // The server's own choice, but a positive one.
        granted.ID = Math.Sign(granted.ID);
        return Normal.Of(new LeaseGrantRequest(), granted)
            + Normal.Of(new LeaseRevokeRequest(), revoked);
    }
}
