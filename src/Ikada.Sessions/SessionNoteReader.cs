using System.Buffers.Binary;
using Ikada.StateMachine;

namespace Ikada.Sessions;

/// <summary>Puts the table together from the notes of a durable machine, in whatever order they
/// come.</summary>
internal sealed class SessionNoteReader : INoteReader
{
    private readonly List<Session> _sessions = [];
    private readonly List<(ulong Session, ulong Sequence, byte[] Answer)> _answers = [];
    private SessionOptions? _bounds;
    private ulong _hash;

    /// <summary>The table as of the machine's applied index; empty where it keeps none yet.</summary>
    /// <exception cref="InvalidDataException">The notes are not those of a session machine.</exception>
    public static SessionTable Read(IDurableStateMachine machine)
    {
        var reader = new SessionNoteReader();
        machine.ReadNotes(reader);
        return reader.Build();
    }

    public void Read(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        switch (key)
        {
            case [SessionNote.Head] when value.Length == SessionNote.HeadBytes:
                ReadHead(value);
                break;
            case [SessionNote.Row, ..] when key.Length == SessionNote.RowKeyBytes
                && value.Length == SessionNote.RowBytes:
                ReadRow(BinaryPrimitives.ReadUInt64BigEndian(key[1..]), value);
                break;
            case [SessionNote.Answer, ..] when key.Length == SessionNote.AnswerKeyBytes && !value.IsEmpty:
                _answers.Add((
                    BinaryPrimitives.ReadUInt64BigEndian(key[1..]),
                    BinaryPrimitives.ReadUInt64BigEndian(key[9..]), value.ToArray()));
                break;
            default:
                throw Wrong();
        }
    }

    private SessionTable Build()
    {
        _sessions.Sort(static (one, other) => one.LastUsed.CompareTo(other.LastUsed));
        _answers.Sort(static (one, other) =>
            (one.Session, one.Sequence).CompareTo((other.Session, other.Sequence)));
        var byId = new Dictionary<ulong, Session>();
        foreach (var session in _sessions)
        {
            Require(byId.TryAdd(session.Id, session));
        }

        foreach (var (id, sequence, answer) in _answers)
        {
            Require(byId.TryGetValue(id, out var session) && sequence > session.AcknowledgedUpTo
                && sequence - session.AcknowledgedUpTo <= (ulong)session.Window);
            session!.Begin(sequence);
            session.Keep(sequence, answer);
        }

        var table = new SessionTable { Journal = new SessionJournal() };
        table.Load(_bounds, _hash);
        foreach (var session in _sessions)
        {
            Require(_bounds is not null && table.TryLoad(session));
        }

        return table;
    }

    private void ReadHead(ReadOnlySpan<byte> head)
    {
        if (head[0] != SessionNote.FormatVersion)
        {
            throw new InvalidDataException(
                $"the sessions that the state machine keeps have format version {head[0]}, this program "
                + $"reads {SessionNote.FormatVersion}: start the program that wrote them, or a newer one");
        }

        var bounds = new SessionOptions
        {
            SessionsMax = BinaryPrimitives.ReadInt32LittleEndian(head[1..]),
            AnswerBytesMax = BinaryPrimitives.ReadInt64LittleEndian(head[5..]),
            IdleEntriesMax = BinaryPrimitives.ReadInt64LittleEndian(head[13..]),
        };
        var isNone = bounds is { SessionsMax: 0, AnswerBytesMax: 0, IdleEntriesMax: 0 };
        Require(isNone || bounds.Validate() is null);
        (_bounds, _hash) = (isNone ? null : bounds, BinaryPrimitives.ReadUInt64LittleEndian(head[21..]));
    }

    private void ReadRow(ulong id, ReadOnlySpan<byte> row)
    {
        var lastUsed = BinaryPrimitives.ReadUInt64LittleEndian(row);
        var window = BinaryPrimitives.ReadInt32LittleEndian(row[16..]);
        Require(id > 0 && lastUsed >= id && window is > 0 and <= SessionOptions.CommandsLimit);
        var session = new Session(id, window) { LastUsed = lastUsed };
        session.Acknowledge(BinaryPrimitives.ReadUInt64LittleEndian(row[8..]));
        _sessions.Add(session);
    }

    private static void Require(bool isSound)
    {
        if (!isSound)
        {
            throw Wrong();
        }
    }

    private static InvalidDataException Wrong() => new(
        "the notes that the state machine keeps are not the sessions that were given to it: remove its "
        + "files, and the state comes from a snapshot and the log");
}
