using System.Globalization;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation;

/// <summary>The arguments of <c>ikada sim</c>, as written.</summary>
public sealed record SimArguments
{
    /// <summary>The first seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many seeds, from the first on; null: one, or, with <see cref="For"/>, as many as the time
    /// allows.</summary>
    public int? Seeds { get; init; }

    /// <summary>Begin no seed after so many seconds of wall time; null: there is no limit.</summary>
    public int? For { get; init; }

    /// <summary>Whether to go on to the other seeds after a violation.</summary>
    public bool KeepGoing { get; init; }

    /// <summary>How many runs at a time; 0: as many as there are cores.</summary>
    public int Jobs { get; init; }

    /// <summary>How many nodes; with many seeds also several numbers with commas between, taken in
    /// turn.</summary>
    public string Nodes { get; init; } = "5";

    /// <summary>How many virtual seconds with faults.</summary>
    public int Seconds { get; init; } = 60;

    /// <summary><c>all</c>, <c>none</c> or a comma list.</summary>
    public string Faults { get; init; } = "all";

    /// <summary>Whether to write every event (one seed only).</summary>
    public bool Events { get; init; }

    /// <summary>Where to write the consensus modules' events as NDJSON (one seed only); null:
    /// nowhere.</summary>
    public string? Trace { get; init; }

    /// <summary>Where to write what clients asked and were told (one seed only); null: nowhere.</summary>
    public string? History { get; init; }

    /// <summary>Whether these may be many runs.</summary>
    internal bool AreMany => Seeds is > 1 || For is not null;

    /// <summary>Returns what is wrong, naming option, value and remedy; null: <paramref name="options"/> are
    /// those of the first run, <paramref name="nodes"/> its numbers of nodes.</summary>
    internal string? Read(out SimulationOptions options, out int[] nodes)
    {
        options = new SimulationOptions { Seed = Seed, Seconds = Seconds };
        if (!FaultSet.TryParse(Faults, out var faults, out var error))
        {
            nodes = [];
            return $"--faults: {error}";
        }

        if (!TryReadNodes(out nodes))
        {
            return $"--nodes is '{Nodes}'; it must be a number, or several with commas between";
        }

        options = options with { Faults = faults, Nodes = nodes[0] };
        foreach (var count in nodes)
        {
            if ((options with { Nodes = count }).Validate() is { } wrong)
            {
                return wrong;
            }
        }

        return Seeds < 1 ? $"--seeds is {Seeds}; it must be at least 1"
            : For < 1 ? $"--for is {For}; it must be at least 1 second"
            : Jobs is < 0 or > 1024
                ? $"--jobs is {Jobs}; it must be from 1 to 1024, or 0 for one per core"
            : AreMany && Events ? "--events goes with one seed, without --seeds and --for"
            : AreMany && History is not null ? "--history goes with one seed, without --seeds and --for"
            : AreMany && Trace is not null ? "--trace goes with one seed, without --seeds and --for"
            : !AreMany && nodes.Length > 1
                ? $"--nodes is '{Nodes}'; several numbers go with --seeds or --for"
            : null;
    }

    private bool TryReadNodes(out int[] nodes)
    {
        var parts = Nodes.Split(',', StringSplitOptions.TrimEntries);
        nodes = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(
                parts[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out nodes[i]))
            {
                return false;
            }
        }

        return true;
    }
}
