using System.CommandLine;

namespace Ikada.Cli.Histories;

/// <summary>The verb <c>histories</c>: what clients of any key-value store were told.</summary>
internal static class HistoriesCommand
{
    public static Command Create() =>
        new("histories", "Judge what clients of a key-value store were told.") { CheckCommand.Create() };
}
