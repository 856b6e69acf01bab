using System.CommandLine;
using Ikada.Log;

namespace Ikada.Cli.Logs;

/// <summary><c>ikada log verify</c>: says what a start would find. Exit code 1 if anything is
/// damaged.</summary>
internal static class VerifyCommand
{
    private const string Verb = "log verify";

    public static Command Create()
    {
        var directory = LogCommand.DataDirectory();
        var command = new Command(
            "verify", "Read a stopped server's log and snapshots whole, and say what a start would find.")
        {
            directory,
        };
        command.SetAction(parsed =>
        {
            var place = parsed.GetValue(directory)!;
            var report = StoppedLog.Use(Verb, place, quiet: false, Read);
            foreach (var line in report.Lines)
            {
                Console.Out.WriteLine(line);
            }

            return report.IsDamaged ? CliException.Failure : 0;
        });
        return command;
    }

    private static VerifyReport Read(IDisk disk)
    {
        try
        {
            return VerifyReport.Of(StoppedLog.Recover(disk));
        }
        catch (LogOpenException failure) when (failure is not FormatVersionException)
        {
            return VerifyReport.Refused(failure.Message);
        }
    }
}
