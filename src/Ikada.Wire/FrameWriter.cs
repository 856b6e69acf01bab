using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Wire;

/// <summary>Encodes frames. The same input gives the same bytes.</summary>
public static class FrameWriter
{
    /// <summary>The length of the frame that <see cref="WriteMessage"/> would write; long, so that it cannot
    /// overflow.</summary>
    public static long MeasureMessage(in Message message, ReadOnlySpan<LogEntry> entries)
    {
        long total = WireFormat.HeaderBytes + WireFormat.MessageBytes
            + ((long)entries.Length * EntryHeaderBytes(message.Type));
        foreach (ref readonly var entry in entries)
        {
            total += entry.Body.Length;
        }

        return total;
    }

    /// <summary>
    /// Writes a message as one frame. The entries of an Append or EntryReply must follow its position without
    /// a gap, for their indexes are not written. <paramref name="sender"/> must be the message's sender.
    /// </summary>
    /// <exception cref="ArgumentException">The frame would be longer than
    /// <see cref="int.MaxValue"/>.</exception>
    public static void WriteMessage(
        IBufferWriter<byte> writer,
        GroupId group,
        FrameSender sender,
        in Message message,
        ReadOnlySpan<LogEntry> entries)
    {
        Invariant.Check(
            sender.Node == message.From, $"node {sender.Node} sends a message from {message.From}");
        var length = MeasureMessage(message, entries);
        if (length > int.MaxValue)
        {
            throw new ArgumentException(
                $"a frame of {length} bytes cannot be written; the most is {int.MaxValue}", nameof(entries));
        }

        var frame = writer.GetSpan((int)length)[..(int)length];
        var payload = frame[WireFormat.HeaderBytes..];
        WriteFields(payload, message, entries);
        WriteEntries(payload[WireFormat.MessageBytes..], message, entries);
        WriteHeader(frame, FrameType.Message, group, message.To, sender);
        writer.Advance(frame.Length);
    }

    /// <summary>Writes the first frame of a connection.</summary>
    public static void WriteHello(
        IBufferWriter<byte> writer, FrameSender sender, NodeId to, in Greeting greeting) =>
        WriteGreeting(writer, FrameType.Hello, sender, to, greeting);

    /// <summary>Writes the first frame of a connection for pieces of snapshots.</summary>
    public static void WriteSnapshotHello(
        IBufferWriter<byte> writer, FrameSender sender, NodeId to, in Greeting greeting) =>
        WriteGreeting(writer, FrameType.SnapshotHello, sender, to, greeting);

    /// <summary>Writes the answer that opens a connection.</summary>
    public static void WriteAccept(
        IBufferWriter<byte> writer, FrameSender sender, NodeId to, in Greeting greeting) =>
        WriteGreeting(writer, FrameType.Accept, sender, to, greeting);

    /// <summary>Writes the answer that refuses a connection. A text that is too long is cut.</summary>
    public static void WriteReject(
        IBufferWriter<byte> writer, FrameSender sender, NodeId to, in Rejection rejection)
    {
        Span<byte> text = stackalloc byte[WireFormat.RejectionTextBytesMax];
        // Converts whole characters only, so that a cut text is still valid UTF-8.
        Encoding.UTF8.GetEncoder().Convert(rejection.Text, text, true, out _, out var used, out _);
        var length = WireFormat.HeaderBytes + WireFormat.RejectionBytes + used;
        var frame = writer.GetSpan(length)[..length];
        var payload = frame[WireFormat.HeaderBytes..];
        payload[0] = (byte)rejection.Reason;
        payload[1] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(payload[2..], (ushort)used);
        text[..used].CopyTo(payload[WireFormat.RejectionBytes..]);
        WriteHeader(frame, FrameType.Reject, default, to, sender);
        writer.Advance(length);
    }

    /// <summary>Writes the only frame of one who asks.</summary>
    /// <exception cref="ArgumentException">It is longer than
    /// <see cref="WireFormat.AskBytesMax"/>.</exception>
    public static void WriteAsk(
        IBufferWriter<byte> writer, GroupId group, FrameSender sender, NodeId to, Question question) =>
        WriteNote(writer, FrameType.Ask, group, sender, to, question.Encode(), WireFormat.AskBytesMax);

    /// <summary>Writes the answer to it.</summary>
    /// <exception cref="ArgumentException">It is longer than
    /// <see cref="WireFormat.TellBytesMax"/>.</exception>
    public static void WriteTell(
        IBufferWriter<byte> writer, GroupId group, FrameSender sender, NodeId to, Answer answer) =>
        WriteNote(writer, FrameType.Tell, group, sender, to, answer.Encode(), WireFormat.TellBytesMax);

    private static void WriteNote(
        IBufferWriter<byte> writer, FrameType type, GroupId group, FrameSender sender, NodeId to,
        byte[] payload, int bytesMax)
    {
        var length = WireFormat.HeaderBytes + payload.Length;
        if (length > bytesMax)
        {
            throw new ArgumentException(
                $"a frame of type {type} of {length} bytes is over the limit of {bytesMax} bytes");
        }

        var frame = writer.GetSpan(length)[..length];
        payload.CopyTo(frame[WireFormat.HeaderBytes..]);
        WriteHeader(frame, type, group, to, sender);
        writer.Advance(length);
    }

    internal static int EntryHeaderBytes(MessageType type) =>
        ImpliesIndexes(type) ? WireFormat.EntryBytes : WireFormat.IndexedEntryBytes;

    /// <summary>Whether the entries follow the position without a gap, so that their indexes are not
    /// written.</summary>
    internal static bool ImpliesIndexes(MessageType type) =>
        type is MessageType.Append or MessageType.EntryReply;

    private static void WriteGreeting(
        IBufferWriter<byte> writer, FrameType type, FrameSender sender, NodeId to, in Greeting greeting)
    {
        const int Length = WireFormat.HeaderBytes + WireFormat.GreetingBytes;
        var frame = writer.GetSpan(Length)[..Length];
        var payload = frame[WireFormat.HeaderBytes..];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, greeting.Cluster.Value);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[8..], greeting.VersionMin);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[10..], greeting.VersionMax);
        BinaryPrimitives.WriteInt32LittleEndian(payload[12..], greeting.FrameBytesMax);
        WriteHeader(frame, type, default, to, sender);
        writer.Advance(Length);
    }

    private static void WriteFields(Span<byte> payload, in Message message, ReadOnlySpan<LogEntry> entries)
    {
        payload[0] = (byte)message.Type;
        payload[1] = (byte)message.Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(payload[2..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(payload[4..], entries.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[8..], message.Term.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[16..], message.Position.Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[24..], message.Position.Term.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[32..], message.End.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[40..], message.Commit.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[48..], message.Round);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[56..], message.Sequence);
        var bodies =
            payload.Length - WireFormat.MessageBytes - (entries.Length * EntryHeaderBytes(message.Type));
        BinaryPrimitives.WriteInt32LittleEndian(payload[64..], bodies);
    }

    private static void WriteEntries(Span<byte> rest, in Message message, ReadOnlySpan<LogEntry> entries)
    {
        var implied = message.Position.Index;
        foreach (ref readonly var entry in entries)
        {
            implied = implied.Next;
            BinaryPrimitives.WriteUInt64LittleEndian(rest, entry.Term.Value);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[8..], entry.Checksum);
            BinaryPrimitives.WriteInt32LittleEndian(rest[12..], entry.Body.Length);
            rest[16] = (byte)entry.Kind;
            rest[17] = entry.Version;
            rest = rest[WireFormat.EntryBytes..];
            if (ImpliesIndexes(message.Type))
            {
                Invariant.Check(
                    entry.Index == implied,
                    $"{message.Type} carries entry {entry.Index} where {implied} must stand");
            }
            else
            {
                BinaryPrimitives.WriteUInt64LittleEndian(rest, entry.Index.Value);
                rest = rest[8..];
            }

            entry.Body.Span.CopyTo(rest);
            rest = rest[entry.Body.Length..];
        }
    }

    private static void WriteHeader(
        Span<byte> frame, FrameType type, GroupId group, NodeId to, FrameSender sender)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, WireFormat.Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[4..], WireFormat.Version);
        frame[6] = (byte)type;
        frame[7] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(frame[8..], frame.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(
            frame[12..], Crc32C.Compute(frame[WireFormat.HeaderBytes..]));
        BinaryPrimitives.WriteUInt64LittleEndian(frame[16..], group.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[24..], sender.Node.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[32..], to.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[40..], sender.Incarnation.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[48..], sender.StartCount.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[56..], Crc32C.Compute(frame[..56]));
    }
}
