namespace Ikada.Consensus.Handlers;

/// <summary>Somebody wants the membership or settings changed (§6, diss. §4).</summary>
internal static class OnMembershipProposed
{
    public static void Handle(ConsensusState state, MembershipChange change) =>
        throw new InvalidOperationException($"OnMembershipProposed in term {state.Term}");
}
