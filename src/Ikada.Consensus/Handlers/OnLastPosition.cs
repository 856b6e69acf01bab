using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>A node that may have lost the end of its log asks for last positions, or is told one:
/// <see cref="LogDoubt"/>.</summary>
internal static class OnLastPosition
{
    /// <summary>Answers anybody. Who hears no leader takes the term that the answer is to be given in, so
    /// that it counts: from then on this node takes nothing of an older term, as if it had been asked for a
    /// vote.</summary>
    public static void Asked(ConsensusState state, in Message message)
    {
        if (message.Term > state.Term && !state.Voting.LeaderStandsAgainst(message))
        {
            state.BecomeFollower(message.Term, NodeId.None);
        }

        if (state.Leadership.Find(message.From) is { } peer && message.Position.Index < peer.Match)
        {
            // It has lost what it had acknowledged, and knows that it may have.
            peer.StartOver(message.Position.Index.Next, state.Now);
            state.Leadership.Replication.Replicate(peer);
        }

        var flags = state.Damage.IsUnsure || state.Damage.IsTreatedAsWiped ? MessageFlags.Unsure : default;
        state.Outbox.Send(new Message
        {
            Type = MessageType.LastPositionReply, From = state.Self, To = message.From, Term = state.Term,
            Position = state.Damage.Doubt.LastEver, Commit = state.Commit, End = state.Log.MembershipIndex,
            Round = state.Log.Base.Index.Value, Sequence = state.Log.Base.Term.Value,
            Flags = state.Role == Role.Leader ? MessageFlags.Leads : flags,
        });
    }

    public static void Told(ConsensusState state, in Message message) => state.Damage.Doubt.Told(message);
}
