using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Cli.Client;

namespace Ikada.Cli.Demo;

/// <summary>Reads everything under a prefix from one server, page by page.</summary>
internal static class ReadBack
{
    private const int PageKeys = 5000;
    private static readonly TimeSpan PageTimeout = TimeSpan.FromSeconds(30);

    public static async Task<Dictionary<string, string>> AllAsync(
        EtcdConnection server, string prefix, bool serializable, CancellationToken cancellation)
    {
        var range = KeyRange.Of(prefix, end: null, prefix: true, fromKey: false);
        var found = new Dictionary<string, string>();
        var request = new RangeRequest
        {
            Key = range.Key,
            RangeEnd = range.End,
            Limit = PageKeys,
            Serializable = serializable,
        };
        while (true)
        {
            // A server that has just come back: the channel may still remember that it was away.
            var options = new CallOptions(
                deadline: DateTime.UtcNow + PageTimeout, cancellationToken: cancellation).WithWaitForReady();
            var page = await server.KeyValues.RangeAsync(request, options);
            foreach (var pair in page.Kvs)
            {
                found.Add(pair.Key.ToStringUtf8(), pair.Value.ToStringUtf8());
            }

            if (!page.More)
            {
                return found;
            }

            // All pages of one revision, and the next begins right behind the last key.
            request.Revision = request.Revision == 0 ? page.Header.Revision : request.Revision;
            request.Key = ByteString.CopyFrom([.. page.Kvs[^1].Key.Span, 0]);
        }
    }
}
