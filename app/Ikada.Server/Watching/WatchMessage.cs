using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>A WatchResponse whose events are encoded already: the field's bytes are put behind one another
/// as they are.</summary>
/// <param name="head">Everything but the events.</param>
/// <param name="events">The events.</param>
/// <param name="withPrevious">Which of their encodings.</param>
internal sealed class WatchMessage(
    WatchResponse head, ReadOnlyMemory<WatchEvent> events = default, bool withPrevious = false)
{
    private readonly byte[] _head = head.ToByteArray();

    public int Length
    {
        get
        {
            var length = _head.Length;
            foreach (var one in events.Span)
            {
                length += one.Encoded(withPrevious).Length;
            }

            return length;
        }
    }

    public void Write(SerializationContext context)
    {
        context.SetPayloadLength(Length);
        var target = context.GetBufferWriter();
        Append(target, _head);
        foreach (var one in events.Span)
        {
            Append(target, one.Encoded(withPrevious).Span);
        }

        context.Complete();
    }

    private static void Append(System.Buffers.IBufferWriter<byte> target, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target.GetSpan(bytes.Length));
        target.Advance(bytes.Length);
    }
}

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
