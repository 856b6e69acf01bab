using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>Somebody wants another node to lead (diss. §3.10).</summary>
internal static class OnTransferRequested
{
    public static void Handle(ConsensusState state, NodeId target) =>
        throw new InvalidOperationException($"OnTransferRequested in term {state.Term}");
}
