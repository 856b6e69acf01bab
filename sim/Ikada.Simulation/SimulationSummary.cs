namespace Ikada.Simulation;

/// <summary>The sum of many runs.</summary>
public sealed class SimulationSummary
{
    private readonly SortedList<ulong, SimulationResult> _failed = [];

    /// <summary>How many runs ended.</summary>
    public int Seeds { get; private set; }

    /// <summary>How many runs went on at a time.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>How many found a violation.</summary>
    public int Violations => _failed.Count;

    /// <summary>The runs with a violation, the lowest seed first.</summary>
    public IList<SimulationResult> Failed => _failed.Values;

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
        VirtualTime += result.VirtualTime;
        Counts.Add(result.Counts);
        if (result.Failure is not null)
        {
            _failed.Add(result.Options.Seed, result);
        }
    }
}
