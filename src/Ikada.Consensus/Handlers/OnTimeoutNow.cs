namespace Ikada.Consensus.Handlers;

/// <summary>The leader wants this node to take over (diss. §3.10).</summary>
internal static class OnTimeoutNow
{
    public static void Handle(ConsensusState state, in Message message) =>
        throw new InvalidOperationException($"OnTimeoutNow in term {state.Term}");
}
