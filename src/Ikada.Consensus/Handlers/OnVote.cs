namespace Ikada.Consensus.Handlers;

/// <summary>RequestVote (§5.2, §5.4.1): at most one vote a term, first come first served, and only for a
/// log at least as up to date as the own.</summary>
internal static class OnVote
{
    public static void Handle(ConsensusState state, in Message message)
    {
        var granted = message.Term == state.Term
            && (state.Vote.IsNone || state.Vote == message.From)
            && state.Voting.MayGrant(message)
            && message.Position.IsAtLeastAsUpToDateAs(state.Log.Last);
        if (granted)
        {
            state.GrantVote(message.From);
            // Only a granted vote puts off the own candidacy (§5.2).
            state.Election.ResetDeadline();
        }

        // Leaves once the vote is durable.
        state.Outbox.Send(new Message
        {
            Type = MessageType.VoteReply,
            From = state.Self,
            To = message.From,
            Term = state.Term,
            Reject = !granted,
        });
    }
}
