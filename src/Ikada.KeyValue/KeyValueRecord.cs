using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>
/// What the ordered store holds for one version of a key. The same array stands under the current key and
/// in the history, so in memory a value exists once.
/// <para>Put: kind 1, then create revision, mod revision, version and lease as varints, then the value to
/// the end. Deletion: kind 2, then the mod revision.</para>
/// </summary>
internal static class KeyValueRecord
{
    private const byte Put = 1;
    private const byte Deletion = 2;

    public static byte[] EncodePut(
        long create, long modified, long version, long lease, ReadOnlySpan<byte> value)
    {
        var record = new byte[1 + ByteWriter.LengthOfVarint(create) + ByteWriter.LengthOfVarint(modified)
            + ByteWriter.LengthOfVarint(version) + ByteWriter.LengthOfVarint(lease) + value.Length];
        var writer = new ByteWriter(record);
        writer.WriteByte(Put);
        writer.WriteVarint(create);
        writer.WriteVarint(modified);
        writer.WriteVarint(version);
        writer.WriteVarint(lease);
        writer.WriteRaw(value);
        return record;
    }

    public static byte[] EncodeDeletion(long modified)
    {
        var record = new byte[1 + ByteWriter.LengthOfVarint(modified)];
        var writer = new ByteWriter(record);
        writer.WriteByte(Deletion);
        writer.WriteVarint(modified);
        return record;
    }

    public static bool IsDeletion(ReadOnlySpan<byte> record) => record[0] == Deletion;

    /// <summary>Decodes what this store wrote: a put of <paramref name="key"/>.</summary>
    public static KeyValueItem Decode(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> record)
    {
        var valid = TryDecode(key, record, out var item);
        Invariant.Check(
            valid, $"the record of a key of {key.Length} bytes is not a put: {record.Length} bytes");
        return item;
    }

    /// <summary>Decodes a put from anywhere. False if it is none.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> record, out KeyValueItem item)
    {
        item = default;
        var reader = new ByteReader(record.Span);
        if (!reader.TryReadByte(out var kind) || kind != Put
            || !reader.TryReadSigned(out var create)
            || !reader.TryReadSigned(out var modified)
            || !reader.TryReadSigned(out var version)
            || !reader.TryReadSigned(out var lease))
        {
            return false;
        }

        item = new KeyValueItem(key, create, modified, version, lease, record[^reader.Remaining..]);
        return true;
    }

    /// <summary>Whether bytes from outside are a record of revision <paramref name="revision"/>.</summary>
    public static bool IsValid(ReadOnlyMemory<byte> record, long revision)
    {
        if (TryDecode(default, record, out var item))
        {
            return item.ModRevision == revision && item.CreateRevision > 0 && item.CreateRevision <= revision
                && item.Version > 0;
        }

        var reader = new ByteReader(record.Span);
        return reader.TryReadByte(out var kind) && kind == Deletion
            && reader.TryReadSigned(out var modified) && modified == revision && reader.AtEnd;
    }
}
