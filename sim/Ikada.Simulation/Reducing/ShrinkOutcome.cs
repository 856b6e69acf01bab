namespace Ikada.Simulation.Reducing;

/// <summary>What the shrinking came to.</summary>
/// <param name="Found">The failing run as it was found.</param>
/// <param name="Smallest">The smallest one that violates the same property.</param>
/// <param name="Runs">How many runs were tried.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record ShrinkOutcome(
    SimulationResult Found, SimulationResult Smallest, int Runs, TimeSpan Elapsed);
