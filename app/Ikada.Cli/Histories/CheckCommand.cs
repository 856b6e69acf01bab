using System.CommandLine;
using System.Diagnostics;
using Ikada.Simulation.Histories;

namespace Ikada.Cli.Histories;

/// <summary><c>ikada histories check</c>: whether a history is linearizable.</summary>
internal static class CheckCommand
{
    /// <summary>The history is not linearizable.</summary>
    public const int NotLinearizable = 1;

    /// <summary>The bounds were reached first.</summary>
    public const int GaveUp = 2;

    /// <summary>The file cannot be read, or a line of it is no operation.</summary>
    public const int BadInput = 3;

    private const string StandardInput = "-";
    private const long StatesMaxDefault = 5_000_000;
    private const double SecondsMaxDefault = 60;

    public static Command Create()
    {
        var file = new Argument<string>("file")
        {
            Description = "One JSON object a line, in any order; - reads from standard input.",
        };
        var seconds = new Option<double>("--seconds-max")
        {
            Description = "Give up after so long.",
            HelpName = "N",
            DefaultValueFactory = _ => SecondsMaxDefault,
        };
        var states = new Option<long>("--states-max")
        {
            Description = "Give up a key for which more states would be remembered; each takes 40 bytes.",
            HelpName = "N",
            DefaultValueFactory = _ => StatesMaxDefault,
        };
        var command = new Command(
            "check",
            "Say whether a history is linearizable. Exit code 0: it is; 1: it is not, with the smallest set "
                + "of operations that cannot be ordered; 2: gave up; 3: bad input.")
        {
            file, seconds, states,
        };
        command.SetAction(parsed => Run(
            parsed.GetValue(file)!, parsed.GetValue(seconds), parsed.GetValue(states), Console.Out));
        return command;
    }

    /// <summary>Judges the history in a file; the exit code.</summary>
    internal static int Run(string file, double secondsMax, long statesMax, TextWriter output)
    {
        if (!(secondsMax > 0))
        {
            throw CliException.BadUsage($"--seconds-max is {secondsMax}; it must be above 0");
        }

        if (statesMax < 1)
        {
            throw CliException.BadUsage($"--states-max is {statesMax}; it must be at least 1");
        }

        var history = Read(file);
        var clock = Stopwatch.StartNew();
        var verdict = HistoryChecker.Check(
            history, statesMax, () => clock.Elapsed.TotalSeconds > secondsMax);
        VerdictReport.Write(output, history, verdict);
        return verdict.Outcome switch
        {
            HistoryOutcome.Linearizable => 0,
            HistoryOutcome.NotLinearizable => NotLinearizable,
            _ => GaveUp,
        };
    }

    private static History Read(string file)
    {
        try
        {
            using var input = file == StandardInput
                ? Console.OpenStandardInput()
                : new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return HistoryReader.Read(input);
        }
        catch (HistoryFormatException error)
        {
            throw new CliException($"{Name(file)}, line {error.Line}: {error.Problem}", BadInput);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"'{file}' cannot be read: {error.Message}", BadInput);
        }
    }

    private static string Name(string file) => file == StandardInput ? "standard input" : file;
}
