using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Sessions;

/// <summary>
/// A view of the table at an index, and that of the decorated machine behind it. The answers are shared: they
/// are never changed. docs/internals/session-format.md gives every byte.
/// </summary>
internal sealed class SessionSnapshot : IStateSnapshot, IDisposable
{
    public const byte FormatVersion = 1;
    public const int HeadBytes = 41;
    public const int SessionBytes = 32;
    public const int AnswerHeadBytes = 12;
    private readonly List<Row> _rows;
    private readonly List<(ulong Sequence, byte[] Answer)> _answers = [];
    private readonly SessionOptions? _bounds;
    private readonly ulong _hash;
    private readonly IStateSnapshot _inner;
    private uint _checksum;

    public SessionSnapshot(SessionTable table, IStateSnapshot inner)
    {
        (_bounds, _hash, _inner) = (table.Bounds, table.Hash, inner);
        _rows = new List<Row>(table.Count);
        for (var session = table.Oldest; session is not null; session = session.Newer)
        {
            _rows.Add(new Row(
                session.Id, session.LastUsed, session.AcknowledgedUpTo, session.Window,
                session.CopyTo(_answers)));
        }
    }

    public static ReadOnlySpan<byte> Magic => "IKADASES"u8;

    public LogIndex AppliedIndex => _inner.AppliedIndex;

    public void Dispose() => (_inner as IDisposable)?.Dispose();

    public void WriteTo(IBufferWriter<byte> writer)
    {
        WriteTable(writer);
        _inner.WriteTo(writer);
    }

    public void ScrubTo(IBufferWriter<byte> writer)
    {
        WriteTable(writer);
        _inner.ScrubTo(writer);
    }

    private void WriteTable(IBufferWriter<byte> writer)
    {
        _checksum = 0;
        WriteHead(writer);
        var at = 0;
        foreach (var row in _rows)
        {
            WriteRow(writer, row);
            for (var last = at + row.Answers; at < last; at++)
            {
                WriteAnswer(writer, _answers[at].Sequence, _answers[at].Answer);
            }
        }

        var checksum = writer.GetSpan(4);
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, _checksum);
        writer.Advance(4);
    }

    private void WriteHead(IBufferWriter<byte> writer)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        Magic.CopyTo(head);
        head[8] = FormatVersion;
        BinaryPrimitives.WriteInt32LittleEndian(head[9..], _bounds?.SessionsMax ?? 0);
        BinaryPrimitives.WriteInt64LittleEndian(head[13..], _bounds?.AnswerBytesMax ?? 0);
        BinaryPrimitives.WriteInt64LittleEndian(head[21..], _bounds?.IdleEntriesMax ?? 0);
        BinaryPrimitives.WriteUInt64LittleEndian(head[29..], _hash);
        BinaryPrimitives.WriteInt32LittleEndian(head[37..], _rows.Count);
        Write(writer, head);
    }

    private void WriteRow(IBufferWriter<byte> writer, in Row row)
    {
        Span<byte> bytes = stackalloc byte[SessionBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, row.Id);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], row.LastUsed);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], row.AcknowledgedUpTo);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[24..], row.Window);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[28..], row.Answers);
        Write(writer, bytes);
    }

    private void WriteAnswer(IBufferWriter<byte> writer, ulong sequence, byte[] answer)
    {
        Span<byte> head = stackalloc byte[AnswerHeadBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(head, sequence);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], answer.Length);
        Write(writer, head);
        Write(writer, answer);
    }

    private void Write(IBufferWriter<byte> writer, ReadOnlySpan<byte> bytes)
    {
        _checksum = Crc32C.Append(_checksum, bytes);
        writer.Write(bytes);
    }

    private readonly record struct Row(
        ulong Id, ulong LastUsed, ulong AcknowledgedUpTo, int Window, int Answers);
}
