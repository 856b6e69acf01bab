using Ikada.Consensus;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Replica.Divergence;

/// <summary>
/// What a member does to have the bytes compared that are stored (DESIGN §7; docs/protocol/divergence.md):
/// at an index that the leader names it takes a view, reads all of it in the background, and says what it
/// read. Apply goes on meanwhile. A state that cannot be read whole is lost, whatever others have.
/// </summary>
internal sealed class ScrubDesk
{
    /// <summary>In <see cref="Message.End"/> of a refusal: the index was passed already.</summary>
    public static readonly LogIndex Passed = new(1);

    /// <summary>In <see cref="Message.End"/> of a refusal: the state cannot be read whole.</summary>
    public static readonly LogIndex Unreadable = new(2);

    private readonly ReplicaParts _parts;
    private readonly ScrubRounds _rounds;
    private LogIndex _at;
    private ulong _number;
    private ScrubRequest? _capturing;
    private ScrubRequest? _captured;
    private ScrubState? _reading;
    private (LogIndex Index, ulong Hash, ulong StateHash) _result;
    private ulong _stateHash;
    private Instant _began;

    public ScrubDesk(ReplicaParts parts, ReplicaStart start, Instant now)
    {
        _parts = parts;
        _rounds = new ScrubRounds(parts, this, start, now);
        parts.Apply.AtStop = Capture;
    }

    /// <summary>The last index whose stored bytes this node has read whole; 0: none since it
    /// started.</summary>
    public LogIndex Newest => _result.Index;

    /// <summary>The last index where this node, leading, found that a majority has stored the
    /// same.</summary>
    public LogIndex AgreedAt => _rounds.AgreedAt;

    /// <summary>Whether the state could not be read whole when it was last tried, and this node goes on with
    /// it, since nobody else has one.</summary>
    public bool IsUnreadable { get; private set; }

    /// <summary>Whether the view at the index that is wanted is still to be taken.</summary>
    public bool IsAhead => _at != LogIndex.Zero && _capturing is null && _captured is null;

    /// <summary>When <see cref="Look"/> has something to do that nothing else brings about.</summary>
    public Instant Deadline => _rounds.Deadline;

    /// <summary>After each batch: what a leader owes the others.</summary>
    public void Look(Instant now) => _rounds.Look(now);

    /// <summary>A round is wanted now.</summary>
    public void Wish(Instant now) => _rounds.Wish(now);

    /// <summary>Role, term or leader changed.</summary>
    public void RoleChanged() => _rounds.RoleChanged();

    /// <summary>One of the two messages.</summary>
    public void Receive(in Message message, Instant now)
    {
        var core = _parts.Core;
        if (!_parts.Options.ComparesStates || _parts.Divergence.IsQuarantined || message.Term != core.Term)
        {
            return;
        }

        if (message.Type == MessageType.StateScrubbed)
        {
            _rounds.Answered(message, now);
        }
        else if (message.From == core.Leader && core.Role != Role.Leader)
        {
            Want(message.Position.Index, message.Commit.Value, now);
        }
    }

    /// <summary>The stored bytes are to be read as of an index. Asked again in the same round, it answers
    /// again.</summary>
    public void Want(LogIndex index, ulong number, Instant now)
    {
        var isSame = number == _number;
        if (isSame && _result.Index == index && index != LogIndex.Zero)
        {
            Answer(index, now);
        }
        else if (!isSame || _at != index)
        {
            Drop();
            _number = number;
            Begin(index, now);
        }
    }

    /// <summary>The leader says what a majority has stored at an index, or that no majority has stored the
    /// same.</summary>
    public void Told(in Message verdict)
    {
        var (index, core) = (verdict.Position.Index, _parts.Core);
        if (!_parts.Options.ComparesStates || verdict.From != core.Leader || verdict.Term != core.Term
            || _result.Index != index)
        {
            return;
        }

        if (verdict.Reject)
        {
            _parts.Divergence.StoresDiffer(index);
        }
        else if (_result.Hash == verdict.Sequence)
        {
            _parts.Divergence.StoresAgree(index);
        }
        else
        {
            _parts.Divergence.QuarantineStored(verdict.End, index, null);
        }
    }

    /// <summary>The view was taken.</summary>
    public void Captured(ScrubRequest request, Instant now)
    {
        if (!ReferenceEquals(request, _capturing))
        {
            request.Drop();
            return;
        }

        _capturing = null;
        if (request.Index != _at || request.StateHash == 0)
        {
            // Another state took its place, or the machine does not want to be compared.
            request.Drop();
            Pass(now);
            return;
        }

        (_captured, _stateHash, _began) = (request, request.StateHash, now);
        _reading = new ScrubState(_parts.Log.Group, _at, request.WriteTo);
        _parts.Ports.Submit(_reading);
    }

    /// <summary>The view was read, or could not be.</summary>
    public void Done(ScrubState scrub, Instant now)
    {
        if (!ReferenceEquals(scrub, _reading))
        {
            return;
        }

        _captured!.Drop();
        (_captured, _reading, _at) = (null, null, LogIndex.Zero);
        if (scrub.WasCancelled)
        {
            return;
        }

        if (scrub.Damage is { } damage)
        {
            CannotRead(scrub.Index, damage, now);
            return;
        }

        IsUnreadable = false;
        _rounds.Read(now);
        _result = (scrub.Index, scrub.Hash, _stateHash);
        _parts.Ports.Observe(new StateFact(StateFactKind.Scrubbed, default, scrub.Index)
        {
            Bytes = scrub.Bytes, Took = now - _began,
        });
        Answer(scrub.Index, now);
    }

    /// <summary>The state is another one, or is not to be used: what was read of it is void.</summary>
    public void Void()
    {
        Drop();
        (_result, IsUnreadable) = (default, false);
    }

    private void Begin(LogIndex index, Instant now)
    {
        _at = index;
        if (_parts.Apply.IsPaused || _parts.Apply.HandedOver > index || index == LogIndex.Zero)
        {
            Pass(now);
        }
        else if (_parts.Apply.HandedOver == index)
        {
            Capture();
        }
        else
        {
            _parts.Apply.StopAt = index;
        }
    }

    // All that was handed over before ends at the index; the view comes behind it, and before what follows.
    private void Capture()
    {
        _capturing = new ScrubRequest();
        _parts.Ports.Apply(_capturing);
    }

    private void CannotRead(LogIndex index, string damage, Instant now)
    {
        _parts.Ports.Observe(
            new StateFact(StateFactKind.Unreadable, default, index) { Reason = damage });
        Tell(index, 0, 0, Unreadable, now);
        var (core, membership) = (_parts.Core, _parts.Core.Membership);
        IsUnreadable = membership.Voters.Length == 1 && membership.IsVoter(core.Self);
        if (!IsUnreadable && !core.IsInstalling)
        {
            _parts.Divergence.QuarantineStored(_rounds.AgreedAt, index, damage);
        }
    }

    private void Pass(Instant now)
    {
        var index = _at;
        _at = LogIndex.Zero;
        Tell(index, 0, 0, Passed, now);
    }

    private void Answer(LogIndex index, Instant now) =>
        Tell(index, _result.Hash, _result.StateHash, LogIndex.Zero, now);

    private void Tell(LogIndex index, ulong hash, ulong stateHash, LogIndex refusal, Instant now)
    {
        var core = _parts.Core;
        var answer = new Message
        {
            Type = MessageType.StateScrubbed, From = core.Self, To = core.Leader,
            Term = core.DurableHardState.Term, Position = new LogPosition(index, default), Sequence = hash,
            Commit = new LogIndex(_number), Round = stateHash, End = refusal,
            Reject = refusal != LogIndex.Zero,
        };
        if (core.Role == Role.Leader)
        {
            _rounds.Answered(answer, now);
        }
        else if (!core.Leader.IsNone)
        {
            _ = _parts.Ports.Send(answer, default);
        }
    }

    private void Drop()
    {
        _reading?.Cancel();
        (_reading, _captured, _capturing, _at) = (null, null, null, LogIndex.Zero);
        _parts.Apply.StopAt = LogIndex.Zero;
    }
}
