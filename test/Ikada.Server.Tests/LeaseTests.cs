using System.Globalization;
using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Server.Tests;

public sealed class LeaseTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Lease.LeaseClient Leases => new(server.Invoker);

    [Fact]
    public async Task A_grant_picks_an_id_and_raises_a_short_time()
    {
        var first = await GrantAsync(0, -5);
        Assert.True(first.ID > 0);
        // One and a half election timeouts of the fixture, in whole seconds.
        Assert.Equal((1, ""), (first.TTL, first.Error));
        Assert.NotEqual(first.ID, (await GrantAsync(0, 60)).ID);
        Assert.Equal((77, 60), ((await GrantAsync(77, 60)).ID, (await TimeToLiveAsync(77)).GrantedTTL));
        await ServerFixture.RefusedAsync(
            StatusCode.FailedPrecondition, "etcdserver: lease already exists", () => GrantAsync(77, 60));
        await ServerFixture.RefusedAsync(
            StatusCode.OutOfRange, "etcdserver: too large lease TTL", () => GrantAsync(0, 9_000_000_001));
    }

    [Fact]
    public async Task Time_to_live_tells_what_is_left_and_the_keys()
    {
        await GrantAsync(80, 60);
        await PutAsync("l/b", 80);
        await PutAsync("l/a", 80);
        var told = await TimeToLiveAsync(80, keys: true);
        Assert.Equal((80, 59, 60), (told.ID, told.TTL, told.GrantedTTL));
        Assert.Equal(["l/a", "l/b"], told.Keys.Select(key => key.ToStringUtf8()));
        Assert.Empty((await TimeToLiveAsync(80)).Keys);
        var missing = await TimeToLiveAsync(81, keys: true);
        Assert.Equal((81, -1, 0), (missing.ID, missing.TTL, missing.GrantedTTL));
    }

    [Fact]
    public async Task A_revocation_deletes_the_keys_and_one_of_nothing_is_refused()
    {
        await GrantAsync(90, 60);
        var put = await PutAsync("l/gone", 90);
        var revoked = await Leases.LeaseRevokeAsync(
            new LeaseRevokeRequest { ID = 90 }, cancellationToken: Token);
        Assert.Equal(put.Header.Revision + 1, revoked.Header.Revision);
        Assert.Equal(0, (await server.Kv.RangeAsync(
            new RangeRequest { Key = ServerFixture.Bytes("l/gone") }, cancellationToken: Token)).Count);
        foreach (var id in new long[] { 90, 0 })
        {
            await ServerFixture.RefusedAsync(
                StatusCode.NotFound,
                "etcdserver: requested lease not found",
                () => Leases.LeaseRevokeAsync(
                    new LeaseRevokeRequest { ID = id }, cancellationToken: Token).ResponseAsync);
        }
    }

    [Fact]
    public async Task Keep_alives_are_answered_one_by_one_and_a_missing_lease_with_0()
    {
        await GrantAsync(100, 60);
        using var stream = Leases.LeaseKeepAlive(cancellationToken: Token);
        foreach (var (id, seconds) in new[] { (100L, 60L), (101L, 0L), (100L, 60L) })
        {
            await stream.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = id }, Token);
            Assert.True(await stream.ResponseStream.MoveNext(Token));
            var response = stream.ResponseStream.Current;
            Assert.Equal((id, seconds), (response.ID, response.TTL));
            Assert.NotEqual(0UL, response.Header.MemberId);
        }

        await stream.RequestStream.CompleteAsync();
        Assert.False(await stream.ResponseStream.MoveNext(Token));
    }

    [Fact]
    public async Task A_client_that_goes_without_a_word_has_cancelled_its_keep_alives()
    {
        const int Clients = 100;
        await GrantAsync(200, 60);
        var before = await EndedWellAsync();
        for (var i = 0; i < Clients; i++)
        {
            using var stream = Leases.LeaseKeepAlive(cancellationToken: Token);
            await stream.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = 200 }, Token);
            Assert.True(await stream.ResponseStream.MoveNext(Token));
            // The end is on its way when the reset follows.
            await stream.RequestStream.CompleteAsync();
        }

        await TestCluster.EventuallyAsync(async () =>
            await EndedWellAsync() + await HandledAsync("Unknown") == before + Clients);
        Assert.Equal(0, await HandledAsync("Unknown"));

        async Task<int> EndedWellAsync() => await HandledAsync("OK") + await HandledAsync("Canceled");
    }

    private async Task<int> HandledAsync(string code)
    {
        var line = (await server.GetAsync("/metrics")).Split('\n').FirstOrDefault(one =>
            one.StartsWith($"grpc_server_handled_total{{grpc_code=\"{code}\"", StringComparison.Ordinal)
            && one.Contains("\"LeaseKeepAlive\"", StringComparison.Ordinal));
        return line is null ? 0
            : int.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Many_keep_alives_at_once_each_get_their_answer()
    {
        var ids = Enumerable.Range(1000, 50).Select(id => (long)id).ToArray();
        await Task.WhenAll(ids.Select(id => GrantAsync(id, 60 + id)));
        var answers = await Task.WhenAll(ids.Select(async id =>
        {
            using var stream = Leases.LeaseKeepAlive(cancellationToken: Token);
            await stream.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = id }, Token);
            await stream.ResponseStream.MoveNext(Token);
            return stream.ResponseStream.Current.TTL;
        }));
        Assert.Equal(ids.Select(id => 60 + id), answers);
    }

    [Fact]
    public async Task Leases_are_listed_by_when_they_run_out()
    {
        await GrantAsync(7_002, 500_000);
        await GrantAsync(7_001, 600_000);
        await GrantAsync(7_003, 400_000);
        var listed = await Leases.LeaseLeasesAsync(new LeaseLeasesRequest(), cancellationToken: Token);
        Assert.Equal(
            [7_003L, 7_002L, 7_001L],
            listed.Leases.Select(lease => lease.ID).Where(id => id is >= 7_001 and <= 7_003));
    }

    private Task<LeaseGrantResponse> GrantAsync(long id, long seconds) => Leases.LeaseGrantAsync(
        new LeaseGrantRequest { ID = id, TTL = seconds }, cancellationToken: Token).ResponseAsync;

    private Task<LeaseTimeToLiveResponse> TimeToLiveAsync(long id, bool keys = false) =>
        Leases.LeaseTimeToLiveAsync(
            new LeaseTimeToLiveRequest { ID = id, Keys = keys }, cancellationToken: Token).ResponseAsync;

    private async Task<PutResponse> PutAsync(string key, long lease) => await server.Kv.PutAsync(
        new PutRequest { Key = ServerFixture.Bytes(key), Lease = lease }, cancellationToken: Token);
}
