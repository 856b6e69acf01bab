using Ikada.Simulation.Faults;

namespace Ikada.Simulation;

/// <summary>What a run came to.</summary>
/// <param name="Options">What it was made of.</param>
/// <param name="EventHash">The hash of everything that happened: two runs of the same options have the
/// same.</param>
/// <param name="Counts">What happened, in numbers.</param>
/// <param name="ActiveFaults">Which faults the seed chose.</param>
/// <param name="Size">How large it was.</param>
/// <param name="Strikes">The strikes of faults that happened, in their order.</param>
/// <param name="VirtualTime">How long it lasted, in the cluster's time.</param>
/// <param name="Failure">The property that did not hold, or null.</param>
public sealed record SimulationResult(
    SimulationOptions Options,
    ulong EventHash,
    RunCounts Counts,
    FaultSet ActiveFaults,
    RunSize Size,
    IReadOnlyList<Strike> Strikes,
    TimeSpan VirtualTime,
    SimulationFailure? Failure);

/// <summary>How large a run was: <paramref name="Nodes"/> with the spare ones.</summary>
public readonly record struct RunSize(int Nodes, int Clients, int Keys);

/// <summary>A property that did not hold, told so that a person can follow it.</summary>
/// <param name="Property">Which.</param>
/// <param name="Description">What was found, with the numbers.</param>
/// <param name="At">When, in virtual time.</param>
/// <param name="LastEvents">The last events before, oldest first.</param>
/// <param name="ReplayCommand">The command that repeats the run.</param>
public sealed record SimulationFailure(
    string Property, string Description, TimeSpan At, IReadOnlyList<string> LastEvents, string ReplayCommand);
