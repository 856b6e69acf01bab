using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Replica.Divergence;

/// <summary>
/// What a leader does to have the stored bytes of all members compared: now and then it names an index that
/// none of them has passed, asks for what each has stored there, and judges as with effects: whoever a
/// majority contradicts is odd. Consensus is not asked, so a group that sleeps is compared without waking.
/// </summary>
internal sealed class ScrubRounds
{
    private const int TriesMax = 6;
    private const int BackOffMax = 32;
    private readonly ReplicaParts _parts;
    private readonly ScrubDesk _desk;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _patience;
    private readonly StateJudge _judge = new();
    private readonly List<(NodeId Member, ulong Hash)> _reports = [];
    private readonly HashSet<NodeId> _answered = [];
    private readonly HashSet<NodeId> _odd = [];
    private LogIndex _round;
    private Instant _began;
    private Instant _nextAt;
    private Instant _sendAt;
    private ulong _number;
    private int _sends;
    private int _tries;
    private bool _isDisputed;

    public ScrubRounds(ReplicaParts parts, ScrubDesk desk, ReplicaStart start, Instant now)
    {
        (_parts, _desk) = (parts, desk);
        _interval = start.Replica.ComparesStates ? start.Replica.ScrubInterval : TimeSpan.Zero;
        _patience = start.Consensus.ElectionTimeout;
        // Many groups of one process do not begin at the same time.
        var share = unchecked((uint)((start.Log.Group.Value * 0x9E3779B97F4A7C15UL) >> 33)) % 512;
        (_began, _nextAt) = (now, now + (_interval / 1024 * (512 + (int)share)));
        // Other than those that an earlier leadership or start has given.
        _number = start.Seed >> 1;
    }

    /// <summary>The last index where a majority was found to have stored the same as this leader.</summary>
    public LogIndex AgreedAt { get; private set; }

    public Instant Deadline => !MayAsk ? Instant.Never : _round == LogIndex.Zero ? _nextAt : _sendAt;

    private bool MayAsk => _interval > TimeSpan.Zero && _parts.Core.Role == Role.Leader
        && !_parts.Divergence.IsQuarantined && !_parts.Apply.IsPaused;

    private bool IsAtRest => _parts.Core.Last.Index == _parts.Core.Commit
        && _parts.Core.Commit == _parts.Apply.HandedOver;

    public void Look(Instant now)
    {
        if (now < Deadline)
        {
            return;
        }

        if (_round == LogIndex.Zero || (_desk.IsAhead && IsAtRest))
        {
            // Nothing comes any more that would bring the index about.
            _tries = 0;
            Begin(now);
        }
        else if (now - _began >= _interval || IsAllDone())
        {
            End(now);
        }
        else
        {
            Send(now);
        }
    }

    /// <summary>A round is wanted now, unless one is under way.</summary>
    public void Wish(Instant now) => _nextAt = now;

    public void RoleChanged()
    {
        _tries = 0;
        Clear();
    }

    /// <summary>This node has read its state, for whoever leads: should it lead next, that
    /// counts.</summary>
    public void Read(Instant now) =>
        _nextAt = _parts.Core.Role == Role.Leader ? _nextAt : now + _interval;

    /// <summary>A member says what it has stored; so does this node itself.</summary>
    public void Answered(in Message answer, Instant now)
    {
        var core = _parts.Core;
        if (core.Role != Role.Leader || answer.Position.Index != _round || _round == LogIndex.Zero
            || answer.Commit.Value != _number || !core.Membership.Contains(answer.From))
        {
            return;
        }

        if (answer.Reject && answer.End == ScrubDesk.Passed && _tries < TriesMax && _desk.IsAhead)
        {
            _tries++;
            Begin(now);
            return;
        }

        if (!_answered.Add(answer.From))
        {
            return;
        }

        if (answer.Reject)
        {
            IsRefused(answer);
        }
        else
        {
            if (answer.From != core.Self)
            {
                _parts.Divergence.Reported(answer.From, _round, answer.Round, now);
            }

            _reports.Add((answer.From, answer.Sequence));
        }

        if (_round != LogIndex.Zero && _reports.Exists(report => report.Member == core.Self))
        {
            // Not before this node's own: whoever is odd takes over its state.
            Judge();
        }

        if (_round != LogIndex.Zero && IsAllDone())
        {
            End(now);
        }
    }

    private void IsRefused(in Message answer)
    {
        if (answer.End == ScrubDesk.Unreadable && answer.From != _parts.Core.Self)
        {
            _parts.Divergence.IsOdd(answer.From, AgreedAt, _round);
        }
    }

    // An index that none has passed: where all stand at rest, or so far ahead that the message is sooner.
    private void Begin(Instant now)
    {
        Clear();
        var (core, handed) = (_parts.Core, _parts.Apply.HandedOver);
        if (handed == LogIndex.Zero)
        {
            _nextAt = now + _patience;
            return;
        }

        _round = IsAtRest ? handed : core.Last.Index + (64UL << (2 * _tries));
        (_began, _sends) = (now, 0);
        _number++;
        Send(now);
        _desk.Want(_round, _number, now);
    }

    private void Send(Instant now)
    {
        _sends = Math.Min(_sends + 1, BackOffMax);
        _sendAt = now + (_sends * _patience);
        foreach (var member in _parts.Core.Membership.Members)
        {
            if (member.Id != _parts.Core.Self && !_answered.Contains(member.Id))
            {
                _ = _parts.Ports.Send(MessageTo(member.Id, MessageType.StateScrub), default);
            }
        }

        if (_odd.Count > 0 || _isDisputed)
        {
            Judge();
        }
    }

    // Also again: a verdict that was lost is made up for.
    private void Judge()
    {
        var core = _parts.Core;
        var judgement = default(Judgement);
        foreach (var (member, hash) in _reports)
        {
            judgement = _judge.Report(core.Membership, member, _round, hash);
        }

        if (judgement.Kind == JudgementKind.NoMajority)
        {
            _isDisputed = true;
            _parts.Divergence.StoresDiffer(_round);
            foreach (var (member, _) in _reports)
            {
                SendVerdict(member, 0, reject: true);
            }
        }
        else if (judgement.Kind == JudgementKind.Majority)
        {
            Judged(judgement.Hash);
        }
    }

    private void Judged(ulong majority)
    {
        foreach (var (member, hash) in _reports)
        {
            if (hash != majority && member == _parts.Core.Self)
            {
                _parts.Divergence.QuarantineStored(AgreedAt, _round, null);
                return;
            }

            if (hash != majority && _odd.Add(member))
            {
                _parts.Divergence.IsOdd(member, AgreedAt, _round);
            }
        }

        foreach (var (member, _) in _reports)
        {
            SendVerdict(member, majority, reject: false);
        }

        _isDisputed = false;
        _parts.Divergence.StoresAgree(_round);
        AgreedAt = _odd.Count == 0 ? LogIndex.Max(AgreedAt, _round) : AgreedAt;
    }

    private bool IsAllDone()
    {
        foreach (var member in _parts.Core.Membership.Members)
        {
            if (!_answered.Contains(member.Id))
            {
                return false;
            }
        }

        return _odd.Count == 0 && !_isDisputed;
    }

    private void End(Instant now)
    {
        _parts.Ports.Observe(new StateFact(StateFactKind.StoresCompared, AgreedAt, _round)
        {
            Members = _reports.Count, OddMembers = _odd.Count,
        });
        _nextAt = now - _began >= _interval ? now : _began + _interval;
        Clear();
    }

    private void Clear()
    {
        _round = LogIndex.Zero;
        _isDisputed = false;
        _judge.Clear();
        _reports.Clear();
        _answered.Clear();
        _odd.Clear();
    }

    private void SendVerdict(NodeId to, ulong hash, bool reject)
    {
        if (to != _parts.Core.Self)
        {
            _ = _parts.Ports.Send(
                MessageTo(to, MessageType.StateVerdict) with
                {
                    Sequence = hash,
                    Reject = reject,
                    End = AgreedAt,
                    Round = 1,
                },
                default);
        }
    }

    private Message MessageTo(NodeId to, MessageType type) => new()
    {
        Type = type, From = _parts.Core.Self, To = to, Term = _parts.Core.DurableHardState.Term,
        Position = new LogPosition(_round, default), Commit = new LogIndex(_number),
    };
}
