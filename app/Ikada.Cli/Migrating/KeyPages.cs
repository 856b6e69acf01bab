using Google.Protobuf;
using Ikada.Api.Etcd;
using Item = Ikada.Api.Mvcc.KeyValue;

namespace Ikada.Cli.Migrating;

/// <summary>All keys of a store as they stand at one revision, in order, page by page. The next page is read
/// while one is worked on. Pages are as large as their bytes allow, since etcd walks all keys that are left
/// for each.</summary>
/// <param name="range">Reads a range.</param>
/// <param name="revision">The revision; 0: the current one.</param>
internal sealed class KeyPages(Func<RangeRequest, Task<RangeResponse>> range, long revision)
{
    private const int KeysFirst = 1000;
    private const int KeysMax = 20_000;
    private const int PageBytes = 4 << 20;
    private ByteString _from = ByteString.CopyFrom(0);
    private long _limit = KeysFirst;
    private Task<RangeResponse>? _next;

    /// <summary>How many keys there are in all; once a page has been read.</summary>
    public long? Count { get; private set; }

    /// <summary>The next page; empty at the end.</summary>
    public async Task<IReadOnlyList<Item>> ReadAsync()
    {
        if (_from.IsEmpty)
        {
            return [];
        }

        var page = await (_next ?? AskAsync());
        Count ??= page.Count;
        // The key itself and a zero byte is the next key that there can be.
        _from = page.More ? ByteString.CopyFrom([.. page.Kvs[^1].Key.Span, 0]) : ByteString.Empty;
        if (page.More)
        {
            var bytes = page.Kvs.Sum(item => (long)item.Key.Length + item.Value.Length + 32);
            _limit = Math.Clamp(PageBytes * (long)page.Kvs.Count / bytes, 1, KeysMax);
            _next = AskAsync();
        }

        return page.Kvs;
    }

    private Task<RangeResponse> AskAsync() => range(new RangeRequest
    {
        Key = _from, RangeEnd = ByteString.CopyFrom(0), Revision = revision, Limit = _limit,
    });
}
