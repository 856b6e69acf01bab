using System.CommandLine;
using Ikada.Cli.Client;
using Spectre.Console;

namespace Ikada.Cli.Doctor;

/// <summary><c>ikada doctor</c>: what is wrong with a cluster, what shows it, and what helps.</summary>
internal static class DoctorCommand
{
    private const int Well = 0;
    private const int FoundWrong = 1;

    // Wide enough for evidence, where nobody says how wide the paper is.
    private const int WidthRedirected = 200;

    public static Command Create()
    {
        var connecting = new DialOptions();
        var directory = new Option<string?>("--data-dir")
        {
            Description = "A data directory on this machine to look at, too. Its server may run.",
            HelpName = "DIR",
        };
        var form = new Option<string>("--write-out", "-w")
        {
            Description = "table or json.",
            HelpName = "FORM",
            DefaultValueFactory = _ => "table",
        };
        form.AcceptOnlyFromAmong("table", "json");
        var command = new Command(
            "doctor",
            "Say what is wrong with a cluster, what shows it, and what to do. Exit code 0: all is well, 1: "
                + "something is wrong, 2: nobody could be asked.")
        {
            directory, form,
        };
        connecting.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var cluster = connecting.Connect(parsed);
            using var finder = new FactFinder(cluster);
            var local = parsed.GetValue(directory) is { } path ? DirectoryFinder.Find(path) : null;
            var facts = await finder.FindAsync(local, cancellation);
            var verdicts = Diagnosis.Of(facts);
            Tell(facts, verdicts, parsed.GetValue(form) == "json");
            if (!facts.Answering.Any())
            {
                throw CliException.BadUsage(
                    "doctor: no server answers: "
                        + string.Join("; ", facts.Servers.Select(
                            server => $"{server.Endpoint}: {server.Problem}"))
                        + "; --endpoints names others");
            }

            return verdicts.Any(verdict => verdict.Level == VerdictLevel.Wrong) ? FoundWrong : Well;
        });
        return command;
    }

    private static void Tell(Facts facts, IReadOnlyList<Verdict> verdicts, bool isJson)
    {
        if (isJson)
        {
            using var output = Console.OpenStandardOutput();
            DoctorReport.Json(output, facts, verdicts);
            return;
        }

        var console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = WidthRedirected;
        }

        DoctorReport.Table(console, facts, verdicts);
    }
}
