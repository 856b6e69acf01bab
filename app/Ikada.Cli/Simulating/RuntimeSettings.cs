using System.Reflection;
using System.Runtime.InteropServices;

namespace Ikada.Cli.Simulating;

/// <summary>
/// The simulator computes without a pause and mostly for minutes, not for months as a server does: loops are
/// compiled well at once, and nothing is measured for a second compilation (docs/simulation/speed.md). The
/// runtime reads such settings only as it starts, so the process starts over: same id, arguments and streams.
/// </summary>
internal static partial class RuntimeSettings
{
    private const string Profiling = "DOTNET_TieredPGO";
    private const string HastyLoops = "DOTNET_TC_QuickJitForLoops";

    /// <summary>Starts over unless that was done, or somebody has chosen otherwise. Where it cannot be done
    /// the simulator runs all the same, only slower.</summary>
    public static void StartOver()
    {
        var isProgram = Assembly.GetEntryAssembly() == typeof(RuntimeSettings).Assembly;
        if (!isProgram || !OperatingSystem.IsLinux() || Environment.ProcessPath is not { } program
            || Environment.GetEnvironmentVariable(Profiling) is not null)
        {
            return;
        }

        string commandLine;
        try
        {
            commandLine = File.ReadAllText("/proc/self/cmdline");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return; // a system without /proc
        }

        // Null ends the list, as execv(3) wants it.
        string?[] arguments = [.. commandLine.Split('\0')[..^1], null];
        if (SetVariable(Profiling, "0", 1) == 0 && SetVariable(HastyLoops, "0", 1) == 0)
        {
            _ = Execute(program, arguments);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string program, string?[] arguments);
}
