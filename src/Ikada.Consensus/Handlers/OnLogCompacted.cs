using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>The host compacted the log (§7).</summary>
internal static class OnLogCompacted
{
    public static void Handle(ConsensusState state, LogPosition newBase, Membership membership) =>
        throw new InvalidOperationException($"OnLogCompacted in term {state.Term}");
}
