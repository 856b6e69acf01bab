using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>Time has passed: heartbeats and check-quorum of a leader, the election timeout of the others
/// (§5.2).</summary>
internal static class OnTick
{
    public static void Handle(ConsensusState state)
    {
        if (state.Quiescence.IsAsleep)
        {
            return;
        }

        if (state.Role != Role.Leader)
        {
            if (state.Now >= state.ElectionDeadline)
            {
                state.Election.StartPreVote();
            }

            return;
        }

        if (state.Now < state.Leadership.Rounds.Deadline)
        {
            return;
        }

        if (!state.Leadership.Rounds.HearsQuorum())
        {
            // It could commit nothing, and clients should look elsewhere (check-quorum, diss. §6.2).
            state.BecomeFollower(state.Term, NodeId.None);
            return;
        }

        if (!state.Quiescence.TryFallAsleep())
        {
            state.Leadership.Rounds.Start();
        }
    }
}
