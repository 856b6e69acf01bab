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
        if (Check(request) is { } wrong)
        {
            throw wrong.Exception();
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
        var wrong = Check(request) ?? (IsTooLarge(request, bytesMax) ? EtcdErrors.RequestTooLarge : null);
        return wrong is null ? Encode(request) : throw wrong.Exception();
    }

    /// <summary>The command of a deletion.</summary>
    public static byte[] Command(DeleteRangeRequest request, int bytesMax)
    {
        var wrong = Check(request) ?? (IsTooLarge(request, bytesMax) ? EtcdErrors.RequestTooLarge : null);
        return wrong is null ? Encode(request) : throw wrong.Exception();
    }

    /// <summary>What is wrong with a read, or null.</summary>
    public static EtcdError? Check(RangeRequest request) =>
        request.Key.IsEmpty ? EtcdErrors.KeyNotProvided
        : !Enum.IsDefined(request.SortOrder) || !Enum.IsDefined(request.SortTarget)
            ? EtcdErrors.InvalidSortOption
        : null;

    /// <summary>What is wrong with a put, or null.</summary>
    public static EtcdError? Check(PutRequest request) =>
        request.Key.IsEmpty ? EtcdErrors.KeyNotProvided
        : request.IgnoreValue && !request.Value.IsEmpty ? EtcdErrors.ValueProvided
        : request.IgnoreLease && request.Lease != 0 ? EtcdErrors.LeaseProvided
        : null;

    /// <summary>What is wrong with a deletion, or null.</summary>
    public static EtcdError? Check(DeleteRangeRequest request) =>
        request.Key.IsEmpty ? EtcdErrors.KeyNotProvided : null;

    /// <summary>The command of a put that has been checked.</summary>
    public static byte[] Encode(PutRequest request) => KeyValueCommand.EncodePut(
        request.Key.Span,
        request.Value.Span,
        request.Lease,
        request.PrevKv,
        request.IgnoreValue,
        request.IgnoreLease);

    /// <summary>The command of a deletion that has been checked.</summary>
    public static byte[] Encode(DeleteRangeRequest request) =>
        KeyValueCommand.EncodeDeleteRange(request.Key.Span, request.RangeEnd.Span, request.PrevKv);

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

    /// <summary>Whether etcd would find its entry in the log too large.</summary>
    public static bool IsTooLarge(IMessage request, int bytesMax)
    {
        var size = request.CalculateSize();
        return size + 1 + CodedOutputStream.ComputeLengthSize(size) + EntryHeaderBytes > bytesMax;
    }
}
