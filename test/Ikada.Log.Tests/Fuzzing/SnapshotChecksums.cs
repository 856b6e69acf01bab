using System.Buffers.Binary;
using System.IO.Hashing;
using Ikada.Primitives;

namespace Ikada.Log.Tests.Fuzzing;

/// <summary>Makes the checksums of a changed snapshot file fit again, as docs/internals/snapshot-format.md
/// has them.</summary>
internal static class SnapshotChecksums
{
    private const int FooterBytes = 44;

    public static void Fix(Span<byte> file)
    {
        if (file.Length < 56 + FooterBytes)
        {
            return;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(file[16..], Crc32C.Compute(file[..16]));
        var header = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(file[12..]), (uint)file.Length);
        if (header >= 24)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file[20..], Crc32C.Compute(file[24..header]));
        }

        var footer = file[^FooterBytes..];
        FixBlocks(file[..^FooterBytes], header);
        BinaryPrimitives.WriteUInt128LittleEndian(
            footer[24..], XxHash128.HashToUInt128(file[..^(FooterBytes - 24)]));
        BinaryPrimitives.WriteUInt32LittleEndian(footer[40..], Crc32C.Compute(footer[..40]));
    }

    private static void FixBlocks(Span<byte> file, int at)
    {
        var seed = (long)XxHash3.HashToUInt64(file[..Math.Min(at, file.Length)]);
        while (at + 16 <= file.Length)
        {
            var content = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 8)..]);
            var end = (int)Math.Min(at + 16L + content, file.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(
                file[at..], XxHash3.HashToUInt64(file[(at + 8)..end], seed));
            at = end;
        }
    }
}
