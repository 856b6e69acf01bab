namespace Ikada.KeyValue;

/// <summary>A key with its value and revisions, as etcd's <c>mvccpb.KeyValue</c> shows it.</summary>
/// <param name="Key">The key.</param>
/// <param name="CreateRevision">The revision of the put that created it since it was last deleted.</param>
/// <param name="ModRevision">The revision of its last put.</param>
/// <param name="Version">How many puts it has seen since it was created: 1 at first.</param>
/// <param name="Lease">The lease it is attached to, or 0.</param>
/// <param name="Value">The value.</param>
public readonly record struct KeyValueItem(
    ReadOnlyMemory<byte> Key,
    long CreateRevision,
    long ModRevision,
    long Version,
    long Lease,
    ReadOnlyMemory<byte> Value)
{
    internal int EncodedLength =>
        ByteWriter.LengthOfBytes(Key.Span)
        + ByteWriter.LengthOfVarint(CreateRevision)
        + ByteWriter.LengthOfVarint(ModRevision)
        + ByteWriter.LengthOfVarint(Version)
        + ByteWriter.LengthOfVarint(Lease)
        + ByteWriter.LengthOfBytes(Value.Span);

    internal void Write(ref ByteWriter writer)
    {
        writer.WriteBytes(Key.Span);
        writer.WriteVarint(CreateRevision);
        writer.WriteVarint(ModRevision);
        writer.WriteVarint(Version);
        writer.WriteVarint(Lease);
        writer.WriteBytes(Value.Span);
    }

    internal static bool TryRead(ref ByteReader reader, out KeyValueItem item)
    {
        item = default;
        if (!reader.TryReadBytes(out var key)
            || !reader.TryReadSigned(out var create)
            || !reader.TryReadSigned(out var modified)
            || !reader.TryReadSigned(out var version)
            || !reader.TryReadSigned(out var lease)
            || !reader.TryReadBytes(out var value))
        {
            return false;
        }

        item = new KeyValueItem(key.ToArray(), create, modified, version, lease, value.ToArray());
        return true;
    }
}
