using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Server.Tests;

public sealed class KvTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ByteString Bytes(string text) => ServerFixture.Bytes(text);

    public static TheoryData<string, StatusCode, string> BadPuts() => new()
    {
        { """{ "value": "MQ==" }""", StatusCode.InvalidArgument, "etcdserver: key is not provided" },
        {
            """{ "key": "YQ==", "value": "MQ==", "ignoreValue": true }""",
            StatusCode.InvalidArgument,
            "etcdserver: value is provided"
        },
        {
            """{ "key": "YQ==", "lease": "5", "ignoreLease": true }""",
            StatusCode.InvalidArgument,
            "etcdserver: lease is provided"
        },
        {
            """{ "key": "bm9uZQ==", "ignoreValue": true }""",
            StatusCode.InvalidArgument,
            "etcdserver: key not found"
        },
        {
            """{ "key": "bm9uZQ==", "ignoreLease": true }""",
            StatusCode.InvalidArgument,
            "etcdserver: key not found"
        },
        {
            """{ "key": "YQ==", "lease": "5" }""",
            StatusCode.NotFound,
            "etcdserver: requested lease not found"
        },
    };

    public static TheoryData<string, StatusCode, string> BadRanges() => new()
    {
        { """{ "rangeEnd": "YQ==" }""", StatusCode.InvalidArgument, "etcdserver: key is not provided" },
        {
            """{ "key": "YQ==", "sortOrder": 3 }""",
            StatusCode.InvalidArgument,
            "etcdserver: invalid sort option"
        },
        {
            """{ "key": "YQ==", "sortTarget": 256 }""",
            StatusCode.InvalidArgument,
            "etcdserver: invalid sort option"
        },
        {
            """{ "key": "YQ==", "revision": "1000000" }""",
            StatusCode.OutOfRange,
            "etcdserver: mvcc: required revision is a future revision"
        },
    };

    [Theory]
    [MemberData(nameof(BadPuts))]
    public Task A_bad_put_is_refused_in_the_words_of_etcd(string request, StatusCode code, string message) =>
        ServerFixture.RefusedAsync(code, message, () => server.Kv.PutAsync(
            JsonParser.Default.Parse<PutRequest>(request), cancellationToken: Token).ResponseAsync);

    [Theory]
    [MemberData(nameof(BadRanges))]
    public Task A_bad_range_is_refused_in_the_words_of_etcd(
        string request, StatusCode code, string message) =>
        ServerFixture.RefusedAsync(code, message, () => server.Kv.RangeAsync(
            JsonParser.Default.Parse<RangeRequest>(request), cancellationToken: Token).ResponseAsync);

    [Fact]
    public async Task A_read_that_outlasts_its_lease_is_done_again_without_one()
    {
        var outlasts = new Queue<bool>([true, false]);
        server.Store.LeaseRunsOut = () => outlasts.Dequeue();
        server.Store.ReadsByLease.Clear();
        try
        {
            var got = await server.Kv.RangeAsync(
                new RangeRequest { Key = Bytes("lease-read") }, cancellationToken: Token);
            Assert.Equal(0, got.Count);
            Assert.Equal([true, false], server.Store.ReadsByLease);
            Assert.Single(outlasts);
        }
        finally
        {
            server.Store.LeaseRunsOut = null;
        }
    }

    [Fact]
    public Task A_deletion_without_a_key_is_refused() =>
        ServerFixture.RefusedAsync(StatusCode.InvalidArgument, "etcdserver: key is not provided", () =>
            server.Kv.DeleteRangeAsync(new DeleteRangeRequest(), cancellationToken: Token).ResponseAsync);

    [Fact]
    public async Task Put_range_and_delete_answer_with_headers_revisions_and_previous_values()
    {
        var put = await server.Kv.PutAsync(
            new PutRequest { Key = Bytes("k/1"), Value = Bytes("v1") }, cancellationToken: Token);
        Assert.Null(put.PrevKv);
        Assert.Equal(
            (0xC1UL, FakeStore.Self.Value, 7UL),
            (put.Header.ClusterId, put.Header.MemberId, put.Header.RaftTerm));
        var revision = put.Header.Revision;
        put = await server.Kv.PutAsync(
            new PutRequest { Key = Bytes("k/1"), Value = Bytes("v2"), PrevKv = true },
            cancellationToken: Token);
        Assert.Equal((revision + 1, "v1"), (put.Header.Revision, put.PrevKv.Value.ToStringUtf8()));
        await server.Kv.PutAsync(new PutRequest { Key = Bytes("k/2") }, cancellationToken: Token);

        var range = await server.Kv.RangeAsync(
            new RangeRequest { Key = Bytes("k/"), RangeEnd = Bytes("k0"), Limit = 1 },
            cancellationToken: Token);
        Assert.Equal((2L, true, revision + 2), (range.Count, range.More, range.Header.Revision));
        var kv = Assert.Single(range.Kvs);
        Assert.Equal(
            ("k/1", "v2", revision, revision + 1, 2L),
            (kv.Key.ToStringUtf8(), kv.Value.ToStringUtf8(), kv.CreateRevision, kv.ModRevision, kv.Version));

        var old = await server.Kv.RangeAsync(
            new RangeRequest { Key = Bytes("k/1"), Revision = revision, Serializable = true },
            cancellationToken: Token);
        Assert.Equal((revision + 2, "v1"), (old.Header.Revision, old.Kvs[0].Value.ToStringUtf8()));

        var delete = await server.Kv.DeleteRangeAsync(
            new DeleteRangeRequest { Key = Bytes("k/"), RangeEnd = Bytes("k0"), PrevKv = true },
            cancellationToken: Token);
        Assert.Equal((2L, 2, revision + 3), (delete.Deleted, delete.PrevKvs.Count, delete.Header.Revision));
    }

    [Fact]
    public async Task A_value_as_large_as_the_limit_is_refused_and_sixty_bytes_less_is_taken()
    {
        var limit = new ServerOptions { DataDirectory = "x" }.MaxRequestBytes;
        Assert.Equal(1_572_864, limit);
        var request = new PutRequest { Key = Bytes("big"), Value = ByteString.CopyFrom(new byte[limit]) };
        await ServerFixture.RefusedAsync(StatusCode.InvalidArgument, "etcdserver: request is too large", () =>
            server.Kv.PutAsync(request, cancellationToken: Token).ResponseAsync);
        request.Value = ByteString.CopyFrom(new byte[limit - 60]);
        await server.Kv.PutAsync(request, cancellationToken: Token);
    }

    [Fact]
    public async Task A_message_over_two_mebibytes_is_refused_by_its_length()
    {
        var request = new PutRequest { Key = Bytes("big"), Value = ByteString.CopyFrom(new byte[2_097_152]) };
        var message = $"grpc: received message larger than max ({request.CalculateSize()} vs. 2097152)";
        await ServerFixture.RefusedAsync(StatusCode.ResourceExhausted, message, () =>
            server.Kv.PutAsync(request, cancellationToken: Token).ResponseAsync);
        await server.Kv.PutAsync(new PutRequest { Key = Bytes("after") }, cancellationToken: Token);
    }

    [Fact]
    public async Task A_response_may_be_larger_than_the_receive_limit()
    {
        for (var i = 0; i < 4; i++)
        {
            await server.Kv.PutAsync(
                new PutRequest { Key = Bytes($"many/{i}"), Value = ByteString.CopyFrom(new byte[1_500_000]) },
            cancellationToken: Token);
        }

        var range = await server.Kv.RangeAsync(
            new RangeRequest { Key = Bytes("many/"), RangeEnd = Bytes("many0") }, cancellationToken: Token);
        Assert.True(range.CalculateSize() > 6_000_000);
    }

    [Fact]
    public async Task A_serializable_read_needs_no_leader_and_all_else_times_out()
    {
        server.Store.WithoutLeader = true;
        try
        {
            var read = new RangeRequest { Key = Bytes("a"), Serializable = true };
            await server.Kv.RangeAsync(read, cancellationToken: Token);
            await ServerFixture.RefusedAsync(StatusCode.Unavailable, "etcdserver: request timed out", () =>
                server.Kv.RangeAsync(
                    new RangeRequest { Key = Bytes("a") }, cancellationToken: Token).ResponseAsync);
            await ServerFixture.RefusedAsync(StatusCode.Unavailable, "etcdserver: request timed out", () =>
                server.Kv.PutAsync(
                    new PutRequest { Key = Bytes("a") }, cancellationToken: Token).ResponseAsync);
            await ServerFixture.RefusedAsync(StatusCode.Unavailable, "etcdserver: no leader", () =>
                server.Kv.RangeAsync(
                    read, new Metadata { { "hasleader", "true" } }, cancellationToken: Token).ResponseAsync);
        }
        finally
        {
            server.Store.WithoutLeader = false;
        }
    }

    [Fact]
    public async Task A_member_that_lost_its_state_gives_nothing_out_not_even_what_is_old()
    {
        server.Store.WithoutState = true;
        try
        {
            await ServerFixture.RefusedAsync(StatusCode.Unavailable, "etcdserver: request timed out", () =>
                server.Kv.RangeAsync(
                    new RangeRequest { Key = Bytes("a"), Serializable = true },
                    cancellationToken: Token).ResponseAsync);
        }
        finally
        {
            server.Store.WithoutState = false;
        }
    }

    [Fact]
    public async Task A_write_of_unknown_fate_is_not_called_undone_and_an_overload_says_so()
    {
        try
        {
            server.Store.Ending = WriteOutcome.Unknown;
            await ServerFixture.RefusedAsync(
                StatusCode.Unavailable,
                "etcdserver: request timed out, possibly due to previous leader failure",
                () => server.Kv.PutAsync(
                    new PutRequest { Key = Bytes("a") }, cancellationToken: Token).ResponseAsync);
            server.Store.Ending = WriteOutcome.Refused(Refusal.Overloaded, NodeId.None);
            await ServerFixture.RefusedAsync(
                StatusCode.ResourceExhausted,
                "etcdserver: too many requests",
                () => server.Kv.PutAsync(
                    new PutRequest { Key = Bytes("a") }, cancellationToken: Token).ResponseAsync);
        }
        finally
        {
            server.Store.Ending = null;
        }
    }

    [Fact]
    public async Task A_refused_write_is_tried_again_until_it_is_taken()
    {
        server.Store.Ending = WriteOutcome.Refused(Refusal.NotLeader, NodeId.None);
        var put = server.Kv.PutAsync(
            new PutRequest { Key = Bytes("again") }, cancellationToken: Token).ResponseAsync;
        await Task.Delay(50, Token);
        Assert.False(put.IsCompleted);
        server.Store.Ending = null;
        Assert.True((await put).Header.Revision > 1);
    }
}
