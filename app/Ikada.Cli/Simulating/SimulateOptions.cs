using System.CommandLine;
using Ikada.Simulation;

namespace Ikada.Cli.Simulating;

/// <summary>The options of <c>sim</c>.</summary>
internal sealed class SimulateOptions
{
    private static readonly SimArguments ByDefault = new();

    private readonly Option<ulong> _seed = Number("--seed", "The first seed.", ByDefault.Seed);
    private readonly Option<int?> _seeds = Optional(
        "--seeds", "How many seeds, from the first on; one, or with --for as many as the time allows.");

    private readonly Option<int?> _for = Optional(
        "--for", "Begin no further seed after N seconds of real time.", "SECONDS");

    private readonly Option<bool> _keepGoing =
        Flag("--keep-going", "After a violation, run the other seeds too.");

    private readonly Option<int> _jobs =
        Number("--jobs", "How many runs at a time; 0: one per core.", ByDefault.Jobs);

    private readonly Option<string> _nodes = Text(
        "--nodes", "How many nodes; with many seeds several numbers, taken in turn.", "N,…", ByDefault.Nodes);

    private readonly Option<int> _seconds =
        Number("--seconds", "How many virtual seconds with faults.", ByDefault.Seconds);

    private readonly Option<string> _faults =
        Text("--faults", "all, none, or a list with commas between.", "LIST", ByDefault.Faults);

    private readonly Option<bool> _events = Flag("--events", "Write every event (with one seed).");
    private readonly Option<string?> _trace = new("--trace")
    {
        Description = "Write what the consensus modules do as NDJSON, one event a line (with one seed).",
        HelpName = "FILE",
    };

    private readonly Option<string?> _history = new("--history")
    {
        Description = "Write what clients asked and were told, for 'histories check' (with one seed).",
        HelpName = "FILE",
    };

    public void AddTo(Command command)
    {
        Option[] all =
        [
            _seed, _seeds, _for, _keepGoing, _jobs, _nodes, _seconds, _faults, _events, _trace, _history,
        ];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }
    }

    public SimArguments Read(ParseResult parsed) => new()
    {
        Seed = parsed.GetValue(_seed),
        Seeds = parsed.GetValue(_seeds),
        For = parsed.GetValue(_for),
        KeepGoing = parsed.GetValue(_keepGoing),
        Jobs = parsed.GetValue(_jobs),
        Nodes = parsed.GetValue(_nodes)!,
        Seconds = parsed.GetValue(_seconds),
        Faults = parsed.GetValue(_faults)!,
        Events = parsed.GetValue(_events),
        Trace = parsed.GetValue(_trace),
        History = parsed.GetValue(_history),
    };

    private static Option<T> Number<T>(string name, string description, T byDefault) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => byDefault,
    };

    private static Option<int?> Optional(string name, string description, string value = "N") => new(name)
    {
        Description = description,
        HelpName = value,
    };

    private static Option<string> Text(string name, string description, string value, string byDefault) =>
        new(name)
        {
            Description = description,
            HelpName = value,
            DefaultValueFactory = _ => byDefault,
        };

    private static Option<bool> Flag(string name, string description) => new(name)
    {
        Description = description,
    };
}
