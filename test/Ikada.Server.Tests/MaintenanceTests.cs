using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;
using static Ikada.Api.Etcd.AlarmRequest.Types;

namespace Ikada.Server.Tests;

public sealed class MaintenanceTests : IAsyncLifetime
{
    private const int QuotaBytes = 4000;
    private readonly ServerFixture _server;
    private readonly int _metricsPort = FreePort();

    public MaintenanceTests()
    {
        var fixture = new ServerFixture();
        _server = new ServerFixture
        {
            Options = fixture.Options with
            {
                QuotaBackendBytes = QuotaBytes,
                ListenMetricsUrls = [new Uri($"http://127.0.0.1:{_metricsPort}")],
            },
        };
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Maintenance.MaintenanceClient Client => new(_server.Invoker);

    private Api.Etcd.Lease.LeaseClient Lease => new(_server.Invoker);

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_alarm_is_raised_listed_and_ended_as_with_etcd()
    {
        Assert.Empty((await AlarmAsync(AlarmAction.Get)).Alarms);
        Assert.Empty((await AlarmAsync(AlarmAction.Deactivate, AlarmType.Nospace)).Alarms);
        Assert.Empty((await AlarmAsync(AlarmAction.Activate)).Alarms);
        var raised = await AlarmAsync(AlarmAction.Activate, AlarmType.Nospace);
        Assert.Equal((7UL, AlarmType.Nospace), (raised.Alarms[0].MemberID, raised.Alarms[0].Alarm));
        Assert.Single((await AlarmAsync(AlarmAction.Activate, AlarmType.Nospace)).Alarms);
        Assert.Single((await AlarmAsync(AlarmAction.Get)).Alarms);
        Assert.Empty((await AlarmAsync(AlarmAction.Get, AlarmType.Corrupt)).Alarms);
        var status = await Client.StatusAsync(new StatusRequest(), cancellationToken: Token);
        Assert.Equal("memberID:7 alarm:NOSPACE ", Assert.Single(status.Errors));
        await NoSpaceAsync(() => PutAsync("a", 1));
        await NoSpaceAsync(() => GrantAsync(8));
        Assert.Single((await AlarmAsync(AlarmAction.Deactivate, AlarmType.Nospace)).Alarms);
        await PutAsync("a", 1);
    }

    [Fact]
    public async Task Beyond_the_quota_puts_raise_the_alarm_and_deletions_and_reads_go_on()
    {
        await PutAsync("a", 1000);
        await NoSpaceAsync(() => PutAsync("b", QuotaBytes));
        var alarm = Assert.Single((await AlarmAsync(AlarmAction.Get)).Alarms);
        Assert.Equal((FakeStore.Self.Value, AlarmType.Nospace), (alarm.MemberID, alarm.Alarm));
        await NoSpaceAsync(() => PutAsync("small", 1));
        var put = new RequestOp { RequestPut = Put("c", 1) };
        await NoSpaceAsync(() => _server.Kv.TxnAsync(
            new TxnRequest { Failure = { put } }, cancellationToken: Token).ResponseAsync);
        var read = await _server.Kv.RangeAsync(
            new RangeRequest { Key = ServerFixture.Bytes("a") }, cancellationToken: Token);
        Assert.Single(read.Kvs);
        var deleted = await _server.Kv.DeleteRangeAsync(
            new DeleteRangeRequest { Key = ServerFixture.Bytes("a") }, cancellationToken: Token);
        Assert.Equal(1, deleted.Deleted);
        var status = await Client.StatusAsync(new StatusRequest(), cancellationToken: Token);
        Assert.Equal(QuotaBytes, status.DbSizeQuota);
    }

    /// <summary>As of a member with a larger quota; once the alarm is ended it takes more data to raise it
    /// again.</summary>
    [Fact]
    public async Task Writes_that_another_member_took_raise_the_alarm_as_well()
    {
        await WriteAsync("a");
        await RaisedAsync();
        Assert.Single((await AlarmAsync(
            AlarmAction.Deactivate, AlarmType.Nospace, FakeStore.Self.Value)).Alarms);
        await WriteAsync("b");
        await RaisedAsync();

        async Task WriteAsync(string key) => await _server.Store.ProposeAsync(
            Requests.Command(Put(key, QuotaBytes), ServerFixture.MaxRequestBytes), Token);

        Task RaisedAsync() => TestCluster.EventuallyAsync(async () =>
            (await AlarmAsync(AlarmAction.Get)).Alarms.Any(one => one.MemberID == FakeStore.Self.Value));
    }

    [Fact]
    public async Task A_lease_counts_towards_the_quota_and_can_be_revoked_beyond_it()
    {
        await GrantAsync(8);
        var fits = QuotaBytes - (int)_server.Store.View.SizeBytes - 256 - 50;
        await PutAsync("k", fits - 1);
        await NoSpaceAsync(() => GrantAsync(9));
        await Lease.LeaseRevokeAsync(new LeaseRevokeRequest { ID = 8 }, cancellationToken: Token);
    }

    [Fact]
    public async Task A_corrupt_cluster_takes_nothing_and_gives_nothing_out()
    {
        await AlarmAsync(AlarmAction.Activate, AlarmType.Corrupt);
        foreach (var serializable in (bool[])[true, false])
        {
            var range = new RangeRequest { Key = ServerFixture.Bytes("a"), Serializable = serializable };
            await ServerFixture.RefusedAsync(
                StatusCode.DataLoss,
                "etcdserver: corrupt cluster",
                () => _server.Kv.RangeAsync(range, cancellationToken: Token).ResponseAsync);
        }

        await ServerFixture.RefusedAsync(
            StatusCode.DataLoss, "etcdserver: corrupt cluster", () => PutAsync("a", 1));
        await ServerFixture.RefusedAsync(
            StatusCode.DataLoss, "etcdserver: corrupt cluster", () => GrantAsync(9));
        await ServerFixture.RefusedAsync(
            StatusCode.DataLoss,
            "etcdserver: corrupt cluster",
            () => Lease.LeaseRevokeAsync(new LeaseRevokeRequest { ID = 8 }, cancellationToken: Token)
                .ResponseAsync);
        Assert.Contains("alarm activated: CORRUPT", await GetAsync("/readyz"), StringComparison.Ordinal);
        Assert.StartsWith("200 ", await GetAsync("/livez"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_ends_in_the_sum_of_what_it_is_and_restores_the_state()
    {
        for (var i = 0; i < 3; i++)
        {
            await PutAsync($"k{i}", 500);
        }

        using var bytes = new MemoryStream();
        using var call = Client.Snapshot(new SnapshotRequest(), cancellationToken: Token);
        var remaining = new List<ulong>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            bytes.Write(call.ResponseStream.Current.Blob.Span);
            remaining.Add(call.ResponseStream.Current.RemainingBytes);
        }

        var whole = bytes.ToArray();
        // As with etcd, the last piece of the snapshot has nothing behind it, though the sum follows.
        Assert.Equal([0UL, 0UL], remaining[^2..]);
        Assert.Equal(32, whole.Length % 512);
        Assert.Equal(SHA256.HashData(whole.AsSpan(0, whole.Length - 32)), whole[^32..]);
        var length = BinaryPrimitives.ReadInt64LittleEndian(whole.AsSpan(whole.Length - 40));
        var restored = new KeyValueStore();
        restored.Restore(new(whole.AsMemory(0, (int)length)));
        Assert.Equal(_server.Store.View.StateHash, restored.View.StateHash);
        Assert.Equal(_server.Store.View.HashAt(0), restored.View.HashAt(0));
    }

    [Theory]
    [InlineData(0, "3.4.0", StatusCode.InvalidArgument, "invalid downgrade target version")]
    [InlineData(1, "3.4", StatusCode.InvalidArgument, "wrong downgrade target version format")]
    [InlineData(2, "", StatusCode.FailedPrecondition, "no inflight downgrade job")]
    public Task There_is_nothing_to_downgrade_to(
        int action, string version, StatusCode code, string message) =>
        ServerFixture.RefusedAsync(code, "etcdserver: " + message, () => Client.DowngradeAsync(
            new DowngradeRequest
            {
                Action = (DowngradeRequest.Types.DowngradeAction)action, Version = version,
            },
            cancellationToken: Token).ResponseAsync);

    [Fact]
    public async Task Defragmentation_answers_with_a_header() =>
        Assert.NotEqual(0UL, (await Client.DefragmentAsync(
            new DefragmentRequest(), cancellationToken: Token)).Header.MemberId);

    [Fact]
    public async Task Health_tells_of_alarms_and_of_a_missing_leader_in_etcds_words()
    {
        Assert.Equal("""200 {"health":"true","reason":""}""", await GetAsync("/health"));
        Assert.Equal(
            "200 [+]data_corruption ok\n[+]serializable_read ok\n[+]linearizable_read ok\nok\n",
            await GetAsync("/readyz?verbose"));
        await AlarmAsync(AlarmAction.Activate, AlarmType.Nospace);
        Assert.Equal(
            """503 {"health":"false","reason":"ALARM NOSPACE"}""" + "\n", await GetAsync("/health"));
        Assert.StartsWith("200 ", await GetAsync("/health?exclude=NOSPACE"), StringComparison.Ordinal);
        await AlarmAsync(AlarmAction.Deactivate, AlarmType.Nospace);
        _server.Store.WithoutState = true;
        Assert.Equal(
            """503 {"health":"false","reason":"RANGE ERROR:etcdserver: request timed out"}""" + "\n",
            await GetAsync("/health"));
        _server.Store.WithoutState = false;
        _server.Store.WithoutLeader = true;
        Assert.Contains("RAFT NO LEADER", await GetAsync("/health"), StringComparison.Ordinal);
        Assert.Contains(
            "[+]serializable_read ok\n[-]linearizable_read failed: etcdserver: request timed out\n",
            await GetAsync("/readyz"),
            StringComparison.Ordinal);
        Assert.StartsWith("200 ", await GetAsync("/livez"), StringComparison.Ordinal);
        Assert.StartsWith(
            "503 ", await GetAsync("/readyz/linearizable_read"), StringComparison.Ordinal);
        Assert.StartsWith(
            "200 ", await GetAsync("/readyz?exclude=linearizable_read"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_waits_for_a_read_as_long_as_any_request_does()
    {
        // Above a second, after which these pages once gave up.
        var wait = TimeSpan.FromMilliseconds(1200);
        await using var server = new ServerFixture
        {
            Options = _server.Options with { ListenMetricsUrls = [], RequestTimeout = wait },
        };
        await server.InitializeAsync();
        server.Store.WithoutLeader = true;
        using var http = new HttpClient { BaseAddress = new Uri($"http://{server.Address}") };
        var start = TimeProvider.System.GetTimestamp();
        using var answer = await http.GetAsync(new Uri("readyz", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= wait - TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task The_metrics_port_has_the_pages_for_monitoring_and_no_keys()
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_metricsPort}") };
        foreach (var page in (string[])["metrics", "health", "livez", "readyz"])
        {
            using var found = await http.GetAsync(new Uri(page, UriKind.Relative), Token);
            Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        }

        using var missing = await http.GetAsync(new Uri("version", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        using var channel = Grpc.Net.Client.GrpcChannel.ForAddress(http.BaseAddress);
        await Assert.ThrowsAsync<RpcException>(() => new KV.KVClient(channel).RangeAsync(
            new RangeRequest { Key = ServerFixture.Bytes("a") }, cancellationToken: Token).ResponseAsync);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static PutRequest Put(string key, int size) => new()
    {
        Key = ServerFixture.Bytes(key), Value = Google.Protobuf.ByteString.CopyFrom(new byte[size]),
    };

    private static Task NoSpaceAsync(Func<Task> call) => ServerFixture.RefusedAsync(
        StatusCode.ResourceExhausted, "etcdserver: mvcc: database space exceeded", call);

    private async Task<string> GetAsync(string path)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"http://{_server.Address}{path}"), Token);
        return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Token)}";
    }

    private async Task GrantAsync(long id) => await Lease.LeaseGrantAsync(
        new LeaseGrantRequest { ID = id, TTL = 60 }, cancellationToken: Token);

    private async Task PutAsync(string key, int size) =>
        await _server.Kv.PutAsync(Put(key, size), cancellationToken: Token);

    private async Task<AlarmResponse> AlarmAsync(
        AlarmAction action, AlarmType alarm = AlarmType.None, ulong member = 7) =>
        await Client.AlarmAsync(
            new AlarmRequest { Action = action, Alarm = alarm, MemberID = member }, cancellationToken: Token);
}
