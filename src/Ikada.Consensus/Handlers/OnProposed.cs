namespace Ikada.Consensus.Handlers;

/// <summary>Clients' entries: appended by the leader, all or none, and sent on at once; its own disk writes
/// meanwhile (§5.3, diss. §10.2.1).</summary>
internal static class OnProposed
{
    public static void Handle(ConsensusState state, ReadOnlySpan<EntryHeader> entries)
    {
        var refusal = WhyNot(state);
        if (refusal != Refusal.None)
        {
            state.Effects.Add(new Effect
            {
                Kind = EffectKind.RefuseProposal, Refusal = refusal, Leader = state.Leader,
            });
            return;
        }

        var first = state.Log.Last.Index.Next;
        foreach (var entry in entries)
        {
            state.Log.Append(entry, state.Term);
        }

        var last = state.Log.Last.Index;
        state.Effects.Add(new Effect
        {
            Kind = EffectKind.AcceptProposal, First = first, Last = last, Term = state.Term,
        });
        state.Effects.Add(new Effect
        {
            Kind = EffectKind.AppendToLog, First = first, Last = last, Term = state.Term,
            Generation = state.Log.Generation,
        });
        state.Leadership.Replicate();
    }

    private static Refusal WhyNot(ConsensusState state)
    {
        if (state.Role != Role.Leader)
        {
            return state.Leader.IsNone ? Refusal.NoLeader : Refusal.NotLeader;
        }

        if (state.Leadership.Transfer.IsUnderWay)
        {
            return Refusal.Transferring;
        }

        return state.Log.BytesBetween(state.Commit, state.Log.Last.Index) > state.Options.UncommittedBytesMax
            ? Refusal.TooMuchUncommitted
            : Refusal.None;
    }
}
