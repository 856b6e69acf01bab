using System.Globalization;
using System.Text;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;

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

    /// <summary>The only strikes of the schedule that happen; null: all.</summary>
    public StrikeList? Only { get; init; }

    /// <summary>The strikes of the schedule that do not happen; null: all happen.</summary>
    public StrikeList? Skip { get; init; }

    /// <summary>How many clients: 1 to 1000; null: the seed draws it.</summary>
    public int? Clients { get; init; }

    /// <summary>On how many keys the clients work: 1 to 100; null: the seed draws it. Without effect where
    /// there are no keys.</summary>
    public int? Keys { get; init; }

    /// <summary>What the nodes replicate; null: the seed draws it, sessions in one of seven.</summary>
    public WorkloadKind? Workload { get; init; }

    /// <summary>Whether the group goes to sleep when nothing happens, and clients rest now and then; null:
    /// the seed draws it, one in six.</summary>
    public bool? Sleeps { get; init; }

    /// <summary>When clients ask, until all heals. Default: always.</summary>
    public TimeWindow Asking { get; init; } = TimeWindow.Always;

    /// <summary>When links treat single frames badly. Default: always.</summary>
    public TimeWindow Frames { get; init; } = TimeWindow.Always;

    /// <summary>Within how many (minimum) election timeouts after the healing the cluster must have
    /// elected, served and
    /// converged. Default 40.</summary>
    public int LivenessTimeoutsMax { get; init; } = 40;

    /// <summary>Takes every event as a line; null: none are written.</summary>
    public TextWriter? Events { get; init; }

    /// <summary>Takes every event, and what the consensus modules do, as NDJSON (docs/simulation/traces.md);
    /// null: nothing is written.</summary>
    public TextWriter? Trace { get; init; }

    /// <summary>Takes, at the end, what clients asked and were told, one JSON object a line
    /// (docs/simulation/histories.md); null: nothing is written.</summary>
    public TextWriter? History { get; init; }

    /// <summary>Told of every event and of the hash of the history up to it.</summary>
    internal Action<TraceEntry, ulong>? Recorder { get; init; }

    /// <summary>Nobody wants a run that has more events of the world.</summary>
    internal long EventsMax { get; init; } = long.MaxValue;

    /// <summary>Returns what is wrong, naming option, value and range, or null.</summary>
    public string? Validate() =>
        Nodes is < 1 or > NodesMax ? $"--nodes is {Nodes}; it must be from 1 to {NodesMax}"
        : Seconds is < 1 or > 86_400 ? $"--seconds is {Seconds}; it must be from 1 to 86400"
        : Clients is < 1 or > 1000 ? $"--clients is {Clients}; it must be from 1 to 1000"
        : Keys is < 1 or > 100 ? $"--keys is {Keys}; it must be from 1 to 100"
        : LivenessTimeoutsMax < 1 ? $"LivenessTimeoutsMax is {LivenessTimeoutsMax}; it must be at least 1"
        : null;

    /// <summary>The command that repeats the run.</summary>
    public string ReplayCommand => $"ikada sim {Arguments}";

    /// <summary>These options as they are written on the command line.</summary>
    public string Arguments
    {
        get
        {
            var text = new StringBuilder();
            text.Append(
                CultureInfo.InvariantCulture,
                $"--seed {Seed} --nodes {Nodes} --seconds {Seconds} --faults {Faults}");
            Append(text, "--only", Only);
            Append(text, "--skip", Skip);
            Append(text, "--clients", Clients);
            Append(text, "--keys", Keys);
            Append(text, "--workload", Workload is { } kind ? SimArguments.NameOf(kind) : null);
            Append(text, "--sleep", Sleeps is { } sleeps ? (sleeps ? "on" : "off") : null);
            Append(text, "--ask", Asking == TimeWindow.Always ? null : Asking);
            Append(text, "--frames", Frames == TimeWindow.Always ? null : Frames);
            return text.ToString();
        }
    }

    private static void Append(StringBuilder text, string name, object? value)
    {
        if (value is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $" {name} {value}");
        }
    }
}
