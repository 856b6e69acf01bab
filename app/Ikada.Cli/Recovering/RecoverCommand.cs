using System.CommandLine;
using Ikada.Log;
using Ikada.Node;
using Ikada.Node.Disk;

namespace Ikada.Cli.Recovering;

/// <summary><c>ikada recover</c>: makes a group of one of a surviving directory when the majority is lost for
/// good. Of a server or of a program with the library: what is in the commands does not matter.</summary>
internal static class RecoverCommand
{
    private const string Verb = "recover";
    private const string Yes = "--yes-i-accept-data-loss";
    private const string Word = "accept data loss";

    public static Command Create()
    {
        var directory = new Argument<string>("dir")
        {
            Description = "The data directory of the survivor, which is stopped.",
        };
        var yes = new Option<bool>(Yes) { Description = "Do it without asking." };
        var command = new Command(
            Verb,
            "The majority of a cluster is lost for good: make a cluster of one of a surviving directory.")
        {
            directory, yes,
        };
        command.SetAction(parsed => Run(parsed.GetValue(directory)!, parsed.GetValue(yes)));
        return command;
    }

    private static int Run(string directory, bool isAccepted)
    {
        if (!File.Exists(Path.Combine(directory, NodeDirectory.FileName)))
        {
            throw new CliException(
                $"{Verb}: {directory} has no log of Ikada in it; name what the surviving node has as its "
                    + "data directory");
        }

        try
        {
            using var disk = new FileDisk(directory);
            var plan = MajorityLost.Plan(disk);
            if (plan.Obstacle is { } obstacle)
            {
                throw new CliException($"{Verb}: {directory} cannot be recovered: {obstacle}");
            }

            RecoverReport.Tell(Console.Out, directory, plan);
            Confirm(isAccepted);
            RecoverReport.Done(Console.Out, MajorityLost.Run(disk));
            return 0;
        }
        catch (Exception failure) when (
            failure is DirectoryHeldException or DiskException or LogOpenException)
        {
            throw new CliException($"{Verb}: {failure.Message}");
        }
    }

    private static void Confirm(bool isAccepted)
    {
        if (isAccepted)
        {
            return;
        }

        if (Console.IsInputRedirected)
        {
            throw new CliException($"{Verb}: nothing was changed; to do it, add {Yes}");
        }

        Console.Out.Write($"Type '{Word}' to do it: ");
        if (Console.In.ReadLine()?.Trim() != Word)
        {
            throw new CliException($"{Verb}: nothing was changed");
        }
    }
}
