using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Server.Tests;

public sealed class CompactionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_physical_compaction_answers_once_the_old_versions_are_gone()
    {
        for (var i = 0; i < 20; i++)
        {
            await PutAsync("c/a", new string('x', 1000));
        }

        var newest = await PutAsync("c/a", "end");
        var response = await CompactAsync(newest, physical: true);
        Assert.Equal(newest, response.Header.Revision);
        Assert.False(server.Store.View.IsRemovingCompacted);
        Assert.True(server.Store.View.SizeBytes < 10_000);
        await ServerFixture.RefusedAsync(
            StatusCode.OutOfRange,
            "etcdserver: mvcc: required revision has been compacted",
            () => server.Kv.RangeAsync(
                new RangeRequest { Key = ServerFixture.Bytes("c/a"), Revision = newest - 1 },
                cancellationToken: Token).ResponseAsync);
        Assert.Equal(1, (await server.Kv.RangeAsync(
            new RangeRequest { Key = ServerFixture.Bytes("c/a"), Revision = newest },
            cancellationToken: Token)).Count);
    }

    [Fact]
    public async Task A_compacted_and_a_future_revision_are_refused_in_etcds_words()
    {
        await PutAsync("c/b", "1");
        var newest = await PutAsync("c/b", "2");
        await CompactAsync(newest, physical: false);
        await ServerFixture.RefusedAsync(
            StatusCode.OutOfRange,
            "etcdserver: mvcc: required revision has been compacted",
            () => CompactAsync(newest, physical: false));
        await ServerFixture.RefusedAsync(
            StatusCode.OutOfRange,
            "etcdserver: mvcc: required revision is a future revision",
            () => CompactAsync(newest + 100, physical: false));
    }

    private async Task<long> PutAsync(string key, string value) => (await server.Kv.PutAsync(
        new PutRequest { Key = ServerFixture.Bytes(key), Value = ServerFixture.Bytes(value) },
        cancellationToken: Token)).Header.Revision;

    private Task<CompactionResponse> CompactAsync(long revision, bool physical) => server.Kv.CompactAsync(
        new CompactionRequest { Revision = revision, Physical = physical },
        cancellationToken: Token).ResponseAsync;
}
