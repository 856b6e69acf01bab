using System.Globalization;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation;

/// <summary>What a run is made of: the same options give the same run, event by event.</summary>
public sealed record SimulationOptions
{
    /// <summary>The most nodes a simulated cluster has.</summary>
    public const int NodesMax = 9;

    /// <summary>Draws everything.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many nodes: 1 to 9. Default 5.</summary>
    public int Nodes { get; init; } = 5;

    /// <summary>How long faults strike, in virtual seconds; the healing comes after. Default 60.</summary>
    public int Seconds { get; init; } = 60;

    /// <summary>Which faults may strike. Default: all, of which the seed chooses.</summary>
    public FaultSet Faults { get; init; } = FaultSet.All;

    /// <summary>Within how many (minimum) election timeouts after the healing the cluster must have
    /// elected, served and
    /// converged. Default 40.</summary>
    public int LivenessTimeoutsMax { get; init; } = 40;

    /// <summary>Takes every event as a line; null: none are written.</summary>
    public TextWriter? Events { get; init; }

    /// <summary>Takes the consensus modules' events as NDJSON (docs/simulation/traces.md); null: none are
    /// written.</summary>
    public TextWriter? Trace { get; init; }

    /// <summary>Takes, at the end, what clients asked and were told, one JSON object a line
    /// (docs/simulation/histories.md); null: nothing is written.</summary>
    public TextWriter? History { get; init; }

    /// <summary>Returns what is wrong, naming option, value and range, or null.</summary>
    public string? Validate() =>
        Nodes is < 1 or > NodesMax ? $"--nodes is {Nodes}; it must be from 1 to {NodesMax}"
        : Seconds is < 1 or > 86_400 ? $"--seconds is {Seconds}; it must be from 1 to 86400"
        : LivenessTimeoutsMax < 1 ? $"LivenessTimeoutsMax is {LivenessTimeoutsMax}; it must be at least 1"
        : null;

    /// <summary>The command that repeats the run.</summary>
    public string ReplayCommand => string.Create(
        CultureInfo.InvariantCulture, $"ikada sim --seed {Seed} --nodes {Nodes} --seconds {Seconds} "
            + $"--faults {Faults}");
}
