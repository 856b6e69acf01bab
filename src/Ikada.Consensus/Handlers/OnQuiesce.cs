using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>The group goes to sleep, or is woken.</summary>
internal static class OnQuiesce
{
    public static void Handle(ConsensusState state, in Message message) =>
        throw new InvalidOperationException($"{message.Type} {state.Term}");

    public static void Wake(ConsensusState state, in Message message) =>
        throw new InvalidOperationException($"{message.Type} {state.Term}");

    public static void HostSilent(ConsensusState state, NodeId peer) =>
        throw new InvalidOperationException($"{peer} {state.Term}");
}
