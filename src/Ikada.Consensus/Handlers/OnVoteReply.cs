namespace Ikada.Consensus.Handlers;

/// <summary>Answers to the campaign under way; those of another one are ignored.</summary>
internal static class OnVoteReply
{
    public static void Handle(ConsensusState state, in Message message)
    {
        if (state.Role == Role.Candidate && message.Term == state.Term)
        {
            state.Election.Count(message.From, !message.Reject);
        }
    }

    public static void HandlePreVote(ConsensusState state, in Message message)
    {
        // A grant names the term we would have; a refusal the voter's own, which is ours or lower here.
        var answersThisTerm = message.Reject || message.Term == state.Term.Next;
        if (state.Role == Role.PreCandidate && answersThisTerm)
        {
            state.Election.Count(message.From, !message.Reject);
        }
    }
}
