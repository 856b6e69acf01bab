using Google.Protobuf;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>An event as it stands in a WatchResponse: tag, length, mvccpb.Event.</summary>
internal sealed class WatchEventEncoder : IWatchEventEncoder
{
    public ReadOnlyMemory<byte> Encode(in KeyValueChange change, bool withPrevious)
    {
        var encoded = new Api.Mvcc.Event
        {
            Type = change.IsDeletion
                ? Api.Mvcc.Event.Types.EventType.Delete : Api.Mvcc.Event.Types.EventType.Put,
            Kv = Requests.KeyValue(change.Item),
        };
        if (withPrevious && change.Previous is { } previous)
        {
            encoded.PrevKv = Requests.KeyValue(previous);
        }

        return new WatchResponse { Events = { encoded } }.ToByteArray();
    }
}
