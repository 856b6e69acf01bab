using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Server;

/// <summary>What Status says of states that differ between members.</summary>
internal static class StateErrors
{
    public static IEnumerable<string> Of(ReplicaStatus status)
    {
        if (status.IsQuarantined)
        {
            yield return status.StatesDifferAt == LogIndex.Zero
                ? "ikada: quarantined: the state differs from the majority's since before this start; it is "
                    + "being rebuilt"
                : "ikada: quarantined: the state differs from the majority's, first after index "
                    + $"{status.StatesAgreedAt} and up to {status.StatesDifferAt}; it is being rebuilt";
        }

        if (status.StatesDisputedAt != LogIndex.Zero)
        {
            yield return $"ikada: no majority holds one state at index {status.StatesDisputedAt}";
        }

        if (status.IsStateUnreadable)
        {
            yield return "ikada: what is stored cannot be read whole, and no other voter has it";
        }

        if (status.OddMembers > 0)
        {
            yield return $"ikada: {status.OddMembers} members hold another state than the majority";
        }
    }
}
