using System.Runtime.CompilerServices;
using Ikada.Node.Disk;
using Ikada.Primitives;

namespace Ikada.Log.Tests;

/// <summary>What a child process of a test does: this program again, told by the environment.</summary>
internal static class Probe
{
    public const string DirectoryVariable = "IKADA_LOG_PROBE";
    public const string HoldVariable = "IKADA_LOG_PROBE_HOLD";

    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(DirectoryVariable) is { Length: > 0 } directory)
        {
            Environment.Exit(Run(directory));
        }
    }

    /// <summary>Opens the directory and the log: what comes before the first append.</summary>
    public static LogFixture OpenLog(IDisk disk)
    {
        var identity = NodeDirectory.Open(
            disk, LogFixture.Identity.Cluster, LogFixture.Identity.Node, new RandomSource(1));
        var log = LogFixture.Open(disk, identity: identity);
        log.Pump();
        return log;
    }

    private static int Run(string directory)
    {
        using var disk = new FileDisk(directory);
        if (Environment.GetEnvironmentVariable(HoldVariable) is { Length: > 0 })
        {
            Console.WriteLine("held");
            Console.In.ReadLine();
            return 0;
        }

        var log = OpenLog(disk);
        Console.WriteLine("opened");
        log.Append(1, 1);
        log.Pump();
        Console.WriteLine($"acknowledged {log.Flushed.Count}");
        Console.WriteLine($"failure: {log.Failure}");
        return log.Failure is null ? 0 : 3;
    }
}
