using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Server.Tests;

public sealed class TxnTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Duplicate = "etcdserver: duplicate key given in txn request";
    private const string TooMany = "etcdserver: too many operations in txn request";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sub_responses_have_the_revision_alone_in_their_headers()
    {
        var response = await TxnAsync(Txn(Put("t/a"), Range("t/a"), Delete("t/none"), Nested(Put("t/b"))));
        var revision = response.Header.Revision;
        Assert.True(response.Succeeded);
        Assert.NotEqual(0UL, response.Header.MemberId);
        Assert.Equal(new ResponseHeader { Revision = revision }, response.Responses[0].ResponsePut.Header);
        Assert.Equal(new ResponseHeader { Revision = revision }, response.Responses[1].ResponseRange.Header);
        Assert.Equal(revision, response.Responses[1].ResponseRange.Kvs[0].ModRevision);
        Assert.Equal(0, response.Responses[2].ResponseDeleteRange.Deleted);
        var nested = response.Responses[3].ResponseTxn;
        Assert.Equal((new ResponseHeader(), true), (nested.Header, nested.Succeeded));
        Assert.Equal(revision, nested.Responses[0].ResponsePut.Header.Revision);
    }

    [Fact]
    public async Task An_empty_transaction_succeeds_and_makes_no_revision()
    {
        var before = (await TxnAsync(Txn(Put("t/empty")))).Header.Revision;
        var response = await TxnAsync(Txn());
        Assert.Equal((before, true), (response.Header.Revision, response.Succeeded));
    }

    [Fact]
    public async Task Compare_and_set_as_kubernetes_does_it()
    {
        var first = await TxnAsync(Guarded("t/cas", 0));
        Assert.True(first.Succeeded);
        var again = await TxnAsync(Guarded("t/cas", 0));
        Assert.False(again.Succeeded);
        Assert.Equal(first.Header.Revision, again.Responses[0].ResponseRange.Kvs[0].ModRevision);
        Assert.True((await TxnAsync(Guarded("t/cas", first.Header.Revision))).Succeeded);
    }

    [Fact]
    public async Task Keys_put_twice_or_put_and_deleted_are_refused_as_etcd_refuses_them()
    {
        await RefusedAsync(Txn(Put("a"), Put("a")), Duplicate);
        await RefusedAsync(Txn(Delete("a", "c"), Put("b")), Duplicate);
        await RefusedAsync(Txn(Put("a"), Nested(Delete("a"))), Duplicate);
        await RefusedAsync(Txn(Delete("a"), Nested(Put("a"))), Duplicate);
        await RefusedAsync(Txn(Nested(Delete("a")), Nested(Put("a"))), Duplicate);
        await RefusedAsync(Txn(Either(Put("a"), Put("a")), Put("a")), Duplicate);
        await RefusedAsync(Txn(Either(Put("a"), Put("a")), Either(null, Put("a"))), Duplicate);
        await RefusedAsync(new TxnRequest { Failure = { Put("a"), Put("a") } }, Duplicate);
        foreach (var taken in new[]
        {
            Txn(Delete("a"), Delete("a"), Delete("a", "c"), Range("a"), Range("a")),
            Txn(Either(Put("a"), Put("a"))),
            Txn(Nested(Put("a")), Nested(Delete("a"))),
            Txn(Put("b"), Delete("a", "\0")),
            new TxnRequest { Success = { Put("a") }, Failure = { Put("a") } },
        })
        {
            Assert.True((await TxnAsync(taken)).Succeeded);
        }
    }

    [Fact]
    public async Task More_than_128_operations_are_refused_and_nested_ones_share_the_limit()
    {
        RequestOp[] Reads(int count) => [.. Enumerable.Repeat(Range("a"), count)];
        await RefusedAsync(Txn(Reads(129)), TooMany);
        await RefusedAsync(Txn([Nested(Reads(29)), .. Reads(99)]), TooMany);
        Assert.Equal(128, (await TxnAsync(Txn(Reads(128)))).Responses.Count);
        Assert.Equal(100, (await TxnAsync(Txn([Nested(Reads(28)), .. Reads(99)]))).Responses.Count);
        var compares = new TxnRequest();
        compares.Compare.AddRange(Enumerable.Repeat(new Compare(), 129));
        await RefusedAsync(compares, TooMany);
        compares.Compare.RemoveAt(0);
        await RefusedAsync(compares, "etcdserver: key is not provided");
    }

    [Fact]
    public async Task What_an_operation_lacks_is_refused_in_etcds_words()
    {
        await RefusedAsync(Txn(new RequestOp()), "etcdserver: key not found");
        await RefusedAsync(Txn(Put("")), "etcdserver: key is not provided");
        await RefusedAsync(Txn(Nested(Range(""))), "etcdserver: key is not provided");
        var future = Range("a");
        future.RequestRange.Revision = 1L << 40;
        await ServerFixture.RefusedAsync(
            StatusCode.OutOfRange,
            "etcdserver: mvcc: required revision is a future revision",
            () => TxnAsync(Txn(Put("t/never"), future)));
        await ServerFixture.RefusedAsync(
            StatusCode.OutOfRange,
            "etcdserver: mvcc: required revision is a future revision",
            () => TxnAsync(Txn(future)));
        Assert.Equal(0, (await server.Kv.RangeAsync(Range("t/never").RequestRange)).Count);
    }

    [Fact]
    public async Task Reads_alone_need_no_log_and_serializable_ones_no_leader()
    {
        await TxnAsync(Txn(Put("t/read")));
        var read = Range("t/read");
        read.RequestRange.Serializable = true;
        server.Store.WithoutLeader = true;
        try
        {
            Assert.Equal(1, (await TxnAsync(Txn(read))).Responses[0].ResponseRange.Count);
            await ServerFixture.RefusedAsync(
                StatusCode.Unavailable,
                "etcdserver: request timed out",
                () => TxnAsync(Txn(read, Range("t/read"))));
        }
        finally
        {
            server.Store.WithoutLeader = false;
        }
    }

    private Task<TxnResponse> TxnAsync(TxnRequest request) =>
        server.Kv.TxnAsync(request, cancellationToken: Token).ResponseAsync;

    private Task RefusedAsync(TxnRequest request, string message) =>
        ServerFixture.RefusedAsync(StatusCode.InvalidArgument, message, () => TxnAsync(request));

    private static TxnRequest Txn(params RequestOp[] operations) => new() { Success = { operations } };

    private static TxnRequest Guarded(string key, long revision) => new()
    {
        Compare =
        {
            new Compare
            {
                Target = Compare.Types.CompareTarget.Mod,
                Key = ServerFixture.Bytes(key),
                ModRevision = revision,
            },
        },
        Success = { Put(key) },
        Failure = { Range(key) },
    };

    private static RequestOp Put(string key) =>
        new() { RequestPut = new PutRequest { Key = ServerFixture.Bytes(key) } };

    private static RequestOp Range(string key) =>
        new() { RequestRange = new RangeRequest { Key = ServerFixture.Bytes(key) } };

    private static RequestOp Delete(string key, string end = "") => new()
    {
        RequestDeleteRange = new DeleteRangeRequest
        {
            Key = ServerFixture.Bytes(key), RangeEnd = ServerFixture.Bytes(end),
        },
    };

    private static RequestOp Nested(params RequestOp[] operations) => new() { RequestTxn = Txn(operations) };

    private static RequestOp Either(RequestOp? then, RequestOp otherwise)
    {
        var nested = new TxnRequest { Failure = { otherwise } };
        if (then is not null)
        {
            nested.Success.Add(then);
        }

        return new RequestOp { RequestTxn = nested };
    }
}
