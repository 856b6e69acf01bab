using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// Handing leadership over (diss. §3.10). No proposal is taken meanwhile, so that the target catches up to a
/// fixed
/// last entry; once it holds that, it is told to campaign at once. After an election timeout without a new
/// leader
/// the transfer is given up.
/// </summary>
internal sealed class LeadershipTransfer(ConsensusState state)
{
    private NodeId _target;
    private bool _wasTold;
    private bool _isForPriority;

    // Not before this is leadership handed over to a voter of higher priority.
    private Instant _priorityAfter;
    private TimeSpan _priorityPause;

    // Not before this is it tried again to hand over for want of space: memberships may change meanwhile.
    private Instant _spaceAfter;

    /// <summary>Whether one is under way: no proposal is taken meanwhile.</summary>
    public bool IsUnderWay => !_target.IsNone;

    /// <summary>When the transfer under way is given up.</summary>
    public Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>
    /// Whether a node was told to campaign in this term, by a transfer under way or one given up. Its votes
    /// are
    /// granted against the promise of a lease, so from then on this leader serves no read under one (DESIGN
    /// §7, A
    /// lost leader and leases).
    /// </summary>
    public bool HasSentTimeoutNow { get; private set; }

    /// <summary>What remains of a transfer where this node does not lead.</summary>
    public TransferWatch Watch { get; } = new(state);

    /// <summary>Elected. A voter of higher priority is left alone at first: the last leader may have handed
    /// over
    /// in order to stop.</summary>
    public void LeadershipBegan()
    {
        HasSentTimeoutNow = false;
        _spaceAfter = state.Now;
        _priorityPause = 4 * state.Options.ElectionTimeout;
        _priorityAfter = state.Now + _priorityPause;
    }

    /// <summary>Deposed: that is what a transfer is for. It has succeeded once another node is seen to
    /// lead.</summary>
    public void LeadershipEnded()
    {
        if (IsUnderWay)
        {
            Watch.Begin(_target, Deadline);
            Clear();
        }
    }

    /// <summary>Somebody wants <paramref name="target"/> to lead, or the best. Returns how it ended if it
    /// did at
    /// once. Whoever wants what is under way already shares its end; its time is not extended.</summary>
    public TransferOutcome Ask(NodeId target)
    {
        if (IsUnderWay && (target == _target || target.IsNone))
        {
            return TransferOutcome.None;
        }

        if (target == state.Self)
        {
            Replace();
            return TransferOutcome.AlreadyLeads;
        }

        target = target.IsNone ? Best() : target;
        if (target.IsNone)
        {
            return TransferOutcome.NoTarget;
        }

        if (!state.Log.Membership.IsVoter(target))
        {
            return TransferOutcome.NotAVoter;
        }

        Replace();
        Begin(target);
        return TransferOutcome.None;
    }

    /// <summary>Hands over to the best target, if there is one, since this node should not lead. Returns
    /// whether a
    /// transfer is under way.</summary>
    public bool TryLeave()
    {
        if (!IsUnderWay && Best() is { IsNone: false } best)
        {
            Begin(best);
        }

        return IsUnderWay;
    }

    /// <summary>Hands over if this leader's log is full and a voter in touch has space; it stays if there is
    /// none, so that reads go on.</summary>
    public void LeaveForSpace()
    {
        if (state.Space.IsFull && !IsUnderWay && state.Now >= _spaceAfter
            && Best() is { IsNone: false } best && !state.Leadership.Find(best)!.IsFull)
        {
            Begin(best);
        }
    }

    /// <summary>A peer acknowledged entries: once the target holds everything, it is told.</summary>
    public void Acknowledged(Progress peer)
    {
        if (peer.Id == _target && !_wasTold)
        {
            TellTarget();
        }
    }

    /// <summary>The membership changed: who does not vote any more cannot lead.</summary>
    public void MembershipChanged()
    {
        if (IsUnderWay && !state.Log.Membership.IsVoter(_target))
        {
            End(TransferOutcome.NotAVoter);
        }
    }

    /// <summary>Time has passed.</summary>
    public void Tick()
    {
        if (state.Now >= Deadline)
        {
            End(TransferOutcome.TimedOut);
        }
    }

    /// <summary>A heartbeat interval has passed: tells the target again, since the message may be lost, or
    /// begins
    /// a transfer to a voter of higher priority.</summary>
    public void HeartbeatDue()
    {
        if (IsUnderWay)
        {
            TellTarget();
        }
        else if (state.Space.IsFull)
        {
            LeaveForSpace();
        }
        else if (state.Now >= _priorityAfter)
        {
            PreferHigherPriority();
        }
    }

    /// <summary>Whether a voter has a higher priority, so that this leader hands over as soon as it
    /// can.</summary>
    public bool IsAnotherPreferred
    {
        get
        {
            foreach (var voter in state.Log.Membership.Voters)
            {
                if (PriorityOf(voter) > PriorityOf(state.Self))
                {
                    return true;
                }
            }

            return false;
        }
    }

    // Never while the membership changes, so that it finds the leader it started with.
    private void PreferHigherPriority()
    {
        var membership = state.Log.Membership;
        if (state.Commit < state.Leadership.TermStart || state.Commit < state.Log.MembershipIndex
            || membership.IsJoint)
        {
            return;
        }

        var best = Best();
        if (!best.IsNone && state.Leadership.Find(best) is { IsFull: false } peer && IsReady(peer)
            && PriorityOf(best) > PriorityOf(state.Self))
        {
            _isForPriority = true;
            Begin(best);
        }
    }

    private void Begin(NodeId target)
    {
        _target = target;
        Deadline = state.Now + state.Options.ElectionTimeout;
        TellTarget();
    }

    private void TellTarget()
    {
        if (state.Leadership.Find(_target)?.Match != state.Log.Last.Index)
        {
            return;
        }

        _wasTold = true;
        HasSentTimeoutNow = true;
        state.Outbox.Send(new Message
        {
            Type = MessageType.TimeoutNow, From = state.Self, To = _target, Term = state.Term,
        });
    }

    // The voter in touch that would take over best: first who has space, then who holds all that is committed
    // and so needs little, then
    // by priority, then by how much it holds. Outgoing voters leave soon and are not chosen, only taken when
    // named.
    private NodeId Best()
    {
        Progress? best = null;
        foreach (var voter in state.Log.Membership.Voters)
        {
            if (state.Leadership.Find(voter) is { } peer && IsInTouch(peer)
                && (best is null || IsBetter(peer, best)))
            {
                best = peer;
            }
        }

        return best?.Id ?? NodeId.None;
    }

    private bool IsBetter(Progress peer, Progress other)
    {
        if (peer.IsFull != other.IsFull)
        {
            return !peer.IsFull;
        }

        if (IsReady(peer) != IsReady(other))
        {
            return IsReady(peer);
        }

        var (left, right) = (PriorityOf(peer.Id), PriorityOf(other.Id));
        return left != right ? left > right : peer.Match > other.Match;
    }

    // Heard in answer to the last heartbeat or the one before.
    private bool IsInTouch(Progress peer) =>
        peer.State == ProgressState.Replicate
        && state.Now - peer.LastHeard <= 2 * state.Options.HeartbeatInterval;

    private bool IsReady(Progress peer) => peer.Match >= state.Commit;

    private byte PriorityOf(NodeId id) => state.Log.Membership.Find(id)?.Priority ?? 0;

    private void Replace()
    {
        if (IsUnderWay)
        {
            End(TransferOutcome.Replaced);
        }
    }

    private void End(TransferOutcome outcome)
    {
        state.Effects.Add(new Effect
        {
            Kind = EffectKind.EndTransfer, Transfer = outcome, Peer = _target, Leader = state.Leader,
        });
        _spaceAfter = state.Now + state.Options.ElectionTimeout;
        _priorityAfter = state.Now + _priorityPause;
        if (_isForPriority)
        {
            // A priority never keeps a group from being served: each failure doubles the wait for the next
            // try.
            _priorityPause = TimeSpan.FromTicks(Math.Min(2 * _priorityPause.Ticks, TimeSpan.TicksPerHour));
        }

        Clear();
    }

    private void Clear()
    {
        _target = NodeId.None;
        (_wasTold, _isForPriority) = (false, false);
        Deadline = Instant.Never;
    }
}
