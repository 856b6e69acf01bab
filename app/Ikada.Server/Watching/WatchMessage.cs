using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>A WatchResponse whose events are encoded already: the field's bytes are put behind one another
/// as they are.</summary>
/// <param name="header">The field header, encoded; many messages share it.</param>
/// <param name="rest">Everything but header and events, encoded.</param>
/// <param name="events">The events.</param>
/// <param name="withPrevious">Which of their encodings.</param>
internal sealed class WatchMessage(
    byte[] header, byte[] rest, ReadOnlyMemory<WatchEvent> events = default, bool withPrevious = false)
{
    public int Length { get; } = header.Length + rest.Length + LengthOf(events.Span, withPrevious);

    public void Write(SerializationContext context)
    {
        context.SetPayloadLength(Length);
        var target = context.GetBufferWriter();
        Append(target, header);
        Append(target, rest);
        foreach (var one in events.Span)
        {
            Append(target, one.Encoded(withPrevious).Span);
        }

        context.Complete();
    }

    private static int LengthOf(ReadOnlySpan<WatchEvent> events, bool withPrevious)
    {
        var length = 0;
        foreach (var one in events)
        {
            length += one.Encoded(withPrevious).Length;
        }

        return length;
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
