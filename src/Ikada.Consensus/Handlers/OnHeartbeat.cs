namespace Ikada.Consensus.Handlers;

/// <summary>The leader lives, and what it verified here is committed (§5.2, §5.3). It may ask for a promise
/// (diss. §6.4.1).</summary>
internal static class OnHeartbeat
{
    public static void Handle(ConsensusState state, in Message message)
    {
        state.HearLeader(message.From);
        if (!state.Damage.Trusts(message))
        {
            OnLostLog.Answer(state, message);
            return;
        }

        state.CommitTo(state.Damage.CommitTold(message));
        if (message.Round == 0)
        {
            return;
        }

        var promises = message.Has(MessageFlags.Lease) && state.Lease.TryPromise(message.Sequence);
        state.Outbox.Send(new Message
        {
            Type = MessageType.HeartbeatReply,
            From = state.Self,
            To = message.From,
            Term = state.Term,
            Round = message.Round,
            Flags = (promises ? MessageFlags.Lease : MessageFlags.None) | state.Space.Flags,
        });
    }
}
