using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.Log.Format;

/// <summary>
/// The first bytes of a batch: what one write and one sync made durable together. It fits into the first
/// sector whole, so after a torn write it is there or it is not.
/// </summary>
internal readonly struct BatchHeader
{
    public const int FixedBytes = 64;
    public const int GroupBytes = 48;
    public const int TrailerBytes = 8;
    public const uint TrailerMagic = 0x4554_4B49; // "IKTE"
    private const uint Magic = 0x5442_4B49; // "IKBT"

    /// <summary>The whole batch with its padding to a sector.</summary>
    public required int BatchBytes { get; init; }

    public required int Records { get; init; }

    public required int Groups { get; init; }

    public required uint TableChecksum { get; init; }

    public required ulong Sequence { get; init; }

    public required ulong UseId { get; init; }

    /// <summary>Where in the segment the batch stands.</summary>
    public required long Offset { get; init; }

    /// <summary>The offset up to which the segment was known synced when this batch was written: damage below
    /// it is corruption, not a torn write.</summary>
    public required long SyncedUpTo { get; init; }

    /// <summary>The chain before this batch.</summary>
    public required uint Chain { get; init; }

    /// <summary>The bytes of the records, between the group table and the trailer.</summary>
    public required int RecordBytes { get; init; }

    public int RecordsOffset => FixedBytes + (Groups * GroupBytes);

    /// <summary>Whether the group table behind the fixed part is whole.</summary>
    public bool HasTable(ReadOnlySpan<byte> batch) =>
        batch.Length >= RecordsOffset && Crc32C.Compute(batch[FixedBytes..RecordsOffset]) == TableChecksum;

    /// <summary>A line of the table.</summary>
    public static BatchGroup GroupAt(ReadOnlySpan<byte> batch, int line) =>
        BatchGroup.Decode(batch[(FixedBytes + (line * GroupBytes))..]);

    /// <summary>Writes the fixed part and returns the chain after it.</summary>
    public uint Encode(Span<byte> into)
    {
        var writer = new FieldWriter(into);
        writer.UInt32(Magic);
        writer.UInt32(0); // the checksum, below
        writer.UInt32((uint)BatchBytes);
        writer.UInt32((uint)Records);
        writer.UInt32((uint)Groups);
        writer.UInt32(TableChecksum);
        writer.UInt64(Sequence);
        writer.UInt64(UseId);
        writer.UInt64((ulong)Offset);
        writer.UInt64((ulong)SyncedUpTo);
        writer.UInt32(Chain);
        writer.UInt32((uint)RecordBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(into[4..], Crc32C.Compute(into[8..FixedBytes]));
        return ChainAfter(Chain, into);
    }

    public static uint ChainAfter(uint chain, ReadOnlySpan<byte> header) =>
        Crc32C.Append(chain, header[..FixedBytes]);

    /// <summary>Reads the fixed part; false unless it is whole and its lengths are possible.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out BatchHeader header)
    {
        header = default;
        if (bytes.Length < FixedBytes)
        {
            return false;
        }

        var reader = new FieldReader(bytes);
        if (reader.UInt32() != Magic || reader.UInt32() != Crc32C.Compute(bytes[8..FixedBytes]))
        {
            return false;
        }

        header = new BatchHeader
        {
            BatchBytes = (int)reader.UInt32(),
            Records = (int)reader.UInt32(),
            Groups = (int)reader.UInt32(),
            TableChecksum = reader.UInt32(),
            Sequence = reader.UInt64(),
            UseId = reader.UInt64(),
            Offset = (long)reader.UInt64(),
            SyncedUpTo = (long)reader.UInt64(),
            Chain = reader.UInt32(),
            RecordBytes = (int)reader.UInt32(),
        };
        return header.BatchBytes > 0 && header.BatchBytes % LogFormat.SectorBytes == 0
            && header.Groups >= 0 && header.RecordBytes >= 0 && header.Records >= 0
            && FixedBytes + ((long)header.Groups * GroupBytes) + header.RecordBytes
            + TrailerBytes <= header.BatchBytes;
    }
}

/// <summary>What a batch header says of a group: its hard state and where its log ends after the
/// batch.</summary>
internal readonly record struct BatchGroup(GroupId Group, HardState HardState, LogPosition Last)
{
    public void Encode(Span<byte> into)
    {
        var writer = new FieldWriter(into);
        writer.UInt64(Group.Value);
        writer.UInt64(HardState.Term.Value);
        writer.UInt64(HardState.Vote.Value);
        writer.UInt64(HardState.Commit.Value);
        writer.UInt64(Last.Index.Value);
        writer.UInt64(Last.Term.Value);
    }

    public static BatchGroup Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new FieldReader(bytes);
        return new BatchGroup(
            new GroupId(reader.UInt64()),
            new HardState(
                new Term(reader.UInt64()), new NodeId(reader.UInt64()), new LogIndex(reader.UInt64())),
            new LogPosition(new LogIndex(reader.UInt64()), new Term(reader.UInt64())));
    }
}
