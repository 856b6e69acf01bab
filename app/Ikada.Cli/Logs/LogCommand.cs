using System.CommandLine;

namespace Ikada.Cli.Logs;

/// <summary>The verb <c>log</c>: what can be done with the log of a data directory while no server runs on
/// it.</summary>
internal static class LogCommand
{
    public static Command Create() => new("log", "Measure a disk for the log, or look into a log.")
    {
        BenchCommand.Create(),
        VerifyCommand.Create(),
        DumpCommand.Create(),
        StatsCommand.Create(),
        RecoveryBenchCommand.CreateOpen(),
    };

    /// <summary>The argument of the verbs that look into a log.</summary>
    public static Argument<string> DataDirectory() => new("dir")
    {
        Description = "The data directory of a server that is stopped. Nothing in it is changed.",
    };
}
