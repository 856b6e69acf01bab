using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.Sessions;

/// <summary>Reads the table in a snapshot. Nothing is allocated on a length's word alone, and nothing is
/// given out before the checksum was seen to be right.</summary>
internal ref struct SessionSnapshotReader
{
    private SequenceReader<byte> _bytes;
    private uint _checksum;

    private SessionSnapshotReader(ReadOnlySequence<byte> snapshot) =>
        _bytes = new SequenceReader<byte>(snapshot);

    /// <summary>Reads the table; <paramref name="inner"/> is what follows it.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a snapshot of a session machine.</exception>
    public static SessionTable Read(ReadOnlySequence<byte> snapshot, out ReadOnlySequence<byte> inner)
    {
        var reader = new SessionSnapshotReader(snapshot);
        var table = reader.ReadTable();
        inner = reader._bytes.UnreadSequence;
        return table;
    }

    private SessionTable ReadTable()
    {
        Span<byte> head = stackalloc byte[SessionSnapshot.HeadBytes];
        if (!_bytes.TryCopyTo(head) || !head.StartsWith(SessionSnapshot.Magic))
        {
            throw new InvalidDataException(
                "the snapshot is not one of a machine with sessions: its first bytes differ. If it was made "
                + "without sessions, start without them");
        }

        if (head[8] != SessionSnapshot.FormatVersion)
        {
            throw new InvalidDataException(
                $"the snapshot's sessions have format version {head[8]}, this program reads "
                + $"{SessionSnapshot.FormatVersion}: restore it with the program that made it, or a newer "
                + "one");
        }

        Read(head);
        var table = new SessionTable();
        table.Load(ReadBounds(head), BinaryPrimitives.ReadUInt64LittleEndian(head[29..]));
        var count = BinaryPrimitives.ReadInt32LittleEndian(head[37..]);
        Require(count >= 0 && count <= (table.Bounds?.SessionsMax ?? 0));
        var last = 0UL;
        for (var i = 0; i < count; i++)
        {
            var session = ReadSession();
            Require(session.LastUsed > last && table.TryLoad(session));
            last = session.LastUsed;
        }

        var checksum = _checksum;
        Span<byte> written = stackalloc byte[4];
        Read(written);
        Require(BinaryPrimitives.ReadUInt32LittleEndian(written) == checksum);
        return table;
    }

    private static SessionOptions? ReadBounds(ReadOnlySpan<byte> head)
    {
        var bounds = new SessionOptions
        {
            SessionsMax = BinaryPrimitives.ReadInt32LittleEndian(head[9..]),
            AnswerBytesMax = BinaryPrimitives.ReadInt64LittleEndian(head[13..]),
            IdleEntriesMax = BinaryPrimitives.ReadInt64LittleEndian(head[21..]),
        };
        var isNone = bounds is { SessionsMax: 0, AnswerBytesMax: 0, IdleEntriesMax: 0 };
        Require(isNone || bounds.Validate() is null);
        return isNone ? null : bounds;
    }

    private Session ReadSession()
    {
        Span<byte> bytes = stackalloc byte[SessionSnapshot.SessionBytes];
        Read(bytes);
        var id = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var lastUsed = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        var window = BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]);
        var answers = BinaryPrimitives.ReadInt32LittleEndian(bytes[28..]);
        Require(id > 0 && lastUsed >= id && window is > 0 and <= SessionOptions.CommandsLimit
            && answers >= 0 && answers <= window);
        var session = new Session(id, window) { LastUsed = lastUsed };
        session.Acknowledge(BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
        var last = session.AcknowledgedUpTo;
        for (var i = 0; i < answers; i++)
        {
            var answer = ReadAnswer(out var sequence);
            Require(sequence > last && sequence - session.AcknowledgedUpTo <= (ulong)window);
            session.Begin(sequence);
            session.Keep(sequence, answer);
            last = sequence;
        }

        return session;
    }

    private byte[] ReadAnswer(out ulong sequence)
    {
        Span<byte> head = stackalloc byte[SessionSnapshot.AnswerHeadBytes];
        Read(head);
        sequence = BinaryPrimitives.ReadUInt64LittleEndian(head);
        var length = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
        Require(length > 0 && length <= _bytes.Remaining);
        var answer = new byte[length];
        Read(answer);
        return answer;
    }

    private void Read(scoped Span<byte> target)
    {
        Require(_bytes.TryCopyTo(target));
        _bytes.Advance(target.Length);
        _checksum = Crc32C.Append(_checksum, target);
    }

    private static void Require(bool isSound)
    {
        if (!isSound)
        {
            throw new InvalidDataException(
                "the snapshot's sessions are damaged or cut short: use another copy");
        }
    }
}
