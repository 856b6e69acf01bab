using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>The leader lives, and what it verified here is committed (§5.2, §5.3).</summary>
internal static class OnHeartbeat
{
    public static void Handle(ConsensusState state, in Message message)
    {
        state.HearLeader(message.From);
        state.CommitTo(LogIndex.Min(message.Commit, state.Log.Last.Index));
        if (message.Round > 0)
        {
            state.Outbox.Send(new Message
            {
                Type = MessageType.HeartbeatReply,
                From = state.Self,
                To = message.From,
                Term = state.Term,
                Round = message.Round,
            });
        }
    }
}
