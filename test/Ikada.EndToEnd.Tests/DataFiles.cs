using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.EndToEnd.Tests;

/// <summary>Does to the files of a data directory what disks and other programs do
/// (docs/internals/log-format.md).</summary>
internal static class DataFiles
{
    private const int SectorBytes = 512;
    private const int VersionOffset = 8;
    private const int HeadLengthOffset = 12;
    private const int FlippedBytes = 16;

    public static string Identity(string directory) => Path.Combine(directory, "node.identity");

    public static string FirstSegment(string directory) =>
        Directory.EnumerateFiles(directory, "segment-*.log").Order(StringComparer.Ordinal).First();

    /// <summary>Flips bits of the first batch, which a later seal proves to have been synced.</summary>
    public static void Damage(string segment)
    {
        using var file = File.Open(segment, FileMode.Open, FileAccess.ReadWrite);
        Span<byte> length = stackalloc byte[sizeof(uint)];
        file.Position = HeadLengthOffset;
        file.ReadExactly(length);
        var head =
            (BinaryPrimitives.ReadUInt32LittleEndian(length) + SectorBytes - 1) / SectorBytes * SectorBytes;
        Span<byte> bytes = stackalloc byte[FlippedBytes];
        file.Position = head;
        file.ReadExactly(bytes);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 0xff;
        }

        file.Position = head;
        file.Write(bytes);
    }

    /// <summary>Raises the format version, with the checksum that belongs to it.</summary>
    public static void RaiseVersion(string path, int checksumOffset)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        Span<byte> start = stackalloc byte[checksumOffset + sizeof(uint)];
        file.ReadExactly(start);
        BinaryPrimitives.WriteUInt32LittleEndian(start[VersionOffset..], 9);
        BinaryPrimitives.WriteUInt32LittleEndian(
            start[checksumOffset..], Crc32C.Compute(start[..checksumOffset]));
        file.Position = 0;
        file.Write(start);
    }
}
