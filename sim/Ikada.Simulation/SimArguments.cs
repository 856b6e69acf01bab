using System.Globalization;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Time;
using Ikada.Simulation.Workloads;

namespace Ikada.Simulation;

/// <summary>The arguments of <c>ikada sim</c>, as written.</summary>
public sealed record SimArguments
{
    /// <summary>For <see cref="Events"/>: they are written with the report.</summary>
    public const string ToOutput = "";

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

    /// <summary>The only strikes that happen; null: all.</summary>
    public string? Only { get; init; }

    /// <summary>Strikes that do not happen; null: none.</summary>
    public string? Skip { get; init; }

    /// <summary>How many clients; null: the seed draws it.</summary>
    public int? Clients { get; init; }

    /// <summary>How many keys; null: the seed draws it.</summary>
    public int? Keys { get; init; }

    /// <summary><c>keys</c> or <c>sessions</c>; null: the seed draws it.</summary>
    public string? Workload { get; init; }

    /// <summary><c>on</c>: the group sleeps when nothing happens, and clients rest now and then; <c>off</c>;
    /// null: the seed draws it.</summary>
    public string? Sleep { get; init; }

    /// <summary>When clients ask, in virtual milliseconds, <c>from-to</c>; null: always.</summary>
    public string? Ask { get; init; }

    /// <summary>When links treat single frames badly, in virtual milliseconds, <c>from-to</c>; null:
    /// always.</summary>
    public string? Frames { get; init; }

    /// <summary>To which file to write every event for people (one seed only); <see cref="ToOutput"/>: with
    /// the report; null: nowhere.</summary>
    public string? Events { get; init; }

    /// <summary>To which file to write every event, and what the consensus modules do, as NDJSON (one seed
    /// only); null: nowhere.</summary>
    public string? Trace { get; init; }

    /// <summary>Where to write what clients asked and were told (one seed only); null: nowhere.</summary>
    public string? History { get; init; }

    /// <summary>Whether to print docs/simulation/coverage.md and run nothing.</summary>
    public bool Coverage { get; init; }

    /// <summary>Whether runs fail that never came by something that a long run must come by (many seeds, all
    /// faults).</summary>
    public bool RequireCoverage { get; init; }

    /// <summary>To which file to write the run down, for <c>ikada sim replay</c>; null: only a failing one,
    /// to a place that is told.</summary>
    public string? Record { get; init; }

    /// <summary>Whether to reduce a failing run to a small one.</summary>
    public bool Shrink { get; init; }

    /// <summary>How many seconds of real time that may take.</summary>
    public int ShrinkSeconds { get; init; } = 60;

    /// <summary>Whether these may be many runs.</summary>
    public bool AreMany => Seeds is > 1 || For is not null;

    /// <summary>As <see cref="SimulationOptions.LivenessTimeoutsMax"/>: so few that runs fail. For
    /// tests.</summary>
    internal int? LivenessTimeoutsMax { get; init; }

    /// <summary>Returns what is wrong, naming option, value and remedy; null: <paramref name="options"/> are
    /// those of the first run, <paramref name="nodes"/> its numbers of nodes.</summary>
    internal string? Read(out SimulationOptions options, out int[] nodes)
    {
        options = new SimulationOptions { Seed = Seed, Seconds = Seconds, Clients = Clients, Keys = Keys };
        if (LivenessTimeoutsMax is { } most)
        {
            options = options with { LivenessTimeoutsMax = most };
        }

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
        if ((ReadKind(ref options) ?? ReadReductions(ref options)) is { } bad)
        {
            return bad;
        }

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
            : AreMany && Events is not null ? "--events goes with one seed, without --seeds and --for"
            : AreMany && History is not null ? "--history goes with one seed, without --seeds and --for"
            : History is not null && DrawnWorkload.KindOf(options) != WorkloadKind.Keys
                ? $"--history goes with --workload keys; seed {Seed} has another workload"
            : AreMany && Trace is not null ? "--trace goes with one seed, without --seeds and --for"
            : RequireCoverage && (!AreMany || Faults != "all")
                ? "--require-coverage goes with --seeds or --for, and with --faults all"
            : ShrinkSeconds is < 1 or > 86_400
                ? $"--shrink-seconds is {ShrinkSeconds}; it must be from 1 to 86400"
            : !AreMany && nodes.Length > 1
                ? $"--nodes is '{Nodes}'; several numbers go with --seeds or --for"
            : null;
    }

    private string? ReadKind(ref SimulationOptions options)
    {
        if (!TryReadWorkload(out var workload))
        {
            return $"--workload is '{Workload}'; it must be keys, sessions or store";
        }

        options = options with { Workload = workload, Sleeps = Sleep is null ? null : Sleep == "on" };
        return Sleep is null or "on" or "off" ? null : $"--sleep is '{Sleep}'; it must be on or off";
    }

    private string? ReadReductions(ref SimulationOptions options)
    {
        if (TryReadStrikes(Only, out var only) is { } wrongOnly)
        {
            return $"--only: {wrongOnly}";
        }

        if (TryReadStrikes(Skip, out var skip) is { } wrongSkip)
        {
            return $"--skip: {wrongSkip}";
        }

        if (!TryReadWindow(Ask, out var asking))
        {
            return $"--ask is '{Ask}'; it must be from-to in virtual milliseconds";
        }

        if (!TryReadWindow(Frames, out var frames))
        {
            return $"--frames is '{Frames}'; it must be from-to in virtual milliseconds";
        }

        options = options with { Only = only, Skip = skip, Asking = asking, Frames = frames };
        return null;
    }

    private static string? TryReadStrikes(string? text, out StrikeList? list)
    {
        list = null;
        if (text is null)
        {
            return null;
        }

        list = StrikeList.Parse(text, out var error);
        return list is null ? error : null;
    }

    private static bool TryReadWindow(string? text, out TimeWindow window)
    {
        window = TimeWindow.Always;
        return text is null || TimeWindow.TryParse(text, out window);
    }

    /// <summary>A workload as it is written.</summary>
    internal static string NameOf(WorkloadKind kind) => kind.ToString().ToLowerInvariant();

    private bool TryReadWorkload(out WorkloadKind? workload)
    {
        workload = Workload switch
        {
            "keys" => WorkloadKind.Keys,
            "sessions" => WorkloadKind.Sessions,
            "store" => WorkloadKind.Store,
            _ => null,
        };
        return Workload is null || workload is not null;
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
