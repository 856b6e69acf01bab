using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>Somebody wants another node to lead (diss. §3.10).</summary>
internal static class OnTransferRequested
{
    /// <summary>Asked for here. A node that does not lead passes the wish on and waits for its
    /// effect.</summary>
    public static void Handle(ConsensusState state, NodeId target)
    {
        var outcome = state.Role == Role.Leader
            ? state.Leadership.Transfer.Ask(target)
            : WhyNot(state, target);
        if (outcome != TransferOutcome.None)
        {
            state.Effects.Add(new Effect
            {
                Kind = EffectKind.EndTransfer, Transfer = outcome, Peer = target, Leader = state.Leader,
            });
        }
        else if (state.Role != Role.Leader)
        {
            state.Leadership.Transfer.Watch.PassOn(target);
        }
    }

    /// <summary>Asked for elsewhere. Whoever asked sees another leader, or gives up in time: there is no
    /// answer.</summary>
    public static void HandleForwarded(ConsensusState state, in Message message)
    {
        if (state.Role == Role.Leader)
        {
            _ = state.Leadership.Transfer.Ask(new NodeId(message.Sequence));
        }
    }

    private static TransferOutcome WhyNot(ConsensusState state, NodeId target) =>
        state.Leader.IsNone ? TransferOutcome.NotLeader
        : target == state.Leader ? TransferOutcome.AlreadyLeads
        : !target.IsNone && !state.Log.Membership.IsVoter(target) ? TransferOutcome.NotAVoter
        : TransferOutcome.None;
}
