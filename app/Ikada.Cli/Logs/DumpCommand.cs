using System.CommandLine;
using Ikada.Log.Inspection;
using Ikada.Primitives;

namespace Ikada.Cli.Logs;

/// <summary><c>ikada log dump</c>: what stands in the segment files, line by line.</summary>
internal static class DumpCommand
{
    private const string Verb = "log dump";

    public static Command Create()
    {
        var directory = LogCommand.DataDirectory();
        var group = Number("--group", "Only records of this group.");
        var from = Number("--from", "Only records of this index and later ones.");
        var to = Number("--to", "Only records up to this index.");
        var json = new Option<bool>("--json") { Description = "One JSON object a line." };
        var command = new Command("dump", "Print every head, batch and record of a stopped server's log.")
        {
            directory, group, from, to, json,
        };
        command.SetAction(parsed =>
        {
            var filter = new DumpFilter(
                parsed.GetValue(group) is { } id ? new GroupId(id) : null,
                new LogIndex(parsed.GetValue(from) ?? 0),
                new LogIndex(parsed.GetValue(to) ?? ulong.MaxValue));
            using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = false };
            ILogVisitor writer = parsed.GetValue(json)
                ? new JsonDump(output, filter) : new TextDump(output, filter);
            var isShown = !Console.IsOutputRedirected; // a bar between the lines helps nobody
            return StoppedLog.Use(Verb, parsed.GetValue(directory)!, quiet: isShown, disk =>
            {
                LogContents.Visit(disk, writer);
                return 0;
            });
        });
        return command;
    }

    private static Option<ulong?> Number(string name, string description) =>
        new(name) { Description = description, HelpName = "N" };
}

/// <summary>Which records are shown.</summary>
internal sealed record DumpFilter(GroupId? Group, LogIndex From, LogIndex To)
{
    /// <summary>Whether all is shown, what is no record too.</summary>
    public bool ShowsAll => Group is null && From.Value == 0 && To.Value == ulong.MaxValue;

    public bool Shows(RecordSeen record) => (Group is null || record.Group == Group)
        && record.Position.Index >= From && record.Position.Index <= To;
}
