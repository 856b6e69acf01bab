namespace Ikada.Consensus.Handlers;

/// <summary>A linearizable read (diss. §6.4); only the leader can give the index.</summary>
internal static class OnReadRequested
{
    public static void Handle(ConsensusState state, ulong readId, bool withoutLease)
    {
        if (state.Role == Role.Leader)
        {
            state.Leadership.Reads.Add(readId, withoutLease);
            return;
        }

        state.Effects.Add(new Effect
        {
            Kind = EffectKind.RefuseRead,
            ReadId = readId,
            Refusal = state.Leader.IsNone ? Refusal.NoLeader : Refusal.NotLeader,
            Leader = state.Leader,
        });
    }
}
