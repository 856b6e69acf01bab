using System.CommandLine;
using System.Globalization;
using Ikada.Log;
using Ikada.Node.Disk;
using Spectre.Console;

namespace Ikada.Cli.Logs;

/// <summary><c>ikada log stats</c>: how large a log is, and how much of it is needed.</summary>
internal static class StatsCommand
{
    private const string Verb = "log stats";

    public static Command Create()
    {
        var directory = LogCommand.DataDirectory();
        var command = new Command("stats", "Show sizes, groups and snapshots of a stopped server's log.")
        {
            directory,
        };
        command.SetAction(parsed =>
        {
            Show(StoppedLog.Use(Verb, parsed.GetValue(directory)!, quiet: false, Read));
            return 0;
        });
        return command;
    }

    private static (StoppedLog Stopped, long FileBytes) Read(ReadOnlyDisk disk)
    {
        try
        {
            var stopped = StoppedLog.Recover(disk);
            return stopped.Refusal is null
                ? (stopped, stopped.Files.Where(IsOfLog).Sum(disk.GetLength))
                : throw new CliException($"{Verb}: {stopped.Refusal}");
        }
        catch (LogOpenException failure)
        {
            throw new CliException($"{Verb}: {failure.Message}");
        }
    }

    private static bool IsOfLog(string name) =>
        name.StartsWith("segment-", StringComparison.Ordinal)
        || name.StartsWith("free-", StringComparison.Ordinal);

    private static void Show((StoppedLog Stopped, long FileBytes) found)
    {
        var (stopped, fileBytes) = found;
        var log = stopped.Log!;
        var live = stopped.Snapshots.Values.Sum(static group => group.EntryBytes);
        var used = log.Recovered.Bytes;
        var free = stopped.Files.Count(IsOfLog) - log.Recovered.Segments;
        var identity = stopped.Identity;
        Say($"member     {identity.Node} of cluster {identity.Cluster}, start {identity.StartCount}");
        Say($"segments   {log.Recovered.Segments} in use, {free} prepared or free");
        Say($"files      {fileBytes:#,0} bytes");
        Say($"written    {used:#,0} bytes in {log.Recovered.Batches:#,0} batches");
        var share = used == 0 ? 0 : 100.0 * live / used;
        Say($"live       {live:#,0} bytes of entries, {share:0.0} % of what is written");
        var table = new Table().Border(TableBorder.Ascii).AddColumns(
            "group", "base", "last", "entries", "bytes", "term", "vote", "commit", "damaged", "snapshot",
            "snapshot bytes");
        foreach (var group in log.Groups)
        {
            var (state, snapshots) = (group.RecoveredHardState, stopped.Snapshots[group.Group]);
            table.AddRow(
                Text($"{group.Group}"), Text($"{group.Base}"), Text($"{group.Last}"),
                Text($"{snapshots.Entries}"), Text($"{snapshots.EntryBytes}"), Text($"{state.Term}"),
                state.Vote.IsNone ? "" : Text($"{state.Vote}"), Text($"{state.Commit}"),
                Text($"{group.Damage.Sum(static range => (long)(range.Last.Value - range.First.Value) + 1)}"),
                Text($"{snapshots.Newest?.Position}"), Text($"{snapshots.Newest?.FileBytes}"));
        }

        var console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = 300;
        }

        console.Write(table);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Say(FormattableString line) => Console.Out.WriteLine(Text(line));
}
