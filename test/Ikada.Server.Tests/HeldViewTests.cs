using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;
using Ikada.KeyValue.RocksDb;

namespace Ikada.Server.Tests;

/// <summary>Whatever clients ask for, and however it ends: no point in time of the engine is kept for it
/// afterwards.</summary>
public sealed class HeldViewTests : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ikada-held-");
    private readonly RocksDbStore _rocks;
    private readonly ServerFixture _server;

    public HeldViewTests()
    {
        _rocks = RocksDbStore.Open(_directory.FullName);
        _server = new ServerFixture { Store = new FakeStore(new KeyValueStore(_rocks)) };
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Maintenance.MaintenanceClient Maintenance => new(_server.Invoker);

    private Lease.LeaseClient Leases => new(_server.Invoker);

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _rocks.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Nothing_is_held_when_the_work_has_ended()
    {
        await WriteAsync(60);
        using var watch = _server.Watch();
        await watch.AskAsync("k", "l", start: 2);
        await watch.NextAsync();
        await watch.NextAsync();
        await ReadAsync();
        await LeaseAsync();
        await LookAsync();
        await SnapshotAsync();
        await _server.Kv.CompactAsync(
            new CompactionRequest { Revision = 40, Physical = true }, cancellationToken: Token);

        Assert.True(
            SpinWait.SpinUntil(() => _rocks.Snapshots == 1, TimeSpan.FromSeconds(30)),
            $"{_rocks.Snapshots} points in time are held");
    }

    private async Task WriteAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await _server.Kv.PutAsync(
                new PutRequest { Key = Key(i), Value = ByteString.CopyFrom(new byte[10_000]) },
                cancellationToken: Token);
        }
    }

    private async Task ReadAsync()
    {
        var range = new RangeRequest { Key = Key(0), RangeEnd = Key(99), Revision = 30 };
        await _server.Kv.RangeAsync(range, cancellationToken: Token);
        range.Serializable = true;
        await _server.Kv.RangeAsync(range, cancellationToken: Token);
        await Assert.ThrowsAsync<RpcException>(() => _server.Kv.RangeAsync(
            new RangeRequest { Key = Key(0), Revision = 1000 }, cancellationToken: Token).ResponseAsync);
        var read = new TxnRequest();
        read.Success.Add(new RequestOp { RequestRange = range });
        await _server.Kv.TxnAsync(read, cancellationToken: Token);
    }

    private async Task LeaseAsync()
    {
        await Leases.LeaseGrantAsync(new LeaseGrantRequest { ID = 7, TTL = 60 }, cancellationToken: Token);
        await Leases.LeaseTimeToLiveAsync(
            new LeaseTimeToLiveRequest { ID = 7, Keys = true }, cancellationToken: Token);
        await Leases.LeaseLeasesAsync(new LeaseLeasesRequest(), cancellationToken: Token);
        using var stream = Leases.LeaseKeepAlive(cancellationToken: Token);
        await stream.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = 7 }, Token);
        Assert.True(await stream.ResponseStream.MoveNext(Token));
    }

    private async Task LookAsync()
    {
        await Maintenance.StatusAsync(new StatusRequest(), cancellationToken: Token);
        await Maintenance.HashKVAsync(new HashKVRequest(), cancellationToken: Token);
        await Maintenance.AlarmAsync(new AlarmRequest(), cancellationToken: Token);
        await new Cluster.ClusterClient(_server.Invoker).MemberListAsync(
            new MemberListRequest(), cancellationToken: Token);
        foreach (var page in (string[])["/health", "/readyz", "/metrics", "/status"])
        {
            await _server.GetAsync(page);
        }
    }

    /// <summary>One to the end, and one that its client gives up.</summary>
    private async Task SnapshotAsync()
    {
        using var whole = Maintenance.Snapshot(new SnapshotRequest(), cancellationToken: Token);
        while (await whole.ResponseStream.MoveNext(Token))
        {
        }

        using var cut = Maintenance.Snapshot(new SnapshotRequest(), cancellationToken: Token);
        Assert.True(await cut.ResponseStream.MoveNext(Token));
    }

    private static ByteString Key(int number) => ServerFixture.Bytes($"k{number:d2}");
}
