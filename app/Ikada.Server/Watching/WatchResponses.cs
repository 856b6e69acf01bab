using Google.Protobuf;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>From what a client is to be told to etcd's messages.</summary>
internal sealed class WatchResponses(StoreCalls calls, ServerOptions options)
{
    private volatile EncodedHeader _last = new(new ResponseHeader(), []);

    /// <summary>The messages of a delivery: one, unless it is to be cut.</summary>
    public IEnumerable<WatchMessage> Of(WatchDelivery delivery)
    {
        var header = Header(delivery.Revision);
        var rest = Rest(delivery);
        var events = delivery.Events;
        var whole = new WatchMessage(header, rest.ToByteArray(), events, delivery.WithPrevious);
        return delivery.MayFragment && events.Length > 1 && whole.Length >= FragmentBytesMax
            ? Pieces(header, rest, events, delivery.WithPrevious)
            : [whole];
    }

    // etcd counts what gRPC may add to a request.
    private int FragmentBytesMax => ReceiveLimit.BytesMax(options);

    /// <summary>As etcd cuts: as many events as stay below the limit, at least one; all pieces but the last
    /// say that more follows.</summary>
    private IEnumerable<WatchMessage> Pieces(
        byte[] header, WatchResponse rest, ReadOnlyMemory<WatchEvent> events, bool withPrevious)
    {
        rest.Fragment = true;
        var headLength = header.Length + rest.CalculateSize();
        for (var from = 0; from < events.Length;)
        {
            var to = from;
            var length = headLength;
            do
            {
                length += events.Span[to].Encoded(withPrevious).Length;
                to++;
            }
            while (to < events.Length
                && length + events.Span[to].Encoded(withPrevious).Length < FragmentBytesMax);

            rest.Fragment = to < events.Length;
            yield return new WatchMessage(header, rest.ToByteArray(), events[from..to], withPrevious);
            from = to;
        }
    }

    /// <summary>The field header as it is on the wire: of many messages in a row it is the same.</summary>
    private byte[] Header(long revision)
    {
        var header = calls.Header(revision);
        var last = _last;
        if (!last.Header.Equals(header))
        {
            _last = last = new EncodedHeader(header, new WatchResponse { Header = header }.ToByteArray());
        }

        return last.Bytes;
    }

    private static WatchResponse Rest(WatchDelivery delivery)
    {
        var rest = new WatchResponse
        {
            WatchId = delivery.WatchId,
            CompactRevision = delivery.CompactRevision,
        };
        switch (delivery.Kind)
        {
            case WatchDeliveryKind.Created:
                rest.Created = true;
                break;
            case WatchDeliveryKind.Canceled:
                rest.Canceled = true;
                break;
            case WatchDeliveryKind.Refused:
                rest.Created = true;
                rest.Canceled = true;
                rest.CancelReason = Reason(delivery.Refusal);
                break;
            default:
                break;
        }

        return rest;
    }

    private sealed record EncodedHeader(ResponseHeader Header, byte[] Bytes);

    private static string Reason(WatchRefusal refusal) => refusal switch
    {
        WatchRefusal.EmptyRange => "mvcc: watcher range is empty",
        WatchRefusal.DuplicateId => "mvcc: duplicate watch ID provided on the WatchStream",
        _ => EtcdErrors.Compacted.Message,
    };
}
