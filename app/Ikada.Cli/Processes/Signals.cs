using System.Runtime.InteropServices;

namespace Ikada.Cli.Processes;

/// <summary>Asks a process to stop; .NET itself can only kill.</summary>
internal static partial class Signals
{
    private const int Terminate = 15;

    /// <summary>Sends SIGTERM. False: there is no such process any more.</summary>
    public static bool AskToStop(int processId) => Kill(processId, Terminate) == 0;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
