using System.Buffers.Binary;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Wire;

/// <summary>Reads a message's payload. Counts and lengths are held against the bytes there are before
/// anything is allocated.</summary>
internal ref struct MessageReader
{
    private const MessageFlags KnownFlags = MessageFlags.Reject | MessageFlags.Transfer | MessageFlags.Lease
        | MessageFlags.LostLog | MessageFlags.Unsure | MessageFlags.Leads | MessageFlags.Full;

    private readonly FrameHeader _header;
    private ReadOnlySpan<byte> _rest;
    private Memory<byte> _bodies;

    private MessageReader(ReadOnlySpan<byte> entries, FrameHeader header, int bodyBytes)
    {
        _rest = entries;
        _header = header;
        _bodies = bodyBytes == 0 ? default : GC.AllocateUninitializedArray<byte>(bodyBytes);
    }

    public static WireError Read(
        ReadOnlySpan<byte> payload, in FrameHeader header, out Message message, out LogEntry[] entries)
    {
        entries = [];
        var error = ReadFields(payload, header, out message, out var count, out var bodyBytes);
        if (error.Kind != WireErrorKind.None || count == 0)
        {
            return error;
        }

        var reader = new MessageReader(payload[WireFormat.MessageBytes..], header, bodyBytes);
        var read = new LogEntry[count];
        var implied = message.Position.Index;
        for (var i = 0; i < count; i++)
        {
            implied = implied.Next;
            error = reader.ReadEntry(FrameWriter.ImpliesIndexes(message.Type) ? implied : null, out read[i]);
            if (error.Kind != WireErrorKind.None)
            {
                return error;
            }
        }

        entries = read;
        return reader._bodies.IsEmpty
            ? WireError.None
            : Malformed($"{reader._bodies.Length} body bytes belong to no entry");
    }

    private static WireError ReadFields(
        ReadOnlySpan<byte> payload,
        in FrameHeader header,
        out Message message,
        out int count,
        out int bodyBytes)
    {
        (message, count, bodyBytes) = (default, 0, 0);
        if (payload.Length < WireFormat.MessageBytes)
        {
            return Malformed($"a message has {payload.Length} bytes; the least is {WireFormat.MessageBytes}");
        }

        var type = (MessageType)payload[0];
        if (type is MessageType.None or MessageType.InstallSnapshot or > MessageType.StateScrubbed)
        {
            return new WireError(
                WireErrorKind.UnknownMessageType,
                $"message type {payload[0]} is not known in version {WireFormat.Version}");
        }

        if (((MessageFlags)payload[1] & ~KnownFlags) != 0
            || BinaryPrimitives.ReadUInt16LittleEndian(payload[2..]) != 0)
        {
            return Malformed($"message has flags {payload[1]} and reserved bytes that are not 0");
        }

        message = Fields(payload, header, type);
        var entryCount = BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]);
        var bodies = BinaryPrimitives.ReadUInt32LittleEndian(payload[64..]);
        var said = ((long)entryCount * FrameWriter.EntryHeaderBytes(type)) + bodies;
        if (said != payload.Length - WireFormat.MessageBytes
            || (FrameWriter.ImpliesIndexes(type)
                && message.Position.Index.Value > ulong.MaxValue - entryCount))
        {
            return Malformed(
                $"message says {entryCount} entries after {message.Position.Index} with {bodies} body bytes; "
                + $"{payload.Length - WireFormat.MessageBytes} bytes follow");
        }

        (count, bodyBytes) = ((int)entryCount, (int)bodies);
        return WireError.None;
    }

    private static Message Fields(ReadOnlySpan<byte> payload, FrameHeader header, MessageType type) => new()
    {
        Type = type,
        From = header.Sender.Node,
        To = header.To,
        Flags = (MessageFlags)payload[1],
        Term = new Term(BinaryPrimitives.ReadUInt64LittleEndian(payload[8..])),
        Position = new LogPosition(
            new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(payload[16..])),
            new Term(BinaryPrimitives.ReadUInt64LittleEndian(payload[24..]))),
        End = new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(payload[32..])),
        Commit = new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(payload[40..])),
        Round = BinaryPrimitives.ReadUInt64LittleEndian(payload[48..]),
        Sequence = BinaryPrimitives.ReadUInt64LittleEndian(payload[56..]),
    };

    private WireError ReadEntry(LogIndex? implied, out LogEntry entry)
    {
        // The total was checked, so a header may be missing only where an earlier body took more than its
        // share.
        entry = default;
        var headerBytes = implied is null ? WireFormat.IndexedEntryBytes : WireFormat.EntryBytes;
        if (_rest.Length < headerBytes)
        {
            return Malformed($"an entry needs {headerBytes} bytes, {_rest.Length} are left");
        }

        var kind = (EntryKind)_rest[16];
        var length = BinaryPrimitives.ReadUInt32LittleEndian(_rest[12..]);
        if (kind is EntryKind.None or > EntryKind.Membership)
        {
            return new WireError(
                WireErrorKind.UnknownEntryKind, $"entry kind {_rest[16]} is not known in version 1");
        }

        if (length > (uint)_bodies.Length || length > (uint)(_rest.Length - headerBytes))
        {
            return Malformed($"an entry's body of {length} bytes is longer than what is left of the frame");
        }

        var index = implied
            ?? new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(_rest[WireFormat.EntryBytes..]));
        var body = _bodies[..(int)length];
        _rest.Slice(headerBytes, (int)length).CopyTo(body.Span);
        entry = new LogEntry(
            index,
            new Term(BinaryPrimitives.ReadUInt64LittleEndian(_rest)),
            kind,
            _rest[17],
            BinaryPrimitives.ReadUInt32LittleEndian(_rest[8..]),
            body);
        _bodies = _bodies[(int)length..];
        _rest = _rest[(headerBytes + (int)length)..];
        return entry.HasValidChecksum(_header.Group)
            ? WireError.None
            : new WireError(
                WireErrorKind.WrongChecksum,
                $"entry {entry.Position} of group {_header.Group} does not fit its checksum "
                + $"{entry.Checksum:x8}");
    }

    private static WireError Malformed(string text) => new(WireErrorKind.Malformed, text);
}
