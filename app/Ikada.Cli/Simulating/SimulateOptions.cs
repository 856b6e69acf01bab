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

    private readonly Option<string?> _nodes = Text(
        "--nodes", "How many nodes; with many seeds several numbers, taken in turn.", "N,…", ByDefault.Nodes);

    private readonly Option<int> _seconds =
        Number("--seconds", "How many virtual seconds with faults.", ByDefault.Seconds);

    private readonly Option<string?> _faults =
        Text("--faults", "all, none, or a list with commas between.", "LIST", ByDefault.Faults);

    private readonly Option<string?> _only =
        Text("--only", "The only strikes of faults that happen, e.g. crash:2,pause:3-5,reset.", "LIST");

    private readonly Option<string?> _skip = Text("--skip", "Strikes of faults that do not happen.", "LIST");
    private readonly Option<int?> _clients =
        Optional("--clients", "How many clients; else the seed draws it.");

    private readonly Option<int?> _keys = Optional("--keys", "How many keys; else the seed draws it.");
    private readonly Option<string?> _workload = Text(
        "--workload",
        "keys, sessions: clients send again what was not answered, or store: transactions, leases, watches; "
            + "else the seed draws it.",
        "NAME");

    private readonly Option<string?> _sleep = Text(
        "--sleep", "on: the group sleeps when nothing happens, clients rest; off; else the seed draws it.",
        "ON");

    private readonly Option<string?> _ask =
        Text("--ask", "Clients ask only from then to then, in virtual milliseconds.", "FROM-TO");

    private readonly Option<string?> _frames = Text(
        "--frames", "Links lose, delay, … single frames only from then to then, in virtual milliseconds.",
        "FROM-TO");

    private readonly Option<string?> _events = new("--events")
    {
        Description = "Write every event as a line, to a file or with the report (with one seed).",
        HelpName = "FILE",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _history = Text(
        "--history", "Write what clients asked and were told for 'histories check' (with one seed).", "FILE");

    private readonly Option<bool> _coverage = Flag(
        "--coverage", "Print what the simulator injects and must come by, and run nothing.");

    private readonly Option<bool> _requireCoverage = Flag(
        "--require-coverage", "Fail when a fault, a mark or a crash point never fired (with many seeds).");

    private readonly Option<string?> _record =
        Text("--record", "Write the run down for 'ikada sim replay', whether it fails or not.", "FILE");

    private readonly Option<bool> _shrink =
        Flag("--shrink", "Reduce a run that fails to a small one, and tell it.");

    private readonly Option<int> _shrinkSeconds = Number(
        "--shrink-seconds", "How many seconds of real time that may take.", ByDefault.ShrinkSeconds);

    private readonly Option<string?> _trace = Text(
        "--trace", "Write every event and what the consensus modules do as NDJSON (with one seed).", "FILE");

    public void AddTo(Command command)
    {
        Option[] all =
        [
            _seed, _seeds, _for, _keepGoing, _jobs, _nodes, _seconds, _faults, _only, _skip,
            _clients, _keys, _workload, _sleep, _ask, _frames, _events, _trace, _history, _record,
            _shrink, _shrinkSeconds, _coverage, _requireCoverage,
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
        Only = parsed.GetValue(_only),
        Skip = parsed.GetValue(_skip),
        Clients = parsed.GetValue(_clients),
        Keys = parsed.GetValue(_keys),
        Workload = parsed.GetValue(_workload),
        Sleep = parsed.GetValue(_sleep),
        Ask = parsed.GetValue(_ask),
        Frames = parsed.GetValue(_frames),
        Events = parsed.GetResult(_events) is null ? null
            : parsed.GetValue(_events) ?? SimArguments.ToOutput,
        Record = parsed.GetValue(_record),
        Shrink = parsed.GetValue(_shrink),
        ShrinkSeconds = parsed.GetValue(_shrinkSeconds),
        Trace = parsed.GetValue(_trace),
        History = parsed.GetValue(_history),
        Coverage = parsed.GetValue(_coverage),
        RequireCoverage = parsed.GetValue(_requireCoverage),
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

    private static Option<string?> Text(
        string name, string description, string value, string? byDefault = null) => new(name)
        {
            Description = description,
            HelpName = value,
            DefaultValueFactory = byDefault is null ? null : _ => byDefault,
        };

    private static Option<bool> Flag(string name, string description) => new(name)
    {
        Description = description,
    };
}
