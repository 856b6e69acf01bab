using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>A term and vote became durable: what waited for it leaves, and a candidate's own vote
/// counts.</summary>
internal static class OnHardStateSaved
{
    public static void Handle(ConsensusState state, HardState saved)
    {
        state.Outbox.Saved(saved);
        if (state.Role == Role.Candidate && saved.Term == state.Term && saved.Vote == state.Self)
        {
            state.Election.Count(state.Self, granted: true);
        }
    }
}
