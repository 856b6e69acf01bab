using System.Threading.Channels;
using dotnet_etcd;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;

namespace Ikada.EndToEnd.Tests;

/// <summary>The client dotnet-etcd against three servers: every service that is there.</summary>
[Collection(SharedCluster.Name)]
public sealed class DotnetEtcdTests : IDisposable
{
    private readonly EtcdClient _client;

    public DotnetEtcdTests(ClusterFixture fixture)
    {
        var urls = string.Join(',', fixture.Cluster.Members.Select(member => member.ClientUrl));
        _client = new EtcdClient(
            urls, configureChannelOptions: channel => channel.Credentials = ChannelCredentials.Insecure);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Keys_are_put_read_changed_by_a_transaction_and_deleted()
    {
        await _client.PutAsync("n/a", "1", cancellationToken: Token);
        await _client.PutAsync("n/b", "2", cancellationToken: Token);
        Assert.Equal("1", await _client.GetValAsync("n/a", cancellationToken: Token));
        Assert.Equal(2, (await _client.GetRangeAsync("n/", cancellationToken: Token)).Count);
        var swap = new TxnRequest
        {
            Compare =
            {
                new Compare { Key = Bytes("n/a"), Target = Compare.Types.CompareTarget.Version, Version = 1 },
            },
            Success =
            {
                new RequestOp { RequestPut = new PutRequest { Key = Bytes("n/a"), Value = Bytes("3") } },
            },
            Failure = { new RequestOp { RequestRange = new RangeRequest { Key = Bytes("n/a") } } },
        };
        Assert.True((await _client.TransactionAsync(swap, cancellationToken: Token)).Succeeded);
        var second = await _client.TransactionAsync(swap, cancellationToken: Token);
        Assert.False(second.Succeeded);
        Assert.Equal("3", second.Responses[0].ResponseRange.Kvs[0].Value.ToStringUtf8());
        Assert.Equal(2, (await _client.DeleteRangeAsync("n/", cancellationToken: Token)).Deleted);
        var refused = await Assert.ThrowsAsync<RpcException>(
            () => _client.PutAsync("", "", cancellationToken: Token));
        Assert.Equal(
            (StatusCode.InvalidArgument, "etcdserver: key is not provided"),
            (refused.StatusCode, refused.Status.Detail));
    }

    [Fact]
    public async Task A_watch_is_told_history_and_what_happens_until_it_is_cancelled()
    {
        var told = Channel.CreateUnbounded<string>();
        var first = await _client.PutAsync("nw/a", "1", cancellationToken: Token);
        var request = new WatchRequest
        {
            CreateRequest = new WatchCreateRequest
            {
                Key = Bytes("nw/"),
                RangeEnd = Bytes("nw0"),
                StartRevision = first.Header.Revision,
                PrevKv = true,
            },
        };
        void Take(WatchResponse response)
        {
            foreach (var one in response.Events)
            {
                told.Writer.TryWrite(
                    $"{one.Type} {one.Kv.Key.ToStringUtf8()} {one.PrevKv?.Value.ToStringUtf8()}");
            }
        }

        var id = await _client.WatchAsync(request, Take, cancellationToken: Token);
        Assert.Equal("Put nw/a ", await told.Reader.ReadAsync(Token));
        await _client.DeleteAsync("nw/a", cancellationToken: Token);
        Assert.Equal("Delete nw/a 1", await told.Reader.ReadAsync(Token));
        _client.CancelWatch(id);
        var other = await _client.WatchAsync(
            new WatchRequest { CreateRequest = new WatchCreateRequest { Key = Bytes("nw/b") } },
            Take,
            cancellationToken: Token);
        await _client.PutAsync("nw/b", "1", cancellationToken: Token);
        Assert.Equal("Put nw/b ", await told.Reader.ReadAsync(Token));
        _client.CancelWatch(other);
    }

    [Fact]
    public async Task A_lease_is_kept_alive_and_takes_its_key_with_it()
    {
        var lease = await _client.LeaseGrantAsync(
            new LeaseGrantRequest { TTL = 60 }, cancellationToken: Token);
        await _client.PutAsync(
            new PutRequest { Key = Bytes("nl/a"), Lease = lease.ID }, cancellationToken: Token);
        var renewed = Channel.CreateUnbounded<long>();
        await _client.LeaseKeepAlive(
            new LeaseKeepAliveRequest { ID = lease.ID },
            answer => renewed.Writer.TryWrite(answer.TTL),
            Token);
        Assert.Equal(60, await renewed.Reader.ReadAsync(Token));
        var left = await _client.LeaseTimeToLiveAsync(
            new LeaseTimeToLiveRequest { ID = lease.ID, Keys = true }, cancellationToken: Token);
        Assert.Equal((60, "nl/a"), (left.GrantedTTL, Assert.Single(left.Keys).ToStringUtf8()));
        await _client.LeaseRevokeAsync(new LeaseRevokeRequest { ID = lease.ID }, cancellationToken: Token);
        Assert.Equal(0, (await _client.GetAsync("nl/a", cancellationToken: Token)).Count);
    }

    [Fact]
    public async Task Members_status_alarms_hashes_and_snapshots_are_answered()
    {
        var members = await _client.MemberListAsync(new MemberListRequest(), cancellationToken: Token);
        Assert.Equal(3, members.Members.Count);
        var status = await _client.StatusAsync(new StatusRequest(), cancellationToken: Token);
        Assert.Contains(members.Members, member => member.ID == status.Leader);
        Assert.Empty((await _client.AlarmAsync(new AlarmRequest(), cancellationToken: Token)).Alarms);
        await _client.DefragmentAsync(new DefragmentRequest(), cancellationToken: Token);
        var hash = await _client.HashKVAsync(new HashKVRequest(), cancellationToken: Token);
        Assert.True(hash.Header.Revision > 0);
        var bytes = 0L;
        await _client.Snapshot(new SnapshotRequest(), piece => bytes += piece.Blob.Length, Token);
        Assert.Equal(32, bytes % 512);
    }

    [Fact]
    public async Task What_is_not_there_yet_is_unimplemented_at_once()
    {
        var locked = await Assert.ThrowsAsync<RpcException>(
            () => _client.LockAsync("lock", 7, cancellationToken: Token));
        Assert.Equal(StatusCode.Unimplemented, locked.StatusCode);
    }

    private static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);
}
