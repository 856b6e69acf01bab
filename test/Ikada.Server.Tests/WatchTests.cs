using Google.Protobuf;
using Ikada.Api.Etcd;
using static Ikada.Api.Mvcc.Event.Types;

namespace Ikada.Server.Tests;

public sealed class WatchTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task History_first_then_what_happens_and_created_before_both()
    {
        var first = await PutAsync("h/a", "1");
        await PutAsync("h/b", "2");
        using var watch = server.Watch();
        var created = await watch.CreateAsync("h/", "h0", first);
        Assert.Equal((0, first + 1), (created.WatchId, created.Header.Revision));
        Assert.Equal(FakeStore.Self.Value, created.Header.MemberId);
        var past = await watch.EventsAsync(2);
        Assert.Equal(["h/a", "h/b"], past.Select(one => one.Kv.Key.ToStringUtf8()));
        await PutAsync("other", "x");
        await PutAsync("h/a", "3");
        var live = await watch.NextAsync();
        var put = Assert.Single(live.Events);
        Assert.Equal((EventType.Put, "3", first, 2L), (
            put.Type, put.Kv.Value.ToStringUtf8(), put.Kv.CreateRevision, put.Kv.Version));
        Assert.Equal(first + 3, put.Kv.ModRevision);
        Assert.True(live.Header.Revision >= put.Kv.ModRevision);
        Assert.Null(put.PrevKv);
    }

    [Fact]
    public async Task A_deletion_has_the_key_and_its_revision_alone_and_all_of_a_revision_come_together()
    {
        await PutAsync("d/a", "1");
        await PutAsync("d/b", "2");
        using var watch = server.Watch();
        await watch.AskAsync(new WatchCreateRequest
        {
            Key = ServerFixture.Bytes("d/"),
            RangeEnd = ServerFixture.Bytes("d0"),
            PrevKv = true,
        });
        await watch.NextAsync();
        var deleted = await server.Kv.DeleteRangeAsync(
            new DeleteRangeRequest
            {
                Key = ServerFixture.Bytes("d/"), RangeEnd = ServerFixture.Bytes("d0"),
            },
            cancellationToken: TestContext.Current.CancellationToken);
        var response = await watch.NextAsync();
        Assert.Equal(2, response.Events.Count);
        var gone = response.Events[0];
        Assert.Equal(EventType.Delete, gone.Type);
        Assert.Equal(
            new Api.Mvcc.KeyValue
            {
                Key = ServerFixture.Bytes("d/a"), ModRevision = deleted.Header.Revision,
            },
            gone.Kv);
        Assert.Equal("1", gone.PrevKv.Value.ToStringUtf8());
        Assert.Equal("2", response.Events[1].PrevKv.Value.ToStringUtf8());
    }

    [Fact]
    public async Task Ids_are_picked_in_order_and_chosen_ones_are_kept_or_refused()
    {
        using var watch = server.Watch();
        await watch.AskAsync(new WatchCreateRequest { Key = ServerFixture.Bytes("i"), WatchId = 1 });
        await watch.AskAsync("i");
        await watch.AskAsync("i");
        await watch.AskAsync(new WatchCreateRequest { Key = ServerFixture.Bytes("i"), WatchId = 2 });
        await watch.AskAsync("z", "a");
        await watch.AskAsync("i", start: -1);
        await watch.AskAsync("i");
        foreach (var id in new long[] { 1, 0, 2 })
        {
            var created = await watch.NextAsync();
            Assert.Equal((true, false, id), (created.Created, created.Canceled, created.WatchId));
        }

        foreach (var reason in new[]
        {
            "mvcc: duplicate watch ID provided on the WatchStream",
            "mvcc: watcher range is empty",
            "etcdserver: mvcc: required revision has been compacted",
        })
        {
            var refused = await watch.NextAsync();
            Assert.Equal((true, true, -1L, reason), (
                refused.Created, refused.Canceled, refused.WatchId, refused.CancelReason));
        }

        Assert.Equal(3, (await watch.NextAsync()).WatchId);
    }

    [Fact]
    public async Task After_a_cancel_nothing_comes_and_an_unknown_id_gets_no_answer()
    {
        using var watch = server.Watch();
        var one = (await watch.CreateAsync("c")).WatchId;
        var two = (await watch.CreateAsync("c")).WatchId;
        await watch.CancelAsync(77);
        await watch.CancelAsync(one);
        var canceled = await watch.NextAsync();
        Assert.Equal((true, one, 0L, ""), (
            canceled.Canceled, canceled.WatchId, canceled.CompactRevision, canceled.CancelReason));
        await PutAsync("c", "1");
        Assert.Equal(two, (await watch.NextAsync()).WatchId);
        await watch.CancelAsync(one);
        await PutAsync("c", "2");
        Assert.Equal(two, (await watch.NextAsync()).WatchId);
    }

    [Fact]
    public async Task Filters_leave_out_what_they_name()
    {
        using var watch = server.Watch();
        await watch.AskAsync(new WatchCreateRequest
        {
            Key = ServerFixture.Bytes("f"),
            Filters = { WatchCreateRequest.Types.FilterType.Noput },
        });
        await watch.AskAsync(new WatchCreateRequest
        {
            Key = ServerFixture.Bytes("f"),
            Filters = { WatchCreateRequest.Types.FilterType.Nodelete },
        });
        await watch.NextAsync();
        await watch.NextAsync();
        await PutAsync("f", "1");
        var put = await watch.NextAsync();
        Assert.Equal((1L, EventType.Put), (put.WatchId, Assert.Single(put.Events).Type));
        await server.Kv.DeleteRangeAsync(
            new DeleteRangeRequest { Key = ServerFixture.Bytes("f") },
            cancellationToken: TestContext.Current.CancellationToken);
        var delete = await watch.NextAsync();
        Assert.Equal((0L, EventType.Delete), (delete.WatchId, Assert.Single(delete.Events).Type));
    }

    [Fact]
    public async Task A_large_revision_comes_whole_or_in_pieces_as_the_client_asks()
    {
        var value = new string('x', 700_000);
        for (var i = 0; i < 6; i++)
        {
            await PutAsync($"l/{i}", value);
        }

        using var watch = server.Watch();
        foreach (var fragment in new[] { false, true })
        {
            await watch.AskAsync(new WatchCreateRequest
            {
                Key = ServerFixture.Bytes("l/"),
                RangeEnd = ServerFixture.Bytes("l0"),
                PrevKv = true,
                Fragment = fragment,
            });
            await watch.NextAsync();
        }

        await server.Kv.DeleteRangeAsync(
            new DeleteRangeRequest
            {
                Key = ServerFixture.Bytes("l/"), RangeEnd = ServerFixture.Bytes("l0"),
            },
            cancellationToken: TestContext.Current.CancellationToken);
        var responses = new List<WatchResponse>();
        while (responses.Sum(response => response.Events.Count) < 12)
        {
            responses.Add(await watch.NextAsync());
        }

        var whole = Assert.Single(responses, response => response.WatchId == 0);
        Assert.Equal((6, false), (whole.Events.Count, whole.Fragment));
        var pieces = responses.Where(response => response.WatchId == 1).ToList();
        Assert.Equal([2, 2, 2], pieces.Select(piece => piece.Events.Count));
        Assert.Equal([true, true, false], pieces.Select(piece => piece.Fragment));
        Assert.All(pieces, piece =>
            Assert.True(piece.CalculateSize() < ServerFixture.MaxRequestBytes + (512 * 1024)));
    }

    [Fact]
    public async Task Progress_is_told_on_request_and_now_and_then()
    {
        using var watch = server.Watch();
        await watch.AskProgressAsync();
        var none = await watch.NextAsync();
        Assert.Equal(-1, none.WatchId);
        await watch.CreateAsync("p");
        var revision = await PutAsync("elsewhere", "1");
        await watch.AskProgressAsync();
        var asked = await watch.NextAsync();
        Assert.Equal((-1L, false, false), (asked.WatchId, asked.Created, asked.Canceled));
        Assert.Empty(asked.Events);
        Assert.True(asked.Header.Revision >= revision);
        await watch.AskAsync(new WatchCreateRequest
        {
            Key = ServerFixture.Bytes("p"), ProgressNotify = true, WatchId = 9,
        });
        await watch.NextAsync();
        var told = await watch.NextAsync();
        Assert.Equal((9L, false, 0), (told.WatchId, told.Created, told.Events.Count));
        Assert.True(told.Header.Revision >= revision);
    }

    [Fact]
    public async Task A_client_that_closes_its_side_goes_on_being_told()
    {
        using var watch = server.Watch();
        await watch.CreateAsync("e");
        await watch.CompleteAsync();
        await server.Kv.PutAsync(
            new PutRequest { Key = ServerFixture.Bytes("e") },
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Single(await watch.EventsAsync(1));
    }

    [Fact]
    public async Task A_slow_client_gets_everything_once_it_takes_it()
    {
        using var watch = server.Watch();
        await watch.CreateAsync("s");
        // Far more than the windows, the buffers and what may wait together hold.
        var value = ByteString.CopyFromUtf8(new string('y', 100_000));
        var last = 0L;
        for (var i = 0; i < 100; i++)
        {
            last = (await server.Kv.PutAsync(
                new PutRequest { Key = ServerFixture.Bytes("s"), Value = value },
                cancellationToken: TestContext.Current.CancellationToken)).Header.Revision;
        }

        var events = await watch.EventsAsync(100);
        Assert.Equal(
            Enumerable.Range(1, 100).Select(version => (long)version),
            events.Select(one => one.Kv.Version));
        Assert.Equal(last, events[^1].Kv.ModRevision);
    }

    [Fact]
    public async Task A_thousand_watchers_on_a_stream_each_get_their_own()
    {
        using var watch = server.Watch();
        for (var i = 0; i < 1000; i++)
        {
            await watch.AskAsync($"t/{i}");
        }

        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(i, (await watch.NextAsync()).WatchId);
        }

        await PutAsync("t/500", "1");
        var response = await watch.NextAsync();
        Assert.Equal((500L, "t/500"), (response.WatchId, response.Events[0].Kv.Key.ToStringUtf8()));
    }

    [Fact]
    public async Task An_empty_key_to_the_end_is_everything()
    {
        using var watch = server.Watch();
        await watch.CreateAsync("", "\0");
        await PutAsync("any", "1");
        Assert.Equal("any", (await watch.NextAsync()).Events[0].Kv.Key.ToStringUtf8());
    }

    private async Task<long> PutAsync(string key, string value) => (await server.Kv.PutAsync(
        new PutRequest { Key = ServerFixture.Bytes(key), Value = ServerFixture.Bytes(value) },
        cancellationToken: TestContext.Current.CancellationToken)).Header.Revision;
}
