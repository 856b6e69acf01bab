using System.Buffers.Binary;
using Ikada.StateMachine;

namespace Ikada.Sessions;

/// <summary>The notes by which a durable machine keeps the table, byte by byte as in
/// docs/internals/session-format.md.</summary>
internal static class SessionNote
{
    public const byte FormatVersion = 1;
    public const byte Head = (byte)'h';
    public const byte Row = (byte)'r';
    public const byte Answer = (byte)'a';
    public const int HeadBytes = 29;
    public const int RowKeyBytes = 9;
    public const int RowBytes = 20;
    public const int AnswerKeyBytes = 17;

    public static void WriteHead(INoteWriter writer, SessionTable table)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        head[0] = FormatVersion;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], table.Bounds?.SessionsMax ?? 0);
        BinaryPrimitives.WriteInt64LittleEndian(head[5..], table.Bounds?.AnswerBytesMax ?? 0);
        BinaryPrimitives.WriteInt64LittleEndian(head[13..], table.Bounds?.IdleEntriesMax ?? 0);
        BinaryPrimitives.WriteUInt64LittleEndian(head[21..], table.Hash);
        writer.Put([Head], head);
    }

    public static void WriteRow(INoteWriter writer, Session session)
    {
        Span<byte> row = stackalloc byte[RowBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(row, session.LastUsed);
        BinaryPrimitives.WriteUInt64LittleEndian(row[8..], session.AcknowledgedUpTo);
        BinaryPrimitives.WriteInt32LittleEndian(row[16..], session.Window);
        Span<byte> key = stackalloc byte[RowKeyBytes];
        WriteRowKey(key, session.Id);
        writer.Put(key, row);
    }

    /// <summary>Writes or removes an answer; with sequence 0 removes a session.</summary>
    public static void Write(INoteWriter writer, ulong session, ulong sequence, byte[]? answer)
    {
        Span<byte> key = stackalloc byte[AnswerKeyBytes];
        if (sequence == 0)
        {
            WriteRowKey(key, session);
            key = key[..RowKeyBytes];
        }
        else
        {
            key[0] = Answer;
            BinaryPrimitives.WriteUInt64BigEndian(key[1..], session);
            BinaryPrimitives.WriteUInt64BigEndian(key[9..], sequence);
        }

        if (answer is null)
        {
            writer.Remove(key);
        }
        else
        {
            writer.Put(key, answer);
        }
    }

    private static void WriteRowKey(Span<byte> key, ulong session)
    {
        key[0] = Row;
        BinaryPrimitives.WriteUInt64BigEndian(key[1..], session);
    }
}
