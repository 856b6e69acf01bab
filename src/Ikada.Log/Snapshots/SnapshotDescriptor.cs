using Ikada.Log.Format;
using Ikada.Primitives;

namespace Ikada.Log.Snapshots;

/// <summary>Names a snapshot file and its bytes: two nodes whose state machines write the same bytes for
/// the same state make the same file, so that a transfer can go on from another sender.</summary>
/// <param name="Group">Whose state.</param>
/// <param name="Position">The last entry in it.</param>
/// <param name="Membership">The membership as of that entry.</param>
/// <param name="FileBytes">The length of the file.</param>
/// <param name="Hash">XxHash128 of the whole file up to the field of its footer that holds it.</param>
public sealed record SnapshotDescriptor(
    GroupId Group, LogPosition Position, Membership Membership, long FileBytes, UInt128 Hash)
{
    private const uint Version = 1;
    private const int FixedBytes = 4 + (4 * 8) + 16 + 4;

    /// <summary>The name of the file.</summary>
    public string FileName => SnapshotNames.Of(this);

    /// <summary>Whether both name the same bytes. The hash covers the membership.</summary>
    public bool Equals(SnapshotDescriptor? other) =>
        other is not null && Group == other.Group && Position == other.Position
            && FileBytes == other.FileBytes && Hash == other.Hash;

    /// <inheritdoc/>
    public override int GetHashCode() => (int)(uint)Hash;

    /// <summary>As bytes, to be sent: the same descriptor gives the same bytes everywhere.</summary>
    public byte[] Encode()
    {
        var membership = Membership.Encode();
        var bytes = new byte[FixedBytes + membership.Length];
        var writer = new FieldWriter(bytes);
        writer.UInt32(Version);
        writer.UInt64(Group.Value);
        writer.UInt64(Position.Index.Value);
        writer.UInt64(Position.Term.Value);
        writer.UInt64((ulong)FileBytes);
        writer.UInt64((ulong)Hash);
        writer.UInt64((ulong)(Hash >> 64));
        writer.UInt32((uint)membership.Length);
        writer.Bytes(membership);
        return bytes;
    }

    /// <summary>Decodes what <see cref="Encode"/> wrote. False on anything else, of another version
    /// too.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out SnapshotDescriptor? descriptor)
    {
        descriptor = null;
        var reader = new FieldReader(bytes);
        if (bytes.Length < FixedBytes || reader.UInt32() != Version)
        {
            return false;
        }

        var group = new GroupId(reader.UInt64());
        var position = new LogPosition(new LogIndex(reader.UInt64()), new Term(reader.UInt64()));
        var fileBytes = reader.UInt64();
        var low = reader.UInt64();
        var high = reader.UInt64();
        if (fileBytes is < SnapshotHeader.FixedBytes + SnapshotFooter.Bytes or > long.MaxValue
            || reader.UInt32() != (uint)reader.Left
            || !Membership.TryDecode(reader.Bytes(reader.Left), out var membership))
        {
            return false;
        }

        descriptor = new SnapshotDescriptor(
            group, position, membership, (long)fileBytes, new UInt128(high, low));
        return true;
    }
}
