using Google.Protobuf;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>From etcd's messages to the store's, and back. Checks what can be checked before anything is
/// replicated.</summary>
internal static class Requests
{
    // What etcd wraps around a request before it measures it: the header with a request id (2 bytes of tag,
    // 1 of length, 1 of tag, 10 of id), and tag and length of the request itself.
    private const int EntryHeaderBytes = 14;

    /// <summary>The query of a range request.</summary>
    public static RangeQuery Query(RangeRequest request)
    {
        if (request.Key.IsEmpty)
        {
            throw EtcdErrors.KeyNotProvided.Exception();
        }

        return new RangeQuery
        {
            Range = new KeyRange(request.Key.Memory, request.RangeEnd.Memory),
            Limit = request.Limit,
            Revision = request.Revision,
            Order = (SortOrder)request.SortOrder,
            Target = (SortTarget)request.SortTarget,
            KeysOnly = request.KeysOnly,
            CountOnly = request.CountOnly,
            MinModRevision = request.MinModRevision,
            MaxModRevision = request.MaxModRevision,
            MinCreateRevision = request.MinCreateRevision,
            MaxCreateRevision = request.MaxCreateRevision,
        };
    }

    /// <summary>The command of a put.</summary>
    public static byte[] Command(PutRequest request, int bytesMax)
    {
        var wrong = request.Key.IsEmpty ? EtcdErrors.KeyNotProvided
            : request.IgnoreValue && !request.Value.IsEmpty ? EtcdErrors.ValueProvided
            : request.IgnoreLease && request.Lease != 0 ? EtcdErrors.LeaseProvided
            : IsTooLarge(request, bytesMax) ? EtcdErrors.RequestTooLarge
            : null;
        return wrong is null
            ? KeyValueCommand.EncodePut(
                request.Key.Span,
                request.Value.Span,
                request.Lease,
                request.PrevKv,
                request.IgnoreValue,
                request.IgnoreLease)
            : throw wrong.Exception();
    }

    /// <summary>The command of a deletion.</summary>
    public static byte[] Command(DeleteRangeRequest request, int bytesMax)
    {
        var wrong = request.Key.IsEmpty ? EtcdErrors.KeyNotProvided
            : IsTooLarge(request, bytesMax) ? EtcdErrors.RequestTooLarge
            : null;
        return wrong is null
            ? KeyValueCommand.EncodeDeleteRange(request.Key.Span, request.RangeEnd.Span, request.PrevKv)
            : throw wrong.Exception();
    }

    /// <summary>A key-value as etcd shows it. The bytes are the store's own: they never change.</summary>
    public static Api.Mvcc.KeyValue KeyValue(in KeyValueItem item) => new()
    {
        Key = UnsafeByteOperations.UnsafeWrap(item.Key),
        Value = UnsafeByteOperations.UnsafeWrap(item.Value),
        CreateRevision = item.CreateRevision,
        ModRevision = item.ModRevision,
        Version = item.Version,
        Lease = item.Lease,
    };

    private static bool IsTooLarge(IMessage request, int bytesMax)
    {
        var size = request.CalculateSize();
        return size + 1 + CodedOutputStream.ComputeLengthSize(size) + EntryHeaderBytes > bytesMax;
    }
}
