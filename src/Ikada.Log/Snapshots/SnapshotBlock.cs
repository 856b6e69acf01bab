using System.Buffers.Binary;
using System.IO.Hashing;

namespace Ikada.Log.Snapshots;

/// <summary>
/// The head of a block: hash, length, number, then the content. The hash covers all behind it and is seeded
/// by the hash of the file's header: so a block at another place, or of another snapshot, never fits.
/// </summary>
internal static class SnapshotBlock
{
    public const int HeadBytes = 16;
    public const int HashBytes = 8;

    /// <summary>What the blocks of a file are seeded with.</summary>
    public static long SeedOf(ReadOnlySpan<byte> header) => (long)XxHash3.HashToUInt64(header);

    /// <summary>Fills in the head of a block whose content already stands behind it.</summary>
    public static void Seal(Span<byte> block, uint number, long seed)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], (uint)(block.Length - HeadBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], number);
        BinaryPrimitives.WriteUInt64LittleEndian(block, XxHash3.HashToUInt64(block[HashBytes..], seed));
    }

    /// <summary>Whether it is that block of that file, as it was written.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> block, uint number, long seed) =>
        IsHeadOf(block, block.Length, number, out var hash)
            && hash == XxHash3.HashToUInt64(block[HashBytes..], seed);

    /// <summary>Whether it begins as that block does, with head and content so many bytes, and the hash that
    /// it names.</summary>
    public static bool IsHeadOf(ReadOnlySpan<byte> start, int blockBytes, uint number, out ulong hash)
    {
        hash = BinaryPrimitives.ReadUInt64LittleEndian(start);
        return BinaryPrimitives.ReadUInt32LittleEndian(start[8..]) == (uint)(blockBytes - HeadBytes)
            && BinaryPrimitives.ReadUInt32LittleEndian(start[12..]) == number;
    }
}
