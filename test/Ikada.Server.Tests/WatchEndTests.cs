using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Server.Tests;

/// <summary>How streams end that no client ends. Each test has a server of its own.</summary>
public sealed class WatchEndTests
{
    [Fact]
    public async Task A_graceful_stop_ends_streams_first_and_says_why()
    {
        await using var server = new ServerFixture();
        await server.InitializeAsync();
        using var watch = server.Watch();
        await watch.CreateAsync("k");
        await server.EndStreamsAsync();
        await ServerFixture.RefusedAsync(
            StatusCode.Unavailable, "etcdserver: server stopped", watch.NextAsync);
        await server.StopAsync();
    }

    [Fact]
    public async Task What_was_compacted_cannot_be_watched_and_the_compacted_revision_can()
    {
        await using var server = new ServerFixture();
        await server.InitializeAsync();
        for (var i = 0; i < 4; i++)
        {
            await server.Kv.PutAsync(
                new PutRequest { Key = ServerFixture.Bytes("k") },
                cancellationToken: TestContext.Current.CancellationToken);
        }

        await server.Kv.CompactAsync(
            new CompactionRequest { Revision = 4 }, cancellationToken: TestContext.Current.CancellationToken);
        using var watch = server.Watch();
        Assert.Equal(0, (await watch.CreateAsync("k", start: 3)).WatchId);
        var canceled = await watch.NextAsync();
        Assert.Equal((true, false, 0L, 4L, ""), (
            canceled.Canceled, canceled.Created, canceled.WatchId, canceled.CompactRevision,
            canceled.CancelReason));
        Assert.Equal(1, (await watch.CreateAsync("k", start: 4)).WatchId);
        var events = await watch.EventsAsync(2);
        Assert.Equal([4, 5], events.Select(one => one.Kv.ModRevision));
    }

    [Fact]
    public async Task Who_asks_for_a_leader_is_refused_without_one_and_ended_when_it_is_lost()
    {
        await using var server = new ServerFixture();
        await server.InitializeAsync();
        using var watch = server.Watch(("hasleader", "true"));
        using var patient = server.Watch();
        await watch.CreateAsync("k");
        await patient.CreateAsync("k");
        server.Store.WithoutLeader = true;
        using var late = server.Watch(("hasleader", "true"));
        await ServerFixture.RefusedAsync(
            StatusCode.Unavailable, "etcdserver: no leader", late.NextAsync);
        await ServerFixture.RefusedAsync(
            StatusCode.Unavailable, "etcdserver: no leader", watch.NextAsync);
        await patient.AskProgressAsync();
        Assert.Equal(-1, (await patient.NextAsync()).WatchId);
    }
}
