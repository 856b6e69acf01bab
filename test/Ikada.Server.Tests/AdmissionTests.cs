using System.Text;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Ikada.Api.Etcd;
using Ikada.Primitives;

namespace Ikada.Server.Tests;

/// <summary>What is asked of every call before its service sees it.</summary>
public sealed class AdmissionTests : IAsyncLifetime
{
    private readonly ServerFixture _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Metadata WithLeader => new() { { "hasleader", "true" } };

    private static RangeRequest Anything => new() { Key = ServerFixture.Bytes("k") };

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Who_wants_a_leader_gets_nothing_without_one_not_even_what_needs_none()
    {
        _server.Store.WithoutLeader = true;
        var maintenance = new Maintenance.MaintenanceClient(_server.Invoker);
        await RefusedAsync(() => maintenance.StatusAsync(
            new StatusRequest(), WithLeader, cancellationToken: Token).ResponseAsync);
        await RefusedAsync(() => maintenance.AlarmAsync(
            new AlarmRequest(), WithLeader, cancellationToken: Token).ResponseAsync);
        await RefusedAsync(() => _server.Kv.RangeAsync(
            new RangeRequest(Anything) { Serializable = true }, WithLeader, cancellationToken: Token)
            .ResponseAsync);
        await RefusedAsync(() => new Cluster.ClusterClient(_server.Invoker).MemberAddAsync(
            new MemberAddRequest(), WithLeader, cancellationToken: Token).ResponseAsync);
        await RefusedAsync(() => new Auth.AuthClient(_server.Invoker).AuthStatusAsync(
            new AuthStatusRequest(), WithLeader, cancellationToken: Token).ResponseAsync);
        using var snapshot = maintenance.Snapshot(
            new SnapshotRequest(), WithLeader, cancellationToken: Token);
        await RefusedAsync(() => snapshot.ResponseStream.MoveNext(Token));

        // Whoever does not ask for one is served.
        await maintenance.StatusAsync(new StatusRequest(), cancellationToken: Token);

        static Task RefusedAsync(Func<Task> call) =>
            ServerFixture.RefusedAsync(StatusCode.Unavailable, "etcdserver: no leader", call);
    }

    [Fact]
    public async Task A_learner_answers_what_it_has_itself_and_nothing_else()
    {
        _server.Store.Membership = new Membership(
            _server.Store.Membership.Members, [new NodeId(5)], learners: [FakeStore.Self]);
        var maintenance = new Maintenance.MaintenanceClient(_server.Invoker);
        var status = await maintenance.StatusAsync(new StatusRequest(), cancellationToken: Token);
        Assert.True(status.IsLearner);
        await _server.Kv.RangeAsync(
            new RangeRequest(Anything) { Serializable = true }, cancellationToken: Token);
        using var snapshot = maintenance.Snapshot(new SnapshotRequest(), cancellationToken: Token);
        Assert.True(await snapshot.ResponseStream.MoveNext(Token));
        await new Health.HealthClient(_server.Invoker).CheckAsync(
            new HealthCheckRequest(), cancellationToken: Token);

        await RefusedAsync(() => _server.Kv.RangeAsync(Anything, cancellationToken: Token).ResponseAsync);
        await RefusedAsync(() => _server.Kv.PutAsync(
            new PutRequest { Key = Anything.Key }, cancellationToken: Token).ResponseAsync);
        await RefusedAsync(() => new Cluster.ClusterClient(_server.Invoker).MemberListAsync(
            new MemberListRequest(), cancellationToken: Token).ResponseAsync);
        await RefusedAsync(() => maintenance.HashKVAsync(
            new HashKVRequest(), cancellationToken: Token).ResponseAsync);
        using var watch = new Watch.WatchClient(_server.Invoker).Watch(cancellationToken: Token);
        await RefusedAsync(() => watch.ResponseStream.MoveNext(Token));
        using var alive = new Lease.LeaseClient(_server.Invoker).LeaseKeepAlive(cancellationToken: Token);
        await RefusedAsync(() => alive.ResponseStream.MoveNext(Token));

        static Task RefusedAsync(Func<Task> call) => ServerFixture.RefusedAsync(
            StatusCode.FailedPrecondition, "etcdserver: rpc not supported for learner", call);
    }

    [Fact]
    public async Task A_client_tells_its_version_in_text_and_is_counted_by_it()
    {
        using var channel = GrpcChannel.ForAddress($"http://{_server.Address}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            },
            DisposeHttpClient = true,
        });
        var kv = new KV.KVClient(channel);
        await AskAsync("3.5");
        await AskAsync("3.5");
        await kv.RangeAsync(Anything, cancellationToken: Token);
        // 0xC3 0xBC is a letter, 0xFF is none.
        await AskAsync("\u00C3\u00BC");
        await ServerFixture.RefusedAsync(
            StatusCode.InvalidArgument, "etcdserver: invalid client api version", () => AskAsync("\u00FF"));
        var page = await _server.GetAsync("/metrics");
        const string Name = "etcd_server_client_requests_total";
        Assert.Contains(
            Name + "{client_api_version=\"3.5\",type=\"unary\"} 2\n", page, StringComparison.Ordinal);
        Assert.Contains(
            Name + "{client_api_version=\"unknown\",type=\"unary\"} 1\n", page, StringComparison.Ordinal);

        Task AskAsync(string version) => kv.RangeAsync(
            Anything, new Metadata { { Admission.VersionHeader, version } }, cancellationToken: Token)
            .ResponseAsync;
    }

    [Fact]
    public async Task Clients_that_make_up_versions_do_not_fill_the_page()
    {
        for (var i = 0; i < 150; i++)
        {
            await _server.Kv.RangeAsync(
                Anything, new Metadata { { Admission.VersionHeader, $"v{i}" } }, cancellationToken: Token);
        }

        var page = await _server.GetAsync("/metrics");
        Assert.Contains(
            "{client_api_version=\"other\",type=\"unary\"} 50\n", page, StringComparison.Ordinal);
    }
}
