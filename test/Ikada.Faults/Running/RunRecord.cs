using Ikada.Faults.Clients;

namespace Ikada.Faults.Running;

/// <summary>All that was recorded in a run.</summary>
/// <param name="Keys">Which keys there were.</param>
/// <param name="Operations">What clients did.</param>
/// <param name="Watches">What watchers were told.</param>
/// <param name="Faults">What was done to the servers.</param>
/// <param name="History">All changes as the servers have them in the end.</param>
internal sealed record RunRecord(
    KeyPlan Keys, IReadOnlyList<Recorded> Operations, IReadOnlyList<WatchRecord> Watches,
    IReadOnlyList<InjectedFault> Faults, IReadOnlyList<RecordedChange> History);
