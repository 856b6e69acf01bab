using System.CommandLine;
using Ikada.Simulation;

namespace Ikada.Cli;

/// <summary>The verb <c>sim</c>: only reads the options; the simulator judges them.</summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var byDefault = new SimArguments();
        var seed = Number("--seed", "The first seed.", byDefault.Seed);
        var seeds = Number("--seeds", "How many seeds, from the first on.", byDefault.Seeds);
        var jobs = Number("--jobs", "How many runs at a time; 0: one per core.", byDefault.Jobs);
        var nodes = Number("--nodes", "How many nodes.", byDefault.Nodes);
        var seconds = Number("--seconds", "How many virtual seconds with faults.", byDefault.Seconds);
        var faults = new Option<string>("--faults")
        {
            Description = "all, none, or a list with commas between.",
            HelpName = "LIST",
            DefaultValueFactory = _ => byDefault.Faults,
        };
        var events = new Option<bool>("--events") { Description = "Write every event (with one seed)." };
        var trace = new Option<string?>("--trace")
        {
            Description = "Write what the consensus modules do as NDJSON, one event a line (with one seed).",
            HelpName = "FILE",
        };
        var command =
            new Command("sim", "Run clusters under faults in virtual time and check the properties of Raft.")
        {
            seed, seeds, jobs, nodes, seconds, faults, events, trace,
        };
        command.SetAction((parsed, cancellation) => Task.Run(
            () => SimCommand.Run(
                new SimArguments
                {
                    Seed = parsed.GetValue(seed),
                    Seeds = parsed.GetValue(seeds),
                    Jobs = parsed.GetValue(jobs),
                    Nodes = parsed.GetValue(nodes),
                    Seconds = parsed.GetValue(seconds),
                    Faults = parsed.GetValue(faults)!,
                    Events = parsed.GetValue(events),
                    Trace = parsed.GetValue(trace),
                },
                Console.Out,
                Console.Error,
                cancellation),
            cancellation));
        return command;
    }

    private static Option<T> Number<T>(string name, string description, T byDefault) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => byDefault,
    };
}
