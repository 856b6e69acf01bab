using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>Clients' entries: appended by the leader, all or none, and sent on at once; its own disk writes
/// meanwhile (§5.3, diss. §10.2.1).</summary>
internal static class OnProposed
{
    public static void Handle(ConsensusState state, ReadOnlySpan<EntryHeader> entries)
    {
        var refusal = WhyNot(state, entries);
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

    private static Refusal WhyNot(ConsensusState state, ReadOnlySpan<EntryHeader> entries)
    {
        if (state.Role != Role.Leader)
        {
            return state.Leader.IsNone ? Refusal.NoLeader : Refusal.NotLeader;
        }

        if (state.Leadership.Transfer.IsUnderWay)
        {
            return Refusal.Transferring;
        }

        if (!state.Space.CanTakeCommands() && HasCommand(entries))
        {
            return Refusal.NoSpace;
        }

        return IsTooMuch(state, entries) ? Refusal.TooMuchUncommitted : Refusal.None;
    }

    private static bool HasCommand(ReadOnlySpan<EntryHeader> entries)
    {
        foreach (var entry in entries)
        {
            if (entry.Kind == EntryKind.Command)
            {
                return true;
            }
        }

        return false;
    }

    // Without a majority nothing commits, and the log must not grow without bound. Where all is committed
    // anything is taken: what is larger than the bound could never be written otherwise.
    private static bool IsTooMuch(ConsensusState state, ReadOnlySpan<EntryHeader> entries)
    {
        var bytes = state.Log.BytesBetween(state.Commit, state.Log.Last.Index);
        if (bytes == 0)
        {
            return false;
        }

        foreach (var entry in entries)
        {
            bytes += entry.SizeBytes + LogEntry.OverheadBytes;
        }

        return bytes > state.Options.UncommittedBytesMax;
    }
}
