using System.Diagnostics;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>Puts inputs through the core and carries out what it asks for, in order.</summary>
internal sealed class Stepper(ReplicaParts parts, ICoreObserver? observer)
{
    /// <summary>One input through the core, and all that follows from it.</summary>
    public void Step(
        in Input input,
        ReadOnlySpan<LogEntry> received = default,
        Proposal[]? proposals = null,
        ForwardedBatch? forwarded = null)
    {
        StepOnce(input, received, proposals, forwarded);
        Follow(input.Now);
    }

    /// <summary>Takes the inputs that follow from what was done.</summary>
    public void Follow(Instant now)
    {
        while (parts.Next.TryTake(out var next))
        {
            StepOnce(next.At(now), default, null, null);
        }
    }

    private void StepOnce(
        in Input input, ReadOnlySpan<LogEntry> received, Proposal[]? proposals, ForwardedBatch? forwarded)
    {
        parts.Core.Step(input);
        observer?.Stepped(input, parts.Core);
        foreach (ref readonly var effect in parts.Core.Effects)
        {
            Carry(effect, input.Now, received, proposals, forwarded);
        }

        parts.Repair.After();
        parts.Apply.Pump();
    }

    private void Carry(
        in Effect effect, Instant now, ReadOnlySpan<LogEntry> received, Proposal[]? proposals,
        ForwardedBatch? forwarded)
    {
        switch (effect.Kind)
        {
            case EffectKind.SaveHardState:
                parts.Log.SaveHardState(effect.Term, effect.Vote);
                break;
            case EffectKind.TruncateLog:
                parts.Log.Truncate(effect.First);
                break;
            case EffectKind.AppendToLog when received.IsEmpty || effect.Membership is not null:
                parts.Own.Append(effect, proposals, forwarded);
                break;
            case EffectKind.AppendToLog:
                // A full log takes only the first ones.
                var count = (int)(effect.Last - effect.First) + 1;
                parts.Log.Append(received.Slice(effect.Skip, count), effect.Generation);
                break;
            case EffectKind.RepairLog:
                parts.Repair.Replace(effect, received);
                break;
            case EffectKind.Send:
                SendOut(effect);
                break;
            case EffectKind.Commit:
                // Only what is durable here: a commit index ahead of the log on disk would be damage at the
                // next start.
                parts.Log.NoteCommit(LogIndex.Min(effect.Last, parts.Core.Durable));
                break;
            case EffectKind.AcceptProposal:
                parts.Own.Accept(effect, proposals, forwarded);
                break;
            case EffectKind.RefuseProposal:
                parts.Own.Refuse(effect, proposals, forwarded);
                break;
            default:
                CarryRare(effect, now);
                break;
        }
    }

    private void CarryRare(in Effect effect, Instant now)
    {
        switch (effect.Kind)
        {
            case EffectKind.AnswerRead:
                AnswerRead(effect);
                break;
            case EffectKind.RefuseRead:
                RefuseRead(effect);
                break;
            case EffectKind.ObserveRole:
                parts.Writes.RoleChanged(parts.Core);
                parts.Divergence.RoleChanged();
                parts.Scrub.RoleChanged();
                parts.Forwarding.GiveUp(NodeId.None);
                parts.Ports.ObserveRole(effect.Role, effect.Term, effect.Leader);
                break;
            case EffectKind.Observe:
                parts.Ports.Observe(effect.Fact, effect.Peer);
                break;
            case EffectKind.EndTransfer:
                parts.Transfers.End(effect, parts.Core.Leader);
                break;
            case EffectKind.SendSnapshot or EffectKind.AbortSnapshot or EffectKind.InstallSnapshot
                or EffectKind.DropSnapshot:
                parts.Snapshots.Carry(effect, now);
                break;
            default:
                throw new UnreachableException($"effect of kind {effect.Kind}");
        }
    }

    private void AnswerRead(in Effect effect)
    {
        if (!parts.Forwarding.TryAnswerOther(effect.ReadId, effect.Last, reject: false))
        {
            parts.Reads.Confirm(effect.ReadId, effect.Last, parts.Apply.Applied, effect.ExpiresAt);
        }
    }

    private void RefuseRead(in Effect effect)
    {
        if (!parts.Forwarding.TryAnswerOther(effect.ReadId, default, reject: true))
        {
            parts.Reads.Refuse(effect.ReadId, effect.Refusal, effect.Leader);
        }
    }

    private void SendOut(in Effect effect)
    {
        if (effect.Message.Type == MessageType.EntryReply)
        {
            parts.Repair.Supply(effect.Message, effect.LastTerm);
        }
        else if (effect.Message.Type == MessageType.HeartbeatReply)
        {
            _ = parts.Ports.Send(parts.Divergence.WithHash(effect.Message), default);
        }
        else if (effect.Message.Type != MessageType.Append)
        {
            _ = parts.Ports.Send(effect.Message, default);
        }
        else if (!parts.Sender.Send(effect.Message, effect.LastTerm))
        {
            parts.Next.Dropped(effect.Message.To);
        }
    }
}
