using Ikada.Log.Format;
using Ikada.Primitives;

namespace Ikada.Log.Snapshots;

/// <summary>The first bytes of a snapshot file: what it is a snapshot of.</summary>
internal sealed record SnapshotHeader(
    GroupId Group, LogPosition Position, Membership Membership, int BlockBytes)
{
    public const int FixedBytes = 56;
    public const int BlockBytesMax = 16 << 20;
    private const ulong Magic = 0x504E_5341_4441_4B49; // "IKADASNP"
    private const uint Version = 1;
    private const int PrologueBytes = 20;
    private const int BytesMax = 1 << 20;

    public byte[] Encode()
    {
        var membership = Membership.Encode();
        var bytes = new byte[(FixedBytes + membership.Length + 7) & ~7];
        var writer = new FieldWriter(bytes);
        writer.UInt64(Magic);
        writer.UInt32(Version);
        writer.UInt32((uint)bytes.Length);
        writer.UInt32(Crc32C.Compute(bytes.AsSpan(0, 16)));
        var body = new FieldWriter(bytes.AsSpan(PrologueBytes + 4));
        body.UInt64(Group.Value);
        body.UInt64(Position.Index.Value);
        body.UInt64(Position.Term.Value);
        body.UInt32((uint)BlockBytes);
        body.UInt32((uint)membership.Length);
        body.Bytes(membership);
        writer.UInt32(Crc32C.Compute(bytes.AsSpan(PrologueBytes + 4)));
        return bytes;
    }

    /// <summary>Reads the header of a file. Null if it is not one, and why.</summary>
    public static SnapshotHeader? Read(
        IDisk disk, string file, long fileBytes, out byte[] raw, out SnapshotFault fault)
    {
        raw = [];
        fault = default;
        var fixedPart = new byte[FixedBytes];
        if (fileBytes < FixedBytes || !SnapshotFile.ReadFully(disk, file, 0, fixedPart))
        {
            fault = new SnapshotFault(0, fileBytes, "it is too short for a header");
            return null;
        }

        var reader = new FieldReader(fixedPart);
        var magic = reader.UInt64();
        var version = reader.UInt32();
        var length = reader.UInt32();
        if (magic != Magic || reader.UInt32() != Crc32C.Compute(fixedPart.AsSpan(0, 16)))
        {
            fault = new SnapshotFault(0, PrologueBytes, "it does not begin as a snapshot does");
            return null;
        }

        if (version != Version)
        {
            fault = new SnapshotFault(
                8, 12, $"it is in format version {version}, and this version reads up to {Version}", version);
            return null;
        }

        if (length is < FixedBytes or > BytesMax || length > fileBytes)
        {
            fault = new SnapshotFault(12, 16, $"a header of {length} bytes does not fit");
            return null;
        }

        raw = new byte[length];
        if (!SnapshotFile.ReadFully(disk, file, 0, raw)
            || reader.UInt32() != Crc32C.Compute(raw.AsSpan(PrologueBytes + 4))
            || !fixedPart.AsSpan().SequenceEqual(raw.AsSpan(0, FixedBytes)))
        {
            fault = new SnapshotFault(0, length, "the checksum of the header does not fit");
            return null;
        }

        var header = DecodeBody(raw);
        fault = header is null ? new SnapshotFault(0, length, "the header contradicts itself") : default;
        return header;
    }

    public static FormatVersionException VersionError(string file, uint found) =>
        FormatVersionException.For(file, found, Version);

    private static SnapshotHeader? DecodeBody(byte[] raw)
    {
        var reader = new FieldReader(raw.AsSpan(PrologueBytes + 4));
        var group = new GroupId(reader.UInt64());
        var position = new LogPosition(new LogIndex(reader.UInt64()), new Term(reader.UInt64()));
        var blockBytes = reader.UInt32();
        var membershipBytes = reader.UInt32();
        if (blockBytes is 0 or > BlockBytesMax || membershipBytes > reader.Left
            || !Membership.TryDecode(reader.Bytes((int)membershipBytes), out var membership)
            || reader.Left > 7 || reader.Bytes(reader.Left).ContainsAnyExcept((byte)0))
        {
            return null;
        }

        return new SnapshotHeader(group, position, membership, (int)blockBytes);
    }
}
