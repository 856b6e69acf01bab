namespace Ikada.Simulation;

/// <summary>The sum of many runs.</summary>
public sealed class SimulationSummary
{
    /// <summary>How many runs ended.</summary>
    public int Seeds { get; private set; }

    /// <summary>How many runs went on at a time.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>How many found a violation.</summary>
    public int Violations { get; private set; }

    /// <summary>The virtual time of all.</summary>
    public TimeSpan VirtualTime { get; private set; }

    /// <summary>How long it took.</summary>
    public TimeSpan WallTime { get; set; }

    /// <summary>The numbers of all.</summary>
    public RunCounts Counts { get; } = new();

    /// <summary>Adds a run.</summary>
    public void Add(SimulationResult result)
    {
        Seeds++;
        Violations += result.Failure is null ? 0 : 1;
        VirtualTime += result.VirtualTime;
        Counts.Add(result.Counts);
    }
}
