using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>The group goes to sleep, or is woken. The waking itself is done before any input is handled:
/// <see cref="Quiescence.Before"/>.</summary>
internal static class OnQuiesce
{
    /// <summary>The leader goes to sleep and wants this member to.</summary>
    public static void Handle(ConsensusState state, in Message message)
    {
        state.HearLeader(message.From);
        state.Quiescence.Asked(message.From, message.Commit);
    }

    /// <summary>A member needs the leader awake. If it slept it has begun a round; if it does not lead any
    /// more, the asker finds out in time.</summary>
    public static void Wake(ConsensusState state, in Message message) => Invariant.Check(
        state.Role != Role.Leader || !state.Quiescence.IsAsleep,
        $"the leader of term {state.Term} sleeps on after {message.From} woke it");

    /// <summary>The process of the leader has not been heard for an election timeout: ask the others, not all
    /// groups at the same moment.</summary>
    public static void HostSilent(ConsensusState state, NodeId peer)
    {
        if (state.Role == Role.Follower && state.Leader == peer && !peer.IsNone)
        {
            state.DoubtLeader();
            state.Election.HurryAfterLoss(peer);
        }
    }
}
