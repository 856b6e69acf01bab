namespace Ikada.Consensus.Handlers;

/// <summary>
/// The lost-data alarm (DESIGN §3): a follower's log has lost entries that it acknowledged in this term. It
/// says so in every answer, and for the rest of this leadership it is nobody: it counts for no commit, no
/// quorum and no read, and is sent no entries, since one that is quietly fed again would count as if it had
/// never forgotten.
/// </summary>
internal static class OnLostLog
{
    /// <summary>Follower, or a node whose hard state is lost: answers a leader.</summary>
    public static void Answer(ConsensusState state, in Message message) => state.Outbox.Send(new Message
    {
        Type = message.Type == MessageType.Heartbeat ? MessageType.HeartbeatReply : MessageType.AppendReply,
        From = state.Self, To = message.From, Term = state.Term,
        Flags = MessageFlags.Reject | MessageFlags.LostLog,
    });

    /// <summary>Leader: takes such an answer.</summary>
    public static void Handle(ConsensusState state, in Message message)
    {
        if (state.Leadership.Find(message.From) is { HasLostLog: false } peer)
        {
            state.Leadership.Replication.Forget(peer);
            peer.HasLostLog = true;
            state.Effects.Observe(Fact.PeerLostLog, message.From);
        }
    }
}
