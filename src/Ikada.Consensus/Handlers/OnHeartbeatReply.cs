namespace Ikada.Consensus.Handlers;

/// <summary>A follower answered a round: reads may go, and what was lost on the way is found.</summary>
internal static class OnHeartbeatReply
{
    public static void Handle(ConsensusState state, in Message message)
    {
        if (message.Has(MessageFlags.LostLog))
        {
            OnLostLog.Handle(state, message);
            return;
        }

        if (state.Role != Role.Leader || message.Reject
            || state.Leadership.Find(message.From) is not { HasLostLog: false } peer)
        {
            return;
        }

        if (message.Has(MessageFlags.Lease))
        {
            state.Lease.Granted(peer, message.Round);
        }

        if (message.Round > peer.AckedRound)
        {
            peer.AckedRound = message.Round;
            state.Leadership.Reads.RoundsConfirmed();
        }

        state.Space.Told(peer, message);
        state.Leadership.Replication.HeartbeatAnswered(peer);
    }
}
