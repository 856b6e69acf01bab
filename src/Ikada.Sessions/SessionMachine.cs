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
/// <para>An <see cref="IDurableStateMachine"/> keeps the sessions as notes in its own transactions.</para>
/// </summary>
public sealed class SessionMachine : IStateMachine
{
    private readonly IStateMachine _inner;
    private readonly IDurableStateMachine? _durable;
    private readonly CommandRun _run = new();
    private SessionTable _table;

    // The index of the last command that was looked at, and the one as of which the table has forgotten.
    private ulong _seen;
    private ulong _forgotten;

    /// <summary>Decorates a machine, which from then on is used through this one only.</summary>
    /// <exception cref="ArgumentException">The machine's state is durable by itself, and it is no
    /// <see cref="IDurableStateMachine"/>: the table of sessions would not be in its transaction.</exception>
    /// <exception cref="InvalidDataException">The notes that a durable machine keeps are not sessions.
    /// </exception>
    public SessionMachine(IStateMachine inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _durable = inner as IDurableStateMachine;
        if (_durable is null && (inner.IsDurable || inner.DurableAppliedIndex > LogIndex.Zero))
        {
            throw new ArgumentException(DurableByItself(inner), nameof(inner));
        }

        _inner = inner;
        _table = _durable is null ? new SessionTable() : SessionNoteReader.Read(_durable);
    }

    /// <inheritdoc/>
    public LogIndex AppliedIndex => _inner.AppliedIndex;

    /// <summary>The decorated machine's, if it keeps the sessions; else 0.</summary>
    public LogIndex DurableAppliedIndex => _durable?.DurableAppliedIndex ?? LogIndex.Zero;

    /// <inheritdoc/>
    public bool IsDurable => _durable is not null;

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
        if (_durable is null && _inner.DurableAppliedIndex > LogIndex.Zero)
        {
            throw new InvalidOperationException(DurableByItself(_inner));
        }
    }

    /// <inheritdoc/>
    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) => _inner.Query(query, answer);

    /// <inheritdoc/>
    public void GiveUp() => _inner.GiveUp();

    /// <inheritdoc/>
    public IStateSnapshot CaptureSnapshot() => _durable is null
        ? new SessionSnapshot(_table, _inner.CaptureSnapshot()) : _durable.CaptureSnapshot();

    /// <inheritdoc/>
    public IStateRestore BeginRestore() => _durable is null
        ? new GatheredRestore(this) : new NotesRestore(this, _durable.BeginRestore());

    /// <inheritdoc/>
    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        if (_durable is not null)
        {
            _durable.Restore(snapshot);
            _table = SessionNoteReader.Read(_durable);
            return;
        }

        var table = SessionSnapshotReader.Read(snapshot, out var inner);
        _inner.Restore(inner);
        _table = table;
    }

    // Makes the table that of the state at an index, which has no command behind the last that was seen.
    private void Forget(ulong index, IApplyResults results)
    {
        if (IsTrimmedBefore(index) && _run.Count > 0)
        {
            Flush(_seen, results); // its answers count
        }

        Forget(index);
    }

    private void Forget(ulong index)
    {
        var isTrimmed = IsTrimmedBefore(index);
        _table.ExpireIdle(index);
        if (isTrimmed)
        {
            _table.Trim();
        }

        _forgotten = Math.Max(_forgotten, index);
    }

    private bool IsTrimmedBefore(ulong index) =>
        index / SessionTable.TrimInterval > _forgotten / SessionTable.TrimInterval;

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

    // Hands the run to the decorated machine, which then stands at the index; so does the table.
    private void Flush(ulong upTo, IApplyResults results)
    {
        if (_durable is null)
        {
            _inner.Apply(_run.Commands, new LogIndex(upTo), _run);
            Settle(upTo, results);
        }
        else
        {
            var notes = new Notes(this, upTo, results);
            _durable.Apply(_run.Commands, new LogIndex(upTo), _run, notes);
            Invariant.Check(
                notes.IsWritten,
                $"{_inner.GetType().Name} has applied {upTo} without the notes (IDurableStateMachine.Apply)");
        }

        _run.Clear();
    }

    // What the decorated machine answered goes into the table, which becomes that of the index.
    private void Settle(ulong upTo, IApplyResults results)
    {
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

        Forget(upTo);
    }

    private static string DurableByItself(IStateMachine machine) =>
        $"{machine.GetType().Name} keeps its state durable by itself (DurableAppliedIndex "
        + $"{machine.DurableAppliedIndex}), and the table of sessions is not in its transaction: after a "
        + "crash a command could be applied twice. Implement IDurableStateMachine, which keeps the sessions "
        + "as notes. Or turn sessions off, and let the machine recognize what it has applied.";

    /// <summary>The table's part of one transaction of a durable machine.</summary>
    private sealed class Notes(SessionMachine machine, ulong upTo, IApplyResults results) : IApplyNotes
    {
        public bool IsWritten { get; private set; }

        public void WriteTo(INoteWriter writer)
        {
            Invariant.Check(!IsWritten, $"the notes of the batch up to {upTo} are asked for twice");
            IsWritten = true;
            machine.Settle(upTo, results);
            machine._table.Journal!.WriteTo(writer, machine._table);
        }
    }

    /// <summary>Restores a durable machine, and with it the table that it keeps.</summary>
    private sealed class NotesRestore(SessionMachine machine, IStateRestore inner) : IStateRestore
    {
        public void Write(ReadOnlyMemory<byte> piece) => inner.Write(piece);

        public void Complete()
        {
            inner.Complete();
            machine._table = SessionNoteReader.Read(machine._durable!);
        }

        public void Dispose() => inner.Dispose();
    }
}
