using System.CommandLine;
using Ikada.Simulation;
using Ikada.Simulation.Replaying;

namespace Ikada.Cli.Simulating;

/// <summary>The verb <c>sim</c>: only reads the options; the simulator judges them.</summary>
internal static class SimulateCommand
{
    public const string Name = "sim";

    public static Command Create()
    {
        var options = new SimulateOptions();
        var command =
            new Command(Name, "Run clusters under faults in virtual time and check the properties of Raft.");
        options.AddTo(command);
        command.Add(Replay());
        command.SetAction((parsed, cancellation) => Task.Run(
            () =>
            {
                var arguments = options.Read(parsed);
                return SimulateProgress.Show(
                    arguments,
                    (output, progress) => SimCommand.Run(
                        arguments, output, Console.Error, progress, cancellation));
            },
            cancellation));
        return command;
    }

    private static Command Replay()
    {
        var file = new Argument<string>("file")
        {
            Description = "What 'ikada sim --record', or a run that failed, wrote.",
            HelpName = "FILE",
        };
        var step = new Option<bool>("--step")
        {
            Description = "Walk the run event by event; commands come from the standard input, h lists them.",
        };
        var command =
            new Command("replay", "Repeat a run that was written down, and say whether it is the same.")
        {
            file, step,
        };
        // Not asynchronous: then Ctrl-C would wait for it.
        command.SetAction(parsed => ReplayCommand.Run(
            parsed.GetValue(file)!,
            parsed.GetValue(step) ? Console.In : null,
            Console.Out,
            Console.Error,
            highlights: !Console.IsOutputRedirected));
        return command;
    }
}
