namespace Ikada.Cli;

/// <summary>
/// What the user must put right: one line that names the thing, the value and the remedy, and the exit code.
/// </summary>
internal sealed class CliException(string message, int exitCode = CliException.Failure) : Exception(message)
{
    /// <summary>The command line was right, the work could not be done.</summary>
    public const int Failure = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    public int ExitCode { get; } = exitCode;

    public static CliException BadUsage(string message) => new(message, Usage);
}
