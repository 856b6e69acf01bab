using System.CommandLine;
using Ikada.Simulation;

namespace Ikada.Cli.Simulating;

/// <summary>The verb <c>sim</c>: only reads the options; the simulator judges them.</summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var options = new SimulateOptions();
        var command =
            new Command("sim", "Run clusters under faults in virtual time and check the properties of Raft.");
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(
            () =>
            {
                var arguments = options.Read(parsed);
                return SweepProgress.Show(
                    (output, progress) => SimCommand.Run(
                        arguments, output, Console.Error, progress, cancellation),
                    arguments);
            },
            cancellation));
        return command;
    }
}
