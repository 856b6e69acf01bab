using Google.Protobuf;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>From what a client is to be told to etcd's messages.</summary>
internal sealed class WatchResponses(StoreCalls calls, ServerIdentity identity, ServerOptions options)
{
    // Tag and varint.
    private const int WatchIdBytesMax = 11;
    private const byte WatchIdTag = WatchResponse.WatchIdFieldNumber << 3;

    private volatile EncodedHeader _last = new(-1, 0, []);

    // etcd counts what gRPC may add to a request.
    private int FragmentBytesMax => ReceiveLimit.BytesMax(options);

    /// <summary>Whether a delivery is more than one message: <see cref="Pieces"/>.</summary>
    public bool IsInPieces(WatchDelivery delivery) =>
        delivery.MayFragment && delivery.Events.Length > 1
        && Header(delivery.Revision).Length + Rest(delivery).CalculateSize() + delivery.EventBytes
            >= FragmentBytesMax;

    /// <summary>Writes the message of a delivery that is one.</summary>
    public void Write(WatchDelivery delivery, MessageWriter target)
    {
        if (delivery.Kind != WatchDeliveryKind.Events)
        {
            Write(delivery, Rest(delivery).ToByteArray(), target);
            return;
        }

        Span<byte> rest = stackalloc byte[WatchIdBytesMax];
        Write(delivery, rest[..EncodeWatchId(delivery.WatchId, rest)], target);
    }

    /// <summary>As etcd cuts: as many events as stay below the limit, at least one; all pieces but the last
    /// say that more follows. Each step writes one.</summary>
    public IEnumerable<int> Pieces(WatchDelivery delivery, MessageWriter target)
    {
        var rest = Rest(delivery);
        rest.Fragment = true;
        var headLength = Header(delivery.Revision).Length + rest.CalculateSize();
        var events = delivery.Events;
        for (var from = 0; from < events.Length;)
        {
            var to = from;
            var length = headLength;
            do
            {
                length += events.Span[to].Encoded(delivery.WithPrevious).Length;
                to++;
            }
            while (to < events.Length
                && length + events.Span[to].Encoded(delivery.WithPrevious).Length < FragmentBytesMax);

            rest.Fragment = to < events.Length;
            Write(
                delivery with { Events = events[from..to], EventBytes = length - headLength },
                rest.ToByteArray(),
                target);
            yield return to - from;
            from = to;
        }
    }

    /// <summary>The header, all else that is not an event, and the events' bytes behind one another as they
    /// are.</summary>
    private void Write(WatchDelivery delivery, ReadOnlySpan<byte> rest, MessageWriter target)
    {
        var header = Header(delivery.Revision);
        target.Begin(checked((int)(header.Length + rest.Length + delivery.EventBytes)));
        target.Append(header);
        target.Append(rest);
        foreach (var one in delivery.Events.Span)
        {
            target.Append(one.Encoded(delivery.WithPrevious).Span);
        }
    }

    /// <summary>The field header as it is on the wire: of many messages in a row it is the same.</summary>
    private byte[] Header(long revision)
    {
        var term = calls.Store.Status.Term.Value;
        var last = _last;
        if (last.Revision != revision || last.Term != term)
        {
            var header = new ResponseHeader
            {
                ClusterId = identity.Cluster.Value,
                MemberId = identity.Member.Value,
                Revision = revision,
                RaftTerm = term,
            };
            _last = last = new EncodedHeader(
                revision, term, new WatchResponse { Header = header }.ToByteArray());
        }

        return last.Bytes;
    }

    private static int EncodeWatchId(long id, Span<byte> target)
    {
        if (id == 0)
        {
            return 0;
        }

        var length = 0;
        target[length++] = WatchIdTag;
        var rest = (ulong)id;
        for (; rest >= 0x80; rest >>= 7)
        {
            target[length++] = (byte)(rest | 0x80);
        }

        target[length++] = (byte)rest;
        return length;
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

    private sealed record EncodedHeader(long Revision, ulong Term, byte[] Bytes);

    private static string Reason(WatchRefusal refusal) => refusal switch
    {
        WatchRefusal.EmptyRange => "mvcc: watcher range is empty",
        WatchRefusal.DuplicateId => "mvcc: duplicate watch ID provided on the WatchStream",
        _ => EtcdErrors.Compacted.Message,
    };
}
