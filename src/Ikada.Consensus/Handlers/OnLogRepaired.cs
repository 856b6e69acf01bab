using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>Damaged entries are whole again, on disk.</summary>
internal static class OnLogRepaired
{
    public static void Handle(ConsensusState state, LogIndex first, LogIndex last) =>
        state.Damage.Replaced(first, last);
}
