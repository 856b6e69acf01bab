namespace Ikada.Simulation.Reducing;

/// <summary>How large a failing run is.</summary>
/// <param name="Faults">How many kinds of faults are on.</param>
/// <param name="Strikes">How often one struck.</param>
/// <param name="Nodes">Nodes that the group starts with.</param>
/// <param name="Clients">Clients.</param>
/// <param name="Keys">Keys they work on.</param>
/// <param name="Seconds">Virtual time up to the violation.</param>
/// <param name="Events">Events of the world up to the violation.</param>
public readonly record struct ShrinkSize(
    int Faults, int Strikes, int Nodes, int Clients, int Keys, double Seconds, long Events)
{
    /// <summary>The size of a run.</summary>
    public static ShrinkSize Of(SimulationResult result) => new(
        result.ActiveFaults.ToList().Count, result.Strikes.Count, result.Options.Nodes, result.Size.Clients,
        result.Size.Keys, result.VirtualTime.TotalSeconds, result.Counts.Events);
}

/// <summary>How far the shrinking is.</summary>
/// <param name="Step">What is being left out.</param>
/// <param name="Runs">How many runs were tried.</param>
/// <param name="Elapsed">Wall time.</param>
/// <param name="Size">The smallest failing run so far.</param>
public readonly record struct ShrinkProgress(string Step, int Runs, TimeSpan Elapsed, ShrinkSize Size);
