using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>From what a client is to be told to etcd's messages.</summary>
internal sealed class WatchResponses(StoreCalls calls, ServerOptions options)
{
    /// <summary>The messages of a delivery: one, unless it is to be cut.</summary>
    public IEnumerable<WatchMessage> Of(WatchDelivery delivery)
    {
        var head = Head(delivery);
        if (delivery.Kind != WatchDeliveryKind.Events)
        {
            return [new WatchMessage(head)];
        }

        var events = delivery.Events;
        var whole = new WatchMessage(head, events, delivery.WithPrevious);
        return delivery.MayFragment && events.Length > 1 && whole.Length >= FragmentBytesMax
            ? Pieces(head, events, delivery.WithPrevious)
            : [whole];
    }

    // etcd counts what gRPC may add to a request.
    private int FragmentBytesMax => ReceiveLimit.BytesMax(options);

    /// <summary>As etcd cuts: as many events as stay below the limit, at least one; all pieces but the last
    /// say that more follows.</summary>
    private IEnumerable<WatchMessage> Pieces(
        WatchResponse head, ReadOnlyMemory<WatchEvent> events, bool withPrevious)
    {
        head.Fragment = true;
        var headLength = head.CalculateSize();
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

            head.Fragment = to < events.Length;
            yield return new WatchMessage(head, events[from..to], withPrevious);
            from = to;
        }
    }

    private WatchResponse Head(WatchDelivery delivery)
    {
        var head = new WatchResponse
        {
            Header = calls.Header(delivery.Revision),
            WatchId = delivery.WatchId,
            CompactRevision = delivery.CompactRevision,
        };
        switch (delivery.Kind)
        {
            case WatchDeliveryKind.Created:
                head.Created = true;
                break;
            case WatchDeliveryKind.Canceled:
                head.Canceled = true;
                break;
            case WatchDeliveryKind.Refused:
                head.Created = true;
                head.Canceled = true;
                head.CancelReason = Reason(delivery.Refusal);
                break;
            default:
                break;
        }

        return head;
    }

    private static string Reason(WatchRefusal refusal) => refusal switch
    {
        WatchRefusal.EmptyRange => "mvcc: watcher range is empty",
        WatchRefusal.DuplicateId => "mvcc: duplicate watch ID provided on the WatchStream",
        _ => EtcdErrors.Compacted.Message,
    };
}
