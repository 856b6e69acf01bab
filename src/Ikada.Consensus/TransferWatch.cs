using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// A transfer of leadership whose end this node does not decide: it has passed the wish on to the leader, or
/// was the
/// leader itself until just now. It ends when another node is seen to lead, or when time runs out.
/// </summary>
internal sealed class TransferWatch(ConsensusState state)
{
    private NodeId _target;

    // Who should give way, and the term in which it was to.
    private NodeId _from;
    private Term _term;

    /// <summary>When it is given up.</summary>
    public Instant Deadline { get; private set; } = Instant.Never;

    private bool IsWaiting => Deadline != Instant.Never;

    /// <summary>The own leadership ended while a transfer was under way.</summary>
    public void Begin(NodeId target, Instant deadline)
    {
        _target = target;
        _from = state.Self;
        _term = state.Term;
        Deadline = deadline;
    }

    /// <summary>Passes a wish on to the leader. Whoever wants the same as is wanted already shares its
    /// end.</summary>
    public void PassOn(NodeId target)
    {
        if (IsWaiting && (target == _target || target.IsNone))
        {
            return;
        }

        if (IsWaiting)
        {
            End(TransferOutcome.Replaced);
        }

        _target = target;
        _from = state.Leader;
        _term = state.Term;
        Deadline = state.Now + state.Options.ElectionTimeout;
        state.Outbox.Send(new Message
        {
            Type = MessageType.TransferRequest, From = state.Self, To = state.Leader, Term = state.Term,
            Sequence = target.Value,
        });
    }

    /// <summary>The known leader, term or role changed.</summary>
    public void LeaderChanged()
    {
        if (!IsWaiting || state.Leader.IsNone)
        {
            return;
        }

        if (state.Leader != _from)
        {
            End(TransferOutcome.Done);
        }
        else if (state.Term > _term)
        {
            // Elected once more: it knows nothing of the wish any longer.
            End(TransferOutcome.TimedOut);
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

    private void End(TransferOutcome outcome)
    {
        Deadline = Instant.Never;
        state.Effects.Add(new Effect
        {
            Kind = EffectKind.EndTransfer, Transfer = outcome, Peer = _target, Leader = state.Leader,
        });
    }
}
