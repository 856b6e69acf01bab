using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>What a record in a batch does, as far as the checkers care.</summary>
internal enum LogRecordKind : byte
{
    Entry = 1,
    HardState = 2,
    Truncation = 3,
    RewrittenForward = 5,
    Base = 6,
    Compaction = 9,
}

/// <summary>A record of the log, read from the bytes handed to the disk.</summary>
internal readonly record struct LogRecord(
    LogRecordKind Kind, EntryKind EntryKind, ulong Index, ulong Term, uint Checksum, NodeId Vote)
{
    /// <summary>Of a base or compaction: the membership there.</summary>
    public byte[]? Membership { get; init; }
}

/// <summary>
/// A second reading of log format 1 (docs/internals/log-format.md), written apart from the log's own: it
/// tells what a
/// batch makes durable, from its bytes alone.
/// </summary>
internal static class LogBatchReader
{
    private const uint BatchMagic = 0x5442_4B49;
    private const int BatchHeaderBytes = 64;
    private const int GroupBytes = 48;
    private const int RecordHeaderBytes = 40;

    /// <summary>Adds the records of a batch to <paramref name="into"/>; nothing if the bytes are not a
    /// batch.</summary>
    public static void Read(ReadOnlySpan<byte> bytes, List<LogRecord> into)
    {
        if (bytes.Length < BatchHeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != BatchMagic)
        {
            return;
        }

        var records = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        var groups = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]);
        var rest = bytes[(BatchHeaderBytes + (groups * GroupBytes))..];
        for (; records > 0; records--)
        {
            var bodyBytes = BinaryPrimitives.ReadInt32LittleEndian(rest[4..]);
            if ((LogRecordKind)rest[0]
                is LogRecordKind.Entry or LogRecordKind.HardState or LogRecordKind.Truncation
                or LogRecordKind.RewrittenForward or LogRecordKind.Base or LogRecordKind.Compaction)
            {
                into.Add(ReadRecord(rest, bodyBytes));
            }

            rest = rest[(RecordHeaderBytes + ((bodyBytes + 7) & ~7))..];
        }
    }

    private static LogRecord ReadRecord(ReadOnlySpan<byte> bytes, int bodyBytes)
    {
        var kind = (LogRecordKind)bytes[0];
        var isBase = kind is LogRecordKind.Base or LogRecordKind.Compaction;
        var vote = kind == LogRecordKind.HardState
            ? new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(bytes[RecordHeaderBytes..])) : NodeId.None;
        return new LogRecord(
            kind,
            (EntryKind)bytes[1],
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[32..]),
            vote)
        {
            Membership = isBase ? bytes.Slice(RecordHeaderBytes, bodyBytes).ToArray() : null,
        };
    }
}
