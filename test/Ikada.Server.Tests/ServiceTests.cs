using Grpc.Core;
using Grpc.Health.V1;
using Ikada.Api.Etcd;
using Ikada.KeyValue;
using Ikada.Primitives;

namespace Ikada.Server.Tests;

public sealed class ServiceTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly Marshaller<byte[]> Raw = Marshallers.Create(bytes => bytes, bytes => bytes);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("etcdserverpb.KV", "Frobnicate", "unknown method Frobnicate for service etcdserverpb.KV")]
    [InlineData(
        "etcdserverpb.Cluster", "Frobnicate", "unknown method Frobnicate for service etcdserverpb.Cluster")]
    [InlineData("etcdserverpb.Auth", "AuthEnable", "unknown method AuthEnable for service etcdserverpb.Auth")]
    [InlineData("etcdserverpb.Auth", "UserAdd", "unknown method UserAdd for service etcdserverpb.Auth")]
    [InlineData("v3lockpb.Lock", "Lock", "unknown service v3lockpb.Lock")]
    [InlineData("v3electionpb.Election", "Observe", "unknown service v3electionpb.Election")]
    [InlineData("no.Such", "Thing", "unknown service no.Such")]
    public Task A_method_that_is_not_served_is_unimplemented_in_the_words_clients_look_for(
        string service, string method, string message) =>
        ServerFixture.RefusedAsync(StatusCode.Unimplemented, message, () => server.Invoker.AsyncUnaryCall(
            new Method<byte[], byte[]>(MethodType.Unary, service, method, Raw, Raw),
            null,
            new CallOptions(cancellationToken: Token),
            []).ResponseAsync);

    [Fact]
    public async Task Authentication_is_told_to_be_off_so_that_clients_with_a_password_go_on()
    {
        var auth = new Auth.AuthClient(server.Invoker);
        var status = await auth.AuthStatusAsync(new AuthStatusRequest(), cancellationToken: Token);
        Assert.Equal((false, 1UL), (status.Enabled, status.AuthRevision));
        await ServerFixture.RefusedAsync(
            StatusCode.FailedPrecondition,
            "etcdserver: authentication is not enabled",
            () => auth.AuthenticateAsync(
                new AuthenticateRequest { Name = "root", Password = "x" },
                cancellationToken: Token).ResponseAsync);
        var disabled = await auth.AuthDisableAsync(new AuthDisableRequest(), cancellationToken: Token);
        Assert.NotNull(disabled.Header);
        Assert.Empty((await auth.UserListAsync(new AuthUserListRequest(), cancellationToken: Token)).Users);
        Assert.Empty((await auth.RoleListAsync(new AuthRoleListRequest(), cancellationToken: Token)).Roles);
    }

    [Fact]
    public async Task Health_serves_the_whole_server_and_knows_no_other_service()
    {
        var health = new Health.HealthClient(server.Invoker);
        var whole = await health.CheckAsync(new HealthCheckRequest(), cancellationToken: Token);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, whole.Status);
        await ServerFixture.RefusedAsync(StatusCode.NotFound, "unknown service", () =>
            health.CheckAsync(
                new HealthCheckRequest { Service = "x" }, cancellationToken: Token).ResponseAsync);
    }

    [Fact]
    public async Task A_thousand_streams_are_open_on_one_connection()
    {
        using var channel = server.Connect();
        var health = new Health.HealthClient(channel);
        var streams = new List<AsyncServerStreamingCall<HealthCheckResponse>>();
        for (var i = 0; i < 1000; i++)
        {
            streams.Add(health.Watch(new HealthCheckRequest(), cancellationToken: Token));
        }

        foreach (var stream in streams)
        {
            Assert.True(
                await stream.ResponseStream.MoveNext(Token).WaitAsync(TimeSpan.FromSeconds(20), Token));
        }

        // Cancelled at once, they look like a flood of resets; the connection must live on.
        streams.ForEach(stream => stream.Dispose());
        await health.CheckAsync(new HealthCheckRequest(), cancellationToken: Token);
    }

    [Fact]
    public async Task Status_shows_where_the_member_stands_also_without_a_leader()
    {
        var maintenance = new Maintenance.MaintenanceClient(server.Invoker);
        await server.Kv.PutAsync(new PutRequest { Key = ServerFixture.Bytes("s") }, cancellationToken: Token);
        var status = await maintenance.StatusAsync(new StatusRequest(), cancellationToken: Token);
        Assert.Equal(FakeStore.Self.Value, status.Leader);
        Assert.Equal((7UL, status.RaftIndex), (status.RaftTerm, status.RaftAppliedIndex));
        Assert.True(status.RaftIndex > 0 && status.DbSize > 0 && Version.TryParse(status.Version, out _));
        Assert.Empty(status.Errors);

        server.Store.WithoutLeader = true;
        status = await maintenance.StatusAsync(new StatusRequest(), cancellationToken: Token);
        server.Store.WithoutLeader = false;
        Assert.Equal((0UL, "etcdserver: no leader"), (status.Leader, Assert.Single(status.Errors)));

        server.Store.WithoutState = true;
        status = await maintenance.StatusAsync(new StatusRequest(), cancellationToken: Token);
        server.Store.WithoutState = false;
        Assert.Contains("snapshots are lost", Assert.Single(status.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_without_space_refuses_writes_in_etcds_words_raises_the_alarm_and_reads_on()
    {
        var maintenance = new Maintenance.MaintenanceClient(server.Invoker);
        await server.Kv.PutAsync(
            new PutRequest { Key = ServerFixture.Bytes("full") }, cancellationToken: Token);
        server.Store.IsFull = true;
        try
        {
            await ServerFixture.RefusedAsync(
                StatusCode.ResourceExhausted,
                "etcdserver: mvcc: database space exceeded",
                () => server.Kv.PutAsync(
                    new PutRequest { Key = ServerFixture.Bytes("full") },
                    cancellationToken: Token).ResponseAsync);
            var read = await server.Kv.RangeAsync(
                new RangeRequest { Key = ServerFixture.Bytes("full") }, cancellationToken: Token);
            Assert.Single(read.Kvs);
            var status = await maintenance.StatusAsync(new StatusRequest(), cancellationToken: Token);
            Assert.Equal($"memberID:{FakeStore.Self.Value} alarm:NOSPACE ", Assert.Single(status.Errors));
            var alarm = Assert.Single(
                (await maintenance.AlarmAsync(new AlarmRequest(), cancellationToken: Token)).Alarms);
            Assert.Equal((FakeStore.Self.Value, AlarmType.Nospace), (alarm.MemberID, alarm.Alarm));
            Assert.Empty((await maintenance.AlarmAsync(
                new AlarmRequest { Alarm = AlarmType.Corrupt }, cancellationToken: Token)).Alarms);
            var health = await new Health.HealthClient(server.Invoker).CheckAsync(
                new HealthCheckRequest(), cancellationToken: Token);
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
        }
        finally
        {
            server.Store.IsFull = false;
        }

        Assert.Empty((await maintenance.AlarmAsync(new AlarmRequest(), cancellationToken: Token)).Alarms);
        await server.Kv.PutAsync(
            new PutRequest { Key = ServerFixture.Bytes("full") }, cancellationToken: Token);
    }

    [Fact]
    public async Task HashKV_of_a_revision_stays_and_a_future_one_is_refused()
    {
        var maintenance = new Maintenance.MaintenanceClient(server.Invoker);
        var put = await server.Kv.PutAsync(
            new PutRequest { Key = ServerFixture.Bytes("h") }, cancellationToken: Token);
        var hash = await maintenance.HashKVAsync(new HashKVRequest(), cancellationToken: Token);
        Assert.Equal((put.Header.Revision, -1L), (hash.HashRevision, hash.CompactRevision));
        await server.Kv.PutAsync(new PutRequest { Key = ServerFixture.Bytes("h") }, cancellationToken: Token);
        var again = await maintenance.HashKVAsync(
            new HashKVRequest { Revision = hash.HashRevision }, cancellationToken: Token);
        Assert.Equal(hash.Hash, again.Hash);
        Assert.NotEqual(
            hash.Hash, (await maintenance.HashKVAsync(new HashKVRequest(), cancellationToken: Token)).Hash);
        await ServerFixture.RefusedAsync(
            StatusCode.OutOfRange,
            "etcdserver: mvcc: required revision is a future revision",
            () => maintenance.HashKVAsync(
                new HashKVRequest { Revision = 1 << 20 }, cancellationToken: Token).ResponseAsync);
    }

    [Fact]
    public async Task Members_are_listed_with_the_urls_they_have_published()
    {
        await server.Store.ProposeAsync(
            KeyValueCommand.EncodePublishMember(
                new PublishedMember(new NodeId(5), "two", ["http://127.0.0.1:22"])), Token);
        var cluster = new Cluster.ClusterClient(server.Invoker);
        var list = await cluster.MemberListAsync(
            new MemberListRequest { Linearizable = true }, cancellationToken: Token);
        Assert.Equal(0, list.Header.Revision);
        Assert.Equal([5UL, FakeStore.Self.Value], list.Members.Select(member => member.ID));
        Assert.Equal(["two", "n1"], list.Members.Select(member => member.Name));
        Assert.Equal("http://127.0.0.1:22", Assert.Single(list.Members[0].ClientURLs));
        Assert.Equal("http://127.0.0.1:2", Assert.Single(list.Members[0].PeerURLs));
        Assert.Empty(list.Members[1].ClientURLs);
    }

    [Fact]
    public async Task Leadership_moves_to_a_voter_and_to_nobody_else()
    {
        var maintenance = new Maintenance.MaintenanceClient(server.Invoker);
        var moved = await maintenance.MoveLeaderAsync(
            new MoveLeaderRequest { TargetID = 5 }, cancellationToken: Token);
        Assert.Equal(FakeStore.Self.Value, moved.Header.MemberId);
        foreach (var nobody in new ulong[] { 0, 99 })
        {
            await ServerFixture.RefusedAsync(
                StatusCode.FailedPrecondition,
                "etcdserver: bad leader transferee",
                () => maintenance.MoveLeaderAsync(
                    new MoveLeaderRequest { TargetID = nobody }, cancellationToken: Token).ResponseAsync);
        }

        server.Store.WithoutLeader = true;
        foreach (var somebody in new ulong[] { 0, 5 })
        {
            await ServerFixture.RefusedAsync(
                StatusCode.FailedPrecondition,
                "etcdserver: not leader",
                () => maintenance.MoveLeaderAsync(
                    new MoveLeaderRequest { TargetID = somebody }, cancellationToken: Token).ResponseAsync);
        }

        server.Store.WithoutLeader = false;
    }
}
