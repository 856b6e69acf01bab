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
    private const int SearchedBytes = 1 << 20;

    public static string Identity(string directory) => Path.Combine(directory, "node.identity");

    public static string FirstSegment(string directory) =>
        Directory.EnumerateFiles(directory, "segment-*.log").Order(StringComparer.Ordinal).First();

    /// <summary>Flips a bit of an entry that holds the text, which a later seal proves to have been
    /// synced.</summary>
    public static void DamageValue(string segment, string value)
    {
        using var file = File.Open(segment, FileMode.Open, FileAccess.ReadWrite);
        var bytes = new byte[(int)Math.Min(file.Length, SearchedBytes)];
        file.ReadExactly(bytes);
        var at = bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(value));
        Assert.True(at >= 0, "the value is not in the segment");
        file.Position = at;
        file.WriteByte((byte)(bytes[at] ^ 1));
    }

    /// <summary>Overwrites the first sector of the first batch: its header and the group's base.</summary>
    public static void DamageBase(string segment)
    {
        using var file = File.Open(segment, FileMode.Open, FileAccess.ReadWrite);
        Span<byte> length = stackalloc byte[sizeof(uint)];
        file.Position = HeadLengthOffset;
        file.ReadExactly(length);
        var head =
            (BinaryPrimitives.ReadUInt32LittleEndian(length) + SectorBytes - 1) / SectorBytes * SectorBytes;
        Span<byte> bytes = stackalloc byte[SectorBytes];
        bytes.Fill(0xff);
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
