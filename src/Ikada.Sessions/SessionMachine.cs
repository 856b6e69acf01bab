using System.Buffers;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Sessions;

/// <summary>
/// Decorates a state machine with client sessions (diss. §6.3): a command that a client sends more than once,
/// to whatever nodes, is applied once, and every copy of it gets the first answer. The sessions are part of
/// the replicated state and of its snapshots, and what of them is forgotten follows from the log alone.
/// <para>Commands are bodies of <see cref="SessionCommand"/>, results are read by
/// <see cref="SessionResult"/>; queries go to the decorated machine as they are.</para>
/// A body that no version of <see cref="SessionCommand"/> has written is answered
/// <see cref="SessionResultKind.Malformed"/> and changes nothing, the same on every replica. One of a kind
/// that is kept for later versions throws: the node stops, since it cannot know what the others make of it.
/// </summary>
public sealed class SessionMachine : IStateMachine
{
    private readonly IStateMachine _inner;
    private readonly CommandRun _run = new();
    private SessionTable _table = new();

    // The index of the last command that was looked at, and the one as of which the table has forgotten.
    private ulong _seen;
    private ulong _forgotten;

    /// <summary>Decorates a machine, which from then on is used through this one only.</summary>
    /// <exception cref="ArgumentException">The machine's state is durable by itself: the table of sessions is
    /// not in its transaction.</exception>
    public SessionMachine(IStateMachine inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        if (inner.DurableAppliedIndex > LogIndex.Zero)
        {
            throw new ArgumentException(DurableByItself(inner), nameof(inner));
        }

        _inner = inner;
    }

    /// <inheritdoc/>
    public LogIndex AppliedIndex => _inner.AppliedIndex;

    /// <summary>0: the table of sessions is in memory, and so must the decorated machine be.</summary>
    public LogIndex DurableAppliedIndex => LogIndex.Zero;

    /// <inheritdoc/>
    public ulong StateHash => EffectHash.Joined(_table.Hash, _inner.StateHash);

    /// <summary>How many sessions there are.</summary>
    public int SessionCount => _table.Count;

    /// <summary>What the kept answers count for.</summary>
    public long AnswerBytes => _table.AnswerBytes;

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        ArgumentNullException.ThrowIfNull(results);
        _seen = _forgotten = _inner.AppliedIndex.Value;
        for (var i = 0; i < commands.Length; i++)
        {
            var index = commands[i].Index.Value;
            Invariant.Check(index > _seen, $"command {index} comes after {_seen} was applied");
            Forget(index - 1, results);
            Take(commands[i], i, results);
            _seen = index;
        }

        Flush(upTo.Value, results);
        Forget(upTo.Value, results);
        if (_inner.DurableAppliedIndex > LogIndex.Zero)
        {
            throw new InvalidOperationException(DurableByItself(_inner));
        }
    }

    /// <inheritdoc/>
    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) => _inner.Query(query, answer);

    /// <inheritdoc/>
    public IStateSnapshot CaptureSnapshot() => new SessionSnapshot(_table, _inner.CaptureSnapshot());

    /// <inheritdoc/>
    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        var table = SessionSnapshotReader.Read(snapshot, out var inner);
        _inner.Restore(inner);
        _table = table;
    }

    // Makes the table that of the state at an index, which has no command behind the last that was seen.
    private void Forget(ulong index, IApplyResults results)
    {
        var isTrimmed = index / SessionTable.TrimInterval > _forgotten / SessionTable.TrimInterval;
        if (isTrimmed && _run.Count > 0)
        {
            Flush(_seen, results); // its answers count
        }

        _table.ExpireIdle(index);
        if (isTrimmed)
        {
            _table.Trim();
        }

        _forgotten = index;
    }

    private void Take(in CommittedCommand command, int position, IApplyResults results)
    {
        var body = command.Body;
        var kind = body.IsEmpty ? (byte)0 : body.Span[0];
        switch (kind)
        {
            case SessionCommand.Plain:
                _run.Add(
                    command with { Body = body[1..] },
                    new CommandRun.Place(position, null, 0, command.WantsResult));
                break;
            case SessionCommand.Open when SessionCommand.ReadOpen(body.Span) is { } bounds:
                _table.Open(command.Index.Value, bounds);
                if (command.WantsResult)
                {
                    results.Set(position, SessionResult.EncodeOpened(command.Index.Value));
                }

                break;
            case SessionCommand.InSession when SessionCommand.TryRead(body.Span, out var head):
                TakeOfSession(command, head, position, results);
                break;
            case SessionCommand.Open or SessionCommand.InSession:
                Answer(command, default, SessionResultKind.Malformed, position, results);
                break;
            case >= SessionCommand.FirstKind and <= SessionCommand.LastKind:
                throw new InvalidDataException(
                    $"The command at index {command.Index} is of kind {kind:X2}, which a newer program has "
                    + "written: start this node with that program.");
            default:
                Answer(command, default, SessionResultKind.Malformed, position, results);
                break;
        }
    }

    private void TakeOfSession(
        in CommittedCommand command, in SessionHead head, int position, IApplyResults results)
    {
        if (_table.Find(head.Session) is not { } session)
        {
            Answer(command, head, SessionResultKind.Expired, position, results);
            return;
        }

        if (session.IsPending(head.Sequence))
        {
            Flush(_seen, results); // its first copy is in the run
        }

        var first = session.AnswerTo(head.Sequence);
        var kind = _table.Use(session, command.Index.Value, head);
        if (kind != SessionResultKind.Applied)
        {
            Answer(kind, command.WantsResult, position, results);
        }
        else if (first is null)
        {
            _run.Add(
                command with { Body = command.Body[SessionCommand.HeadBytes..], WantsResult = true },
                new CommandRun.Place(position, session, head.Sequence, command.WantsResult));
        }
        else if (command.WantsResult)
        {
            results.Set(position, first);
        }
    }

    private void Answer(
        in CommittedCommand command, in SessionHead head, SessionResultKind kind, int position,
        IApplyResults results)
    {
        _table.Note(kind, command.Index.Value, head.Session, head.Sequence);
        Answer(kind, command.WantsResult, position, results);
    }

    private static void Answer(
        SessionResultKind kind, bool isWaitedFor, int position, IApplyResults results)
    {
        if (isWaitedFor)
        {
            results.Set(position, kind switch
            {
                SessionResultKind.Expired => SessionResult.Expired,
                SessionResultKind.Superseded => SessionResult.Superseded,
                SessionResultKind.WindowExceeded => SessionResult.WindowExceeded,
                _ => SessionResult.Malformed,
            });
        }
    }

    // Hands the run to the decorated machine, which then stands at the index.
    private void Flush(ulong upTo, IApplyResults results)
    {
        _inner.Apply(_run.Commands, new LogIndex(upTo), _run);
        for (var i = 0; i < _run.Count; i++)
        {
            var place = _run[i];
            if (place.Session is null && !place.IsWaitedFor)
            {
                continue;
            }

            var answer = SessionResult.EncodeApplied(_run.ResultOf(i));
            if (place.Session is { } session)
            {
                _table.Keep(session, place.Sequence, _run.Commands[i].Index.Value, answer);
            }

            if (place.IsWaitedFor)
            {
                results.Set(place.Position, answer);
            }
        }

        _run.Clear();
    }

    private static string DurableByItself(IStateMachine machine) =>
        $"{machine.GetType().Name} keeps its state durable by itself (DurableAppliedIndex "
        + $"{machine.DurableAppliedIndex}), and the table of sessions is not in its transaction: after a "
        + "crash a command could be applied twice. Turn sessions off, and let the machine recognize what it "
        + "has applied.";
}
