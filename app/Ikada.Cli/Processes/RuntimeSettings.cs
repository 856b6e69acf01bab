using System.Reflection;
using System.Runtime.InteropServices;

namespace Ikada.Cli.Processes;

/// <summary>Settings that the runtime reads only as it starts, and only from the environment: the process
/// starts over with them, with the same id, arguments and streams.</summary>
internal static partial class RuntimeSettings
{
    /// <summary>For the simulator, which computes without a pause and mostly for minutes, not for months as
    /// a server does: loops are compiled well at once, and nothing is measured for a second compilation
    /// (docs/simulation/speed.md).</summary>
    public static readonly (string Name, string Value)[] OfSimulator =
        [("DOTNET_TieredPGO", "0"), ("DOTNET_TC_QuickJitForLoops", "0")];

    /// <summary>For a server: young objects are collected by 4 MiB. Nearly all that a store is given lives
    /// on, and what lives is what a pause moves (docs/operate/collector.md).</summary>
    public static readonly (string Name, string Value)[] OfServer = [("DOTNET_GCgen0size", "0x400000")];

    /// <summary>Starts over unless that was done, or somebody has chosen the first of them otherwise. Where
    /// it cannot be done the program runs all the same, only without them.</summary>
    public static void StartOver(ReadOnlySpan<(string Name, string Value)> settings)
    {
        var isProgram = Assembly.GetEntryAssembly() == typeof(RuntimeSettings).Assembly;
        if (!isProgram || !OperatingSystem.IsLinux() || Environment.ProcessPath is not { } program
            || Environment.GetEnvironmentVariable(settings[0].Name) is not null)
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
        foreach (var (name, value) in settings)
        {
            if (SetVariable(name, value, 1) != 0)
            {
                return;
            }
        }

        DeleteDiagnosticSocket();
        _ = Execute(program, arguments);
    }

    // The runtime listens there for dotnet-trace and its like. The next one has the same name for it, from id
    // and start time of the process, and would find it taken by nobody.
    private static void DeleteDiagnosticSocket()
    {
        try
        {
            var name = $"dotnet-diagnostic-{Environment.ProcessId}-*-socket";
            foreach (var socket in Directory.GetFiles(Path.GetTempPath(), name))
            {
                File.Delete(socket);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return; // whoever cannot delete it could not have made it
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string program, string?[] arguments);
}
