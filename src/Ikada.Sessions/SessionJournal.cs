using Ikada.StateMachine;

namespace Ikada.Sessions;

/// <summary>
/// What has changed in the table since the last transaction of a machine that keeps it: one note for the
/// bounds and the hash, one for each session, one for each answer. docs/internals/session-format.md gives
/// every byte.
/// </summary>
internal sealed class SessionJournal
{
    private readonly List<Session> _changed = [];
    private readonly List<Change> _changes = [];

    /// <summary>A session was opened or used.</summary>
    public void Changed(Session session)
    {
        if (!session.IsChanged)
        {
            session.IsChanged = true;
            _changed.Add(session);
        }
    }

    /// <summary>An answer is kept.</summary>
    public void Kept(Session session, ulong sequence, byte[] answer) =>
        _changes.Add(new Change(session.Id, sequence, answer));

    /// <summary>The client has its answers up to a number: to be told before the session forgets
    /// them.</summary>
    public void Acknowledges(Session session, ulong upTo)
    {
        foreach (var (sequence, _) in AnswersOf(session))
        {
            if (sequence <= upTo)
            {
                _changes.Add(new Change(session.Id, sequence, null));
            }
        }
    }

    /// <summary>A session has left the table.</summary>
    public void Gone(Session session)
    {
        Acknowledges(session, ulong.MaxValue);
        _changes.Add(new Change(session.Id, 0, null));
    }

    /// <summary>Writes the changes, and begins anew.</summary>
    public void WriteTo(INoteWriter writer, SessionTable table)
    {
        SessionNote.WriteHead(writer, table);
        foreach (var (session, sequence, answer) in _changes)
        {
            SessionNote.Write(writer, session, sequence, answer);
        }

        foreach (var session in _changed)
        {
            session.IsChanged = false;
            if (!session.IsGone)
            {
                SessionNote.WriteRow(writer, session);
            }
        }

        _changes.Clear();
        _changed.Clear();
    }

    private static List<(ulong Sequence, byte[] Answer)> AnswersOf(Session session)
    {
        var answers = new List<(ulong Sequence, byte[] Answer)>();
        session.CopyTo(answers);
        return answers;
    }

    // Of an answer; with sequence 0 of a session.
    private readonly record struct Change(ulong Session, ulong Sequence, byte[]? Answer);
}
