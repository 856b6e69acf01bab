using System.Buffers.Binary;
using Ikada.Log.Format;
using Ikada.Primitives;

namespace Ikada.Log.Snapshots;

/// <summary>The last bytes of a snapshot file: how long its content is, and the hash of all
/// before.</summary>
internal readonly record struct SnapshotFooter(long ContentBytes, uint Blocks, UInt128 Hash)
{
    public const int Bytes = 44;

    /// <summary>The part of the footer that the hash covers.</summary>
    public const int HashedBytes = 24;
    private const ulong Magic = 0x444E_4541_4441_4B49; // "IKADAEND"

    /// <summary>The part that the hash covers, for hashing.</summary>
    public byte[] EncodeHashed()
    {
        var bytes = new byte[HashedBytes];
        WriteHashed(bytes);
        return bytes;
    }

    public byte[] Encode()
    {
        var bytes = new byte[Bytes];
        WriteHashed(bytes);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(HashedBytes), Hash);
        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes.AsSpan(Bytes - 4), Crc32C.Compute(bytes.AsSpan(0, Bytes - 4)));
        return bytes;
    }

    /// <summary>False if these are not a footer.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out SnapshotFooter footer)
    {
        var reader = new FieldReader(bytes);
        var magic = reader.UInt64();
        var content = reader.UInt64();
        var blocks = reader.UInt32();
        var reserved = reader.UInt32();
        footer = new SnapshotFooter(
            (long)content, blocks, BinaryPrimitives.ReadUInt128LittleEndian(bytes[HashedBytes..]));
        return magic == Magic && content <= long.MaxValue && reserved == 0
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[(Bytes - 4)..])
                == Crc32C.Compute(bytes[..(Bytes - 4)]);
    }

    private void WriteHashed(Span<byte> bytes)
    {
        var writer = new FieldWriter(bytes);
        writer.UInt64(Magic);
        writer.UInt64((ulong)ContentBytes);
        writer.UInt32(Blocks);
        writer.UInt32(0);
    }
}
