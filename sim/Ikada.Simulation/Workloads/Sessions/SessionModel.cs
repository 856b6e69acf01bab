using Ikada.Sessions;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Coverage;
using Ikada.StateMachine;

namespace Ikada.Simulation.Workloads.Sessions;

/// <summary>
/// What docs/protocol/sessions.md says, one committed entry after the other: which command is applied, what
/// each is answered, and what is forgotten when.
/// </summary>
internal sealed class SessionModel(ISessionSubject subject)
{
    public const string Property = "I22 a command of a client is applied at most once";
    private const ulong TrimInterval = 256;
    private const long AnswerOverhead = 32;
    private readonly List<Entry> _sessions = [];
    private SessionOptions _bounds = new();

    /// <summary>Where it stands.</summary>
    public ulong Index { get; private set; }

    public int SessionCount => _sessions.Count;

    public long AnswerBytes => _sessions.Sum(session => session.Bytes);

    /// <summary>No command comes up to an index.</summary>
    public void Stands(ulong index, RunCounts counts)
    {
        while (Index < index)
        {
            Index++;
            Forget(counts);
        }

        subject.Stands(index);
    }

    /// <summary>The operation's entry is committed at the next index that holds a command.</summary>
    public void Execute(in CommittedCommand committed, SessionOp op, RunCounts counts)
    {
        var index = committed.Index.Value;
        Stands(index - 1, counts);
        Index = index;
        op.Index = index;
        op.Expected = op.Asked switch
        {
            SessionRequest.Open => Open(index, op.Bounds!, counts),
            SessionRequest.Plain => Apply(committed, op.Command!),
            SessionRequest.Command => Command(committed, op, counts),
            _ => [(byte)SessionResultKind.Malformed],
        };
        subject.Stands(index);
        Forget(counts);
    }

    private byte[] Open(ulong index, SessionOptions bounds, RunCounts counts)
    {
        _bounds = bounds;
        while (_sessions.Count >= bounds.SessionsMax)
        {
            counts.Reached(Mark.SessionCrowdedOut);
            _sessions.Remove(LeastRecentlyUsed());
        }

        _sessions.Add(new Entry(index, bounds.CommandsPerSessionMax) { LastUsed = index });
        return [(byte)SessionResultKind.Opened, .. BitConverter.GetBytes(index)];
    }

    private byte[] Command(in CommittedCommand committed, SessionOp op, RunCounts counts)
    {
        var command = op.Command!;
        if (_sessions.Find(session => session.Id == command.Session) is not { } session)
        {
            return [(byte)SessionResultKind.Expired];
        }

        session.LastUsed = Index;
        session.AcknowledgedUpTo = Math.Max(session.AcknowledgedUpTo, op.AcknowledgedUpTo);
        foreach (var sequence in session.Answers.Keys.Where(key => key <= session.AcknowledgedUpTo).ToList())
        {
            session.Answers.Remove(sequence);
        }

        if (command.Sequence <= session.AcknowledgedUpTo)
        {
            counts.Reached(Mark.CopySuperseded);
            return [(byte)SessionResultKind.Superseded];
        }

        if (command.Sequence > session.AcknowledgedUpTo + (ulong)session.Window)
        {
            return [(byte)SessionResultKind.WindowExceeded];
        }

        if (session.Answers.TryGetValue(command.Sequence, out var first))
        {
            counts.Reached(Mark.CopyAnswered);
            return first;
        }

        return session.Answers[command.Sequence] = Apply(committed, command);
    }

    private byte[] Apply(in CommittedCommand committed, NumberedCommand command)
    {
        if (++command.Applications > 1)
        {
            throw new PropertyViolatedException(
                Property, $"index {Index} applies {command}, which was applied before");
        }

        // The machine behind the sessions is given its own part, which ends with the operation's number.
        var head = command.Session == 0 ? 1 : SessionCommand.HeadBytes;
        var inner = committed with { Body = committed.Body[head..] };
        return [(byte)SessionResultKind.Applied, .. subject.Apply(inner, command).Span];
    }

    // As the state at the index it stands at.
    private void Forget(RunCounts counts)
    {
        var idle = _sessions.RemoveAll(one => Index - one.LastUsed >= (ulong)_bounds.IdleEntriesMax);
        for (var i = 0; i < idle; i++)
        {
            counts.Reached(Mark.SessionIdle);
        }

        while (Index % TrimInterval == 0 && AnswerBytes > _bounds.AnswerBytesMax)
        {
            counts.Reached(Mark.SessionTooLarge);
            _sessions.Remove(LeastRecentlyUsed());
        }
    }

    private Entry LeastRecentlyUsed() => _sessions.MinBy(session => session.LastUsed)!;

    private sealed class Entry(ulong id, int window)
    {
        public ulong Id => id;

        public int Window => window;

        public ulong LastUsed { get; set; }

        public ulong AcknowledgedUpTo { get; set; }

        public SortedDictionary<ulong, byte[]> Answers { get; } = [];

        public long Bytes => Answers.Values.Sum(answer => answer.Length + AnswerOverhead);
    }
}
