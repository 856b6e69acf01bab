using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server.Tests;

/// <summary>A member whose state differs from the others'.</summary>
public sealed class QuarantineTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private const string Refusal = "ikada: the state of this member differs from the majority's";

    private readonly Maintenance.MaintenanceClient _maintenance = new(server.Invoker);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => (server.Store.IsQuarantined, server.Store.DisputedAt) = (false, 0);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_reads_nothing_out_so_that_clients_go_elsewhere(bool serializable)
    {
        server.Store.IsQuarantined = true;
        await ServerFixture.RefusedAsync(StatusCode.Unavailable, Refusal, () => server.Kv.RangeAsync(
            new RangeRequest { Key = ServerFixture.Bytes("a"), Serializable = serializable },
            cancellationToken: Token).ResponseAsync);
    }

    [Fact]
    public async Task It_gives_no_snapshot()
    {
        server.Store.IsQuarantined = true;
        await ServerFixture.RefusedAsync(StatusCode.Unavailable, Refusal, async () =>
        {
            using var call = _maintenance.Snapshot(new SnapshotRequest(), cancellationToken: Token);
            await call.ResponseStream.MoveNext(Token);
        });
    }

    [Fact]
    public async Task Its_status_says_so_with_the_range_in_which_the_wrong_effect_lies()
    {
        server.Store.IsQuarantined = true;
        var status = await _maintenance.StatusAsync(new StatusRequest(), cancellationToken: Token);
        Assert.Contains(
            "quarantined: the state differs from the majority's, first after index 4 and up to 6",
            Assert.Single(status.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_majority_holds_one_state_the_leader_activates_the_alarm_that_stops_all()
    {
        server.Store.DisputedAt = 9;
        while (!server.Store.View.Alarms.Contains(new Alarm(FakeStore.Self, AlarmKind.Corrupt)))
        {
            await Task.Delay(20, Token);
        }

        var status = await _maintenance.StatusAsync(new StatusRequest(), cancellationToken: Token);
        Assert.Contains("ikada: no majority holds one state at index 9", status.Errors);
        await ServerFixture.RefusedAsync(
            StatusCode.DataLoss, "etcdserver: corrupt cluster",
            () => server.Kv.PutAsync(
                new PutRequest { Key = ServerFixture.Bytes("a") }, cancellationToken: Token).ResponseAsync);

        server.Store.DisputedAt = 0;
        await _maintenance.AlarmAsync(
            new AlarmRequest
            {
                Action = AlarmRequest.Types.AlarmAction.Deactivate, Alarm = AlarmType.Corrupt,
                MemberID = FakeStore.Self.Value,
            },
            cancellationToken: Token);
        await server.Kv.PutAsync(
            new PutRequest { Key = ServerFixture.Bytes("a") }, cancellationToken: Token);
    }
}
