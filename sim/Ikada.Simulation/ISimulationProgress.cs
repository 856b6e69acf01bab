using Ikada.Simulation.Reducing;

namespace Ikada.Simulation;

/// <summary>Hears how far long work is; called by one thread at a time.</summary>
public interface ISimulationProgress
{
    /// <summary>One of many runs has ended; <paramref name="sum"/> is that of all so far.</summary>
    void Ran(SimulationSummary sum);

    /// <summary>Some smaller runs were tried.</summary>
    void Tried(ShrinkProgress progress);
}
