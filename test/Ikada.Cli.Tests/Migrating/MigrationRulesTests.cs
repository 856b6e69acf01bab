using Google.Protobuf;
using Ikada.Api.Etcd;
using Ikada.Cli.Migrating;
using Item = Ikada.Api.Mvcc.KeyValue;

namespace Ikada.Cli.Tests.Migrating;

public sealed class MigrationRulesTests
{
    [Theory]
    [InlineData("3.4.0", true)]
    [InlineData("3.5.16", true)]
    [InlineData("3.6.0-rc.1", true)]
    [InlineData("3.3.27", false)]
    [InlineData("2.3.8", false)]
    [InlineData("", false)]
    public void An_etcd_before_3_4_is_too_old(string version, bool isNewEnough) =>
        Assert.Equal(isNewEnough, SourceStore.IsNewEnough(version));

    [Fact]
    public void Ctrl_C_cuts_over_only_once_the_target_follows_and_a_second_one_stops()
    {
        using var early = new MigrateSignals();
        early.Interrupt();
        Assert.True(early.Stop.IsCancellationRequested);

        using var signals = new MigrateSignals();
        var cutOver = signals.BeginFollowing();
        signals.Interrupt();
        Assert.Equal((true, false), (cutOver.IsCancellationRequested, signals.Stop.IsCancellationRequested));
        signals.Interrupt();
        Assert.True(signals.Stop.IsCancellationRequested);

        using var ended = new MigrateSignals();
        cutOver = ended.BeginFollowing();
        ended.Terminate();
        Assert.Equal((false, true), (cutOver.IsCancellationRequested, ended.Stop.IsCancellationRequested));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(5001)]
    public async Task Pages_hold_every_key_once_and_are_as_large_as_their_bytes_allow(int count)
    {
        var keys = Enumerable.Range(0, count).Select(i => new Item
        {
            Key = ByteString.CopyFromUtf8($"{i:0000}"), Value = ByteString.CopyFrom(new byte[2000]),
        }).ToArray();
        var limits = new List<long>();
        var pages = new KeyPages(
            request =>
            {
                limits.Add(request.Limit);
                Assert.Equal(7, request.Revision);
                var left = keys.Where(
                    key => key.Key.Span.SequenceCompareTo(request.Key.Span) >= 0).ToArray();
                return Task.FromResult(new RangeResponse
                {
                    Count = left.Length,
                    More = left.Length > request.Limit,
                    Kvs = { left.Take((int)request.Limit) },
                });
            },
            7);
        var read = new List<Item>();
        while (await pages.ReadAsync() is { Count: > 0 } page)
        {
            read.AddRange(page);
        }

        Assert.Equal(keys, read);
        Assert.Equal(count, pages.Count);
        Assert.All(limits.Skip(1), limit => Assert.InRange(limit, 1500, 2200));
    }
}
