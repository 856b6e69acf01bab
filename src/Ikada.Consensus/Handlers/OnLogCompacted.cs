using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>The host compacted the log: what the snapshot (or the durable applied state) covers is forgotten
/// here too (§7).</summary>
internal static class OnLogCompacted
{
    public static void Handle(ConsensusState state, LogPosition newBase, Membership membership)
    {
        if (newBase.Index <= state.Log.Base.Index)
        {
            // Two snapshots ended in the other order, or one was installed meanwhile.
            return;
        }

        Invariant.Check(
            newBase.Index <= state.Commit, $"compacted to {newBase}, committed is only {state.Commit}");
        Invariant.Check(
            newBase.Index <= state.Durable, $"compacted to {newBase}, durable is only {state.Durable}");
        Invariant.Check(
            Same(membership, state.Log.MembershipAt(newBase.Index)),
            $"the membership given for {newBase} is not the one that was in force there");
        state.Log.CompactTo(newBase, membership);
    }

    private static bool Same(Membership given, Membership own) =>
        ReferenceEquals(given, own) || given.Encode().AsSpan().SequenceEqual(own.Encode());
}
