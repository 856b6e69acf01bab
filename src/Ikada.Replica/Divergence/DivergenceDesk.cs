using Ikada.Consensus;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Replica.Divergence;

/// <summary>
/// Finds the replica whose state is not what the log makes of it (DESIGN §7; docs/protocol/divergence.md).
/// Members report state hashes with their heartbeat replies; the leader compares those of one applied index
/// and tells the odd one, which looks into its own ring whether that is so. Whoever a majority contradicts is
/// quarantined: it serves no reads and gives no snapshot, votes and acknowledges all the same, hands
/// leadership over, and takes a snapshot of the leader of the agreeing majority in place of its state.
/// </summary>
internal sealed class DivergenceDesk
{
    private const int SplitTimeouts = 10;
    private readonly ReplicaParts _parts;
    private readonly HashRing _ring;
    private readonly StateJudge _judge = new();
    private readonly Dictionary<NodeId, LogIndex> _agreed = [];
    private readonly HashSet<NodeId> _odd = [];
    private readonly HashSet<NodeId> _disputing = [];
    private readonly TimeSpan _patience;
    private readonly bool _isOn;
    private Instant _handOverAt;
    private Instant _splitSince = Instant.Never;
    private bool _mustTell;
    private LogIndex _disputed;

    // Effects that agree do not settle that: only stored bytes that do.
    private LogIndex _storesDisputed;

    public DivergenceDesk(ReplicaParts parts, ReplicaStart start, Instant now)
    {
        (_parts, _isOn) = (parts, start.Replica.ComparesStates);
        _ring = new HashRing(start.Replica.StateMarkEntries);
        (_patience, _handOverAt) = (start.Consensus.ElectionTimeout, now);
        // Its host must be told of what it may not read, even before anything is heard of others.
        IsQuarantined = _mustTell = start.Snapshots.IsCondemned;
        // Perhaps nothing is applied for long, and what is read meanwhile comes from this.
        _ring.Add(start.Opened.Applied, start.Opened.StateHash);
    }

    /// <summary>A majority holds another state than this node.</summary>
    public bool IsQuarantined { get; private set; }

    /// <summary>Quarantined: the last index where the states were found equal, 0 if none is known, and the
    /// first where they were found to differ.</summary>
    public (LogIndex Agreed, LogIndex Differs) Range { get; private set; }

    /// <summary>Where no majority holds one state; 0: nothing of the kind is known.</summary>
    public LogIndex Disputed => LogIndex.Max(_disputed, _storesDisputed);

    /// <summary>The last index where this node, leading, found that a majority has its state.</summary>
    public LogIndex AgreedUpTo { get; private set; }

    /// <summary>How many members hold another state than the majority, as far as the leader
    /// knows.</summary>
    public int OddMembers
    {
        get
        {
            var count = 0;
            foreach (var member in _odd)
            {
                count += _parts.Core.Membership.Contains(member) ? 1 : 0;
            }

            return count;
        }
    }

    /// <summary>When <see cref="Look"/> has something to do that nothing else brings about.</summary>
    public Instant Deadline =>
        IsQuarantined && _parts.Core.Role == Role.Leader ? _handOverAt : Instant.Never;

    /// <summary>The state machine has done something.</summary>
    public void Done(MachineWork work)
    {
        // A restored state takes the place of a wrong one in a moment.
        if (_isOn && (work is RestoreRequest || (work is ApplyRequest && !IsQuarantined)))
        {
            _ring.Add(work.Applied, work.StateHash);
        }
    }

    /// <summary>What a heartbeat is answered with, and where the state stands: at rest the applied index
    /// itself, which all then have in common; else the last mark.</summary>
    public Message WithHash(in Message reply)
    {
        var (index, hash) = _ring.Newest.Index == _parts.Core.Commit ? _ring.Newest : _ring.NewestMark;
        return !_isOn || IsQuarantined
            ? reply : reply with { Position = new LogPosition(index, default), Sequence = hash };
    }

    /// <summary>A member has answered a heartbeat of this leader.</summary>
    public void Answered(in Message reply, Instant now)
    {
        if (_parts.Core.Role == Role.Leader && reply.Term == _parts.Core.Term)
        {
            Reported(reply.From, reply.Position.Index, reply.Sequence, now);
        }
    }

    /// <summary>A member's state had that hash at an index, as it tells this leader.</summary>
    public void Reported(NodeId from, LogIndex index, ulong hash, Instant now)
    {
        var core = _parts.Core;
        if (hash == 0 || !_isOn || IsQuarantined || !core.Membership.Contains(from))
        {
            return;
        }

        var isOwnKnown = _ring.TryFind(index, out var own);
        if (isOwnKnown)
        {
            _ = _judge.Report(core.Membership, core.Self, index, own);
        }

        var judgement = _judge.Report(core.Membership, from, index, hash);
        if (judgement.Kind == JudgementKind.NoMajority || IsSplitForLong(judgement, now))
        {
            NoteDispute(index);
            _disputing.Add(from);
            Send(from, index, 0, reject: true);
        }
        else if (judgement.Kind == JudgementKind.Majority)
        {
            Judged(from, index, hash, judgement.Hash);
            if (isOwnKnown)
            {
                JudgedOwn(index, own, judgement.Hash);
            }
        }
    }

    /// <summary>The leader says that this node's state is another than the majority's, or that there is no
    /// majority. Its word alone is not enough: this node's own ring must say so too.</summary>
    public void Told(in Message verdict)
    {
        var (index, core) = (verdict.Position.Index, _parts.Core);
        if (!_isOn || IsQuarantined || verdict.From != core.Leader || verdict.Term != core.Term
            || !_ring.TryFind(index, out var own))
        {
            return;
        }

        if (verdict.Reject)
        {
            NoteDispute(index);
        }
        else if (own == verdict.Sequence)
        {
            Settle(index);
        }
        else if (!core.IsInstalling)
        {
            Quarantine(verdict.End, index);
        }
    }

    /// <summary>What this node has stored is not what a majority has, or cannot be read.</summary>
    public void QuarantineStored(LogIndex agreed, LogIndex differs, string? damage)
    {
        if (!IsQuarantined && !_parts.Core.IsInstalling)
        {
            Quarantine(agreed, differs, isStored: true, damage);
        }
    }

    /// <summary>Leader: a member is known to be wrong.</summary>
    public void IsOdd(NodeId member, LogIndex agreed, LogIndex index)
    {
        _odd.Add(member);
        _parts.Ports.Observe(new StateFact(StateFactKind.MemberDiffers, agreed, index)
        {
            Peer = member, IsStored = true,
        });
    }

    /// <summary>No majority has stored the same at an index.</summary>
    public void StoresDiffer(LogIndex index)
    {
        if (Disputed == LogIndex.Zero)
        {
            _parts.Ports.Observe(new StateFact(StateFactKind.Disputed, _parts.Scrub.AgreedAt, index)
            {
                IsStored = true,
            });
        }

        _storesDisputed = LogIndex.Max(_storesDisputed, index);
    }

    /// <summary>A majority, this node among it, has stored the same at an index.</summary>
    public void StoresAgree(LogIndex index)
    {
        if (_storesDisputed != LogIndex.Zero && index >= _storesDisputed)
        {
            _storesDisputed = LogIndex.Zero;
            ObserveSettled(index);
        }
    }

    /// <summary>After each batch: what a quarantined node owes the others.</summary>
    public void Look(Instant now, Stepper stepper)
    {
        if (!IsQuarantined)
        {
            return;
        }

        if (_mustTell)
        {
            _mustTell = false;
            _parts.Ports.Observe(new StateFact(StateFactKind.StillQuarantined, default, default));
        }

        var core = _parts.Core;
        if (core.Role == Role.Leader && now >= _handOverAt)
        {
            _handOverAt = now + _patience;
            stepper.Step(Input.TransferRequested(now, NodeId.None));
        }
        else if (core is { Role: Role.Follower, IsStateMissing: false, IsInstalling: false })
        {
            stepper.Step(Input.StateCondemned(now));
        }
    }

    /// <summary>Whether a snapshot that ends there may be given to a node that is rebuilt: the majority is
    /// known to have had this leader's state there or later.</summary>
    public bool MayRebuildFrom(LogIndex snapshot) =>
        !IsQuarantined && _parts.Core.Role == Role.Leader && snapshot <= AgreedUpTo;

    /// <summary>A snapshot is in place of the state.</summary>
    public void Restored(LogIndex index)
    {
        _parts.Scrub.Void();
        if (IsQuarantined)
        {
            IsQuarantined = false;
            _parts.Ports.Submit(new LiftQuarantine(_parts.Log.Group));
            _parts.Ports.Observe(new StateFact(StateFactKind.Rebuilt, index, Range.Differs));
            Range = default;
        }
    }

    /// <summary>Role, term or leader changed: what was gathered as leader is void.</summary>
    public void RoleChanged()
    {
        _judge.Clear();
        _agreed.Clear();
        _odd.Clear();
        _disputing.Clear();
        _splitSince = Instant.Never;
        if (_disputed == LogIndex.Zero)
        {
            return;
        }

        // Another leader may have told them.
        foreach (var member in _parts.Core.Membership.Members)
        {
            _disputing.Add(member.Id);
        }
    }

    // Those that could decide may be away for long, and meanwhile somebody gives wrong answers.
    private bool IsSplitForLong(in Judgement judgement, Instant now)
    {
        _splitSince = judgement.Kind != JudgementKind.Open ? Instant.Never
            : judgement.IsSplit ? Instant.Min(_splitSince, now)
            : _splitSince;
        return judgement is { Kind: JudgementKind.Open, IsSplit: true }
            && now - _splitSince > SplitTimeouts * _patience;
    }

    private void Judged(NodeId member, LogIndex index, ulong hash, ulong majority)
    {
        if (hash == majority)
        {
            _agreed[member] = index;
            _odd.Remove(member);
            if (_disputing.Remove(member))
            {
                Send(member, index, majority, reject: false);
            }

            return;
        }

        var agreed = _agreed.GetValueOrDefault(member);
        if (_odd.Add(member))
        {
            _parts.Ports.Observe(new StateFact(StateFactKind.MemberDiffers, agreed, index) { Peer = member });
        }

        // At each of its reports anew, until it makes none: one that was lost is made up for.
        Send(member, index, majority, reject: false, agreed);
    }

    private void JudgedOwn(LogIndex index, ulong own, ulong majority)
    {
        if (own != majority)
        {
            Quarantine(AgreedUpTo, index);
            return;
        }

        AgreedUpTo = LogIndex.Max(AgreedUpTo, index);
        Settle(index);
    }

    private void NoteDispute(LogIndex index)
    {
        if (Disputed == LogIndex.Zero)
        {
            _parts.Ports.Observe(new StateFact(StateFactKind.Disputed, AgreedUpTo, index));
        }

        _disputed = LogIndex.Max(_disputed, index);
    }

    private void Settle(LogIndex index)
    {
        if (_disputed != LogIndex.Zero && index >= _disputed)
        {
            _disputed = LogIndex.Zero;
            ObserveSettled(index);
        }
    }

    private void ObserveSettled(LogIndex index)
    {
        if (Disputed == LogIndex.Zero)
        {
            _parts.Ports.Observe(new StateFact(StateFactKind.Settled, index, default));
        }
    }

    // In this order: nobody reads from here on; the next start knows; then what was made of the wrong state
    // goes.
    private void Quarantine(
        LogIndex agreed, LogIndex differs, bool isStored = false, string? damage = null)
    {
        IsQuarantined = true;
        Range = (agreed, differs);
        (_disputed, _storesDisputed) = (default, default);
        _ring.Clear();
        _parts.Apply.Condemn();
        _parts.Snapshots.Condemn();
        _parts.Scrub.Void();
        _parts.Reads.RefuseAll(Refusal.Quarantined, _parts.Core.Leader);
        _parts.Writes.EndAll();
        _parts.Ports.Observe(new StateFact(StateFactKind.Quarantined, agreed, differs)
        {
            IsStored = isStored, Reason = damage,
        });
    }

    private void Send(NodeId to, LogIndex index, ulong hash, bool reject, LogIndex agreed = default) =>
        _ = _parts.Ports.Send(
            new Message
            {
                Type = MessageType.StateVerdict, From = _parts.Core.Self, To = to,
                Term = _parts.Core.DurableHardState.Term, Position = new LogPosition(index, default),
                End = agreed, Sequence = hash, Reject = reject,
            },
            default);
}
