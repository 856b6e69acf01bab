using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.Log.Format;

/// <summary>What a record means. The numbers are on disk: never reuse one.</summary>
internal enum RecordKind : byte
{
    None = 0,

    /// <summary>An entry; its index is the group's last index + 1.</summary>
    Entry = 1,

    /// <summary>Term and vote, the second copy of what the batch header says.</summary>
    HardState = 2,

    /// <summary>All entries of the group from the index on are removed.</summary>
    Truncation = 3,

    /// <summary>Nothing follows for now: the header of its batch tells that all before it is
    /// synced.</summary>
    Seal = 4,

    /// <summary>An entry copied here so that an older segment can be freed. Never implies
    /// truncation.</summary>
    RewrittenForward = 5,

    /// <summary>The group's base position and membership; all entries held before are dropped.</summary>
    Base = 6,

    /// <summary>Nothing: moves the next record into another sector.</summary>
    Padding = 7,

    /// <summary>Nothing acknowledged is missing behind the group's last entry, though a start had to doubt
    /// it.</summary>
    Sure = 8,

    /// <summary>What lies up to the index is covered by a snapshot; what lies behind stays.</summary>
    Compaction = 9,
}

/// <summary>The first bytes of a record, covered by the chain. The body follows, padded to 8 bytes.</summary>
internal readonly record struct RecordHeader(
    RecordKind Kind, EntryKind EntryKind, byte EntryVersion, int BodyBytes, GroupId Group, LogIndex Index,
        Term Term, uint Checksum)
{
    public const int Bytes = 40;
    public const int HardStateBodyBytes = 32;
    private const int ChainedBytes = 36;
    private const int IdentityBytes = 32;

    public int TotalBytes => Bytes + LogFormat.AlignRecord(BodyBytes);

    /// <summary>Writes it and returns the chain after it. The checksum of records that are not entries is
    /// computed here, over header and <paramref name="body"/>.</summary>
    public uint Encode(Span<byte> into, ReadOnlySpan<byte> body, uint chain)
    {
        var writer = new FieldWriter(into);
        writer.Byte((byte)Kind);
        writer.Byte((byte)EntryKind);
        writer.Byte(EntryVersion);
        writer.Byte(0);
        writer.UInt32((uint)BodyBytes);
        writer.UInt64(Group.Value);
        writer.UInt64(Index.Value);
        writer.UInt64(Term.Value);
        writer.UInt32(IsEntry(Kind) ? Checksum : OwnChecksum(into, body));
        var after = Crc32C.Append(chain, into[..ChainedBytes]);
        writer.UInt32(after);
        return after;
    }

    public static bool IsEntry(RecordKind kind) => kind is RecordKind.Entry or RecordKind.RewrittenForward;

    /// <summary>Reads one; the caller has checked that <see cref="Bytes"/> bytes are there.</summary>
    public static RecordHeader Decode(ReadOnlySpan<byte> bytes, out uint chain)
    {
        var reader = new FieldReader(bytes);
        var kind = (RecordKind)reader.Byte();
        var entryKind = (EntryKind)reader.Byte();
        var version = reader.Byte();
        reader.Byte();
        var header = new RecordHeader(
            kind,
            entryKind,
            version,
            (int)Math.Min(int.MaxValue, reader.UInt32()),
            new GroupId(reader.UInt64()),
            new LogIndex(reader.UInt64()),
            new Term(reader.UInt64()),
            reader.UInt32());
        chain = reader.UInt32();
        return header;
    }

    public static uint ChainAfter(uint chain, ReadOnlySpan<byte> header) =>
        Crc32C.Append(chain, header[..ChainedBytes]);

    /// <summary>Whether header and body are those that were written.</summary>
    public bool HasValidChecksum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body) =>
        Checksum == (IsEntry(Kind)
            ? LogEntry.ComputeChecksum(Group, Index, Term, EntryKind, EntryVersion, body)
            : OwnChecksum(header, body));

    /// <summary>The body of a hard state record: the vote, and where the record stands, so that it can be
    /// recognized without the chain.</summary>
    public static void EncodeHardStateBody(
        Span<byte> into, NodeId vote, ulong sequence, ulong useId, long offset)
    {
        var writer = new FieldWriter(into);
        writer.UInt64(vote.Value);
        writer.UInt64(sequence);
        writer.UInt64(useId);
        writer.UInt64((ulong)offset);
    }

    /// <summary>Reads a hard state record that stands alone; false unless it is whole and was written at that
    /// place.</summary>
    public static bool TryReadHardState(
        ReadOnlySpan<byte> bytes, ulong sequence, ulong useId, long offset, out GroupId group,
            out HardState state)
    {
        group = default;
        state = default;
        if (bytes.Length < Bytes + HardStateBodyBytes || bytes[0] != (byte)RecordKind.HardState)
        {
            return false;
        }

        var header = Decode(bytes, out _);
        var body = bytes.Slice(Bytes, HardStateBodyBytes);
        var reader = new FieldReader(body);
        var vote = new NodeId(reader.UInt64());
        if (header.BodyBytes != HardStateBodyBytes || reader.UInt64() != sequence || reader.UInt64() != useId
            || reader.UInt64() != (ulong)offset || !header.HasValidChecksum(bytes, body))
        {
            return false;
        }

        group = header.Group;
        state = new HardState(header.Term, vote, header.Index);
        return true;
    }

    public static NodeId VoteOf(ReadOnlySpan<byte> hardStateBody) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(hardStateBody));

    private static uint OwnChecksum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body) =>
        Crc32C.Append(Crc32C.Compute(header[..IdentityBytes]), body);
}
