namespace Ikada.Consensus.Handlers;

/// <summary>"Would you vote for me?": answered as a vote would be, remembered by nobody (diss.
/// §9.6).</summary>
internal static class OnPreVote
{
    public static void Handle(ConsensusState state, in Message message)
    {
        var granted = message.Term > state.Term
            && !state.Voting.LeaderStandsAgainst(message)
            && state.Voting.MayGrant(message)
            && message.Position.IsAtLeastAsUpToDateAs(state.Log.Last);
        if (granted)
        {
            state.Election.YieldToPreCandidate();
        }

        state.Outbox.Send(new Message
        {
            Type = MessageType.PreVoteReply,
            From = state.Self,
            To = message.From,
            // A refusal carries our term: a candidate that is behind learns it here.
            Term = granted ? message.Term : state.Term,
            Reject = !granted,
        });
    }
}
