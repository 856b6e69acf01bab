using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Faults.Clients;

namespace Ikada.Faults.Checking;

/// <summary>All changes there ever were, as a server tells them after everything has healed.</summary>
internal static class FinalHistory
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Reads all changes up to a revision from a server.</summary>
    public static async Task<List<RecordedChange>> ReadAsync(Connection server, long revision)
    {
        using var call = server.Watch.Watch(deadline: DateTime.UtcNow + Patience);
        await call.RequestStream.WriteAsync(new WatchRequest
        {
            CreateRequest = new WatchCreateRequest
            {
                Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0), StartRevision = 1,
                PrevKv = true,
            },
        });
        var changes = new List<RecordedChange>();
        while (changes.Count == 0 ? revision > 1 : changes[^1].Revision < revision)
        {
            if (!await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                throw new RpcException(new Status(StatusCode.Unknown, "the stream of all changes ended"));
            }

            changes.AddRange(call.ResponseStream.Current.Events.Select(EtcdWords.Change));
        }

        return changes;
    }
}
