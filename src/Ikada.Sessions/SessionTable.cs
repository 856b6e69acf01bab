using Ikada.Primitives;

namespace Ikada.Sessions;

/// <summary>
/// The sessions, in the order in which they were last used. What it forgets, and when, follows from the log
/// alone. As the state at an index: no session is in it that was unused for IdleEntriesMax indexes; as the
/// state at a multiple of <see cref="TrimInterval"/>: its answers keep to AnswerBytesMax.
/// </summary>
internal sealed class SessionTable
{
    /// <summary>Answers are counted at these indexes only: what one of them comes to is known once the
    /// decorated machine has been given it, and it is given long runs.</summary>
    public const ulong TrimInterval = 256;

    // Looked up, never iterated: what has an order is the list.
    private readonly Dictionary<ulong, Session> _byId = [];
    private Session? _newest;

    /// <summary>The bounds in force; null until a session was opened.</summary>
    public SessionOptions? Bounds { get; private set; }

    public int Count => _byId.Count;

    /// <summary>The least recently used session.</summary>
    public Session? Oldest { get; private set; }

    public long AnswerBytes { get; private set; }

    /// <summary>The hash of all effects so far.</summary>
    public ulong Hash { get; private set; }

    /// <summary>Takes what changes, for a machine that keeps it; null: nobody does.</summary>
    public SessionJournal? Journal { get; init; }

    public Session? Find(ulong id) => _byId.GetValueOrDefault(id);

    /// <summary>Opens a session at an index, under bounds that are then in force.</summary>
    public void Open(ulong index, SessionOptions bounds)
    {
        Bounds = bounds;
        while (Count >= bounds.SessionsMax)
        {
            Evict(Oldest!);
        }

        var session = new Session(index, bounds.CommandsPerSessionMax) { LastUsed = index };
        Add(session);
        Journal?.Changed(session);
        Note(SessionResultKind.Opened, index, index, (ulong)bounds.SessionsMax);
    }

    /// <summary>A command of a session that is in the table: decides what becomes of it, unless its number
    /// has an answer. Applied means that it is to be handed to the decorated machine now.</summary>
    public SessionResultKind Use(Session session, ulong index, in SessionHead head)
    {
        Unlink(session);
        session.LastUsed = index;
        Link(session);
        Journal?.Changed(session);
        Journal?.Acknowledges(session, head.AcknowledgedUpTo);
        var before = session.AnswerBytes;
        session.Acknowledge(head.AcknowledgedUpTo);
        AnswerBytes += session.AnswerBytes - before;
        var kind = head.Sequence <= session.AcknowledgedUpTo ? SessionResultKind.Superseded
            : head.Sequence - session.AcknowledgedUpTo > (ulong)session.Window
                ? SessionResultKind.WindowExceeded
            : SessionResultKind.Applied;
        if (kind == SessionResultKind.Applied && session.AnswerTo(head.Sequence) is null)
        {
            session.Begin(head.Sequence);
        }

        Note(kind, index, head.Session, head.Sequence ^ ulong.RotateLeft(head.AcknowledgedUpTo, 32));
        return kind;
    }

    /// <summary>Keeps the first answer to a command; one whose session has gone meanwhile, or whose client
    /// says that it has the answer, keeps none.</summary>
    public void Keep(Session session, ulong sequence, ulong index, byte[] answer)
    {
        Hash += EffectHash.Term(
            (byte)'a', index, Crc32C.Compute(answer), (ulong)answer.Length);
        if (session.IsGone)
        {
            return;
        }

        var before = session.AnswerBytes;
        session.Keep(sequence, answer);
        if (sequence > session.AcknowledgedUpTo)
        {
            Journal?.Kept(session, sequence, answer);
        }

        AnswerBytes += session.AnswerBytes - before;
    }

    /// <summary>Something became of a command that changes no session.</summary>
    public void Note(SessionResultKind kind, ulong index, ulong session, ulong more) =>
        Hash += EffectHash.Term((byte)kind, index, session, more);

    /// <summary>Forgets sessions that were not used for long, as of an index.</summary>
    public void ExpireIdle(ulong index)
    {
        while (Oldest is { } oldest && oldest.LastUsed < index
            && index - oldest.LastUsed >= (ulong)Bounds!.IdleEntriesMax)
        {
            Evict(oldest);
        }
    }

    /// <summary>Forgets sessions until what is kept for the others keeps to its bound.</summary>
    public void Trim()
    {
        while (AnswerBytes > Bounds?.AnswerBytesMax)
        {
            Evict(Oldest!);
        }
    }

    /// <summary>Puts in place what a snapshot holds, into a table that is empty.</summary>
    public void Load(SessionOptions? bounds, ulong hash) => (Bounds, Hash) = (bounds, hash);

    /// <summary>Adds a session that was used after all that are there; false: one has its id.</summary>
    public bool TryLoad(Session session)
    {
        if (_byId.ContainsKey(session.Id))
        {
            return false;
        }

        Add(session);
        return true;
    }

    private void Add(Session session)
    {
        _byId.Add(session.Id, session);
        AnswerBytes += session.AnswerBytes;
        Link(session);
    }

    private void Evict(Session session)
    {
        Hash += EffectHash.Term((byte)'e', session.LastUsed, session.Id, session.AcknowledgedUpTo);
        Journal?.Gone(session);
        Unlink(session);
        _byId.Remove(session.Id);
        AnswerBytes -= session.AnswerBytes;
        session.IsGone = true;
    }

    private void Link(Session session)
    {
        session.Older = _newest;
        if (_newest is { } before)
        {
            before.Newer = session;
        }
        else
        {
            Oldest = session;
        }

        _newest = session;
    }

    private void Unlink(Session session)
    {
        if (session.Older is { } older)
        {
            older.Newer = session.Newer;
        }
        else
        {
            Oldest = session.Newer;
        }

        if (session.Newer is { } newer)
        {
            newer.Older = session.Older;
        }
        else
        {
            _newest = session.Older;
        }

        session.Older = session.Newer = null;
    }
}
