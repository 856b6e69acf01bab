using Ikada.Log.Inspection;
using Ikada.Primitives;

namespace Ikada.Cli.Logs;

/// <summary>Writes the contents of a log as aligned lines: offset, what it is, what it says. Under a filter,
/// segment and batch are told before the first record in them that is shown.</summary>
internal sealed class TextDump(TextWriter output, DumpFilter filter) : ILogVisitor
{
    private readonly List<string> _waiting = [];
    private string? _segment;

    public void Segment(SegmentSeen segment)
    {
        _waiting.Clear();
        _segment = null;
        var lines = new List<string> { $"{segment.File}  {segment.FileBytes} bytes" };
        if (segment.HasHead)
        {
            lines.Add(Line(
                0, "head", $"{segment.HeadBytes} bytes, use {segment.UseId:x16}, member {segment.Node} of "
                    + $"cluster {segment.Cluster}, incarnation {segment.Incarnation}"
                    + (segment.Sequence > 1
                        ? $", the one before ends at {segment.PredecessorEndBytes}" : "")));
            lines.AddRange(segment.Groups.Select(group => Line(
                null, "group", $"{group.Group}: base {group.Base}, {State(group)}"
                    + (group.IsUnsure ? ", unsure" : "") + (group.LostHardState ? ", lost a vote" : ""))));
        }
        else
        {
            lines.Add(Line(0, "no head", "not in use, or damaged"));
        }

        if (filter.ShowsAll)
        {
            lines.ForEach(output.WriteLine);
        }
        else
        {
            _segment = lines[0];
        }
    }

    public void Batch(BatchSeen batch)
    {
        _waiting.Clear();
        _waiting.Add(Line(
            batch.OffsetBytes, "batch", $"{batch.Bytes} bytes, {batch.Records} records, synced before up to "
                + $"{batch.SyncedUpToBytes}" + (batch.Fault is null ? "" : $"; DAMAGED: {batch.Fault}")));
        _waiting.AddRange(batch.Groups.Select(group =>
            Line(null, "group", $"{group.Group}: {State(group)}")));
        if (filter.ShowsAll)
        {
            Flush();
        }
    }

    public void Record(RecordSeen record)
    {
        if (filter.Shows(record))
        {
            Flush();
            output.WriteLine(Line(record.OffsetBytes, Name(record.Kind), Says(record)));
        }
    }

    public void Unreadable(string file, long offsetBytes, long endBytes, string what)
    {
        if (filter.ShowsAll)
        {
            output.WriteLine(Line(offsetBytes, "UNREADABLE", $"up to {endBytes}: {what}"));
        }
    }

    /// <summary>RewrittenForward as "rewritten forward".</summary>
    public static string Name(string kind) => string.Concat(kind.Select(static (letter, at) =>
        at > 0 && char.IsUpper(letter) ? " " + char.ToLowerInvariant(letter)
        : char.ToLowerInvariant(letter).ToString()));

    private void Flush()
    {
        if (_segment is { } segment)
        {
            output.WriteLine(segment);
            _segment = null;
        }

        _waiting.ForEach(output.WriteLine);
        _waiting.Clear();
    }

    private static string Says(RecordSeen record)
    {
        var (index, term) = (record.Position.Index, record.Position.Term);
        var says = record.Kind switch
        {
            "Seal" or "Padding" => "",
            "HardState" => $"group {record.Group}, term {term}, vote {Vote(record.Vote)}, commit {index}",
            "Truncation" => $"group {record.Group}, from index {index} on",
            _ => $"group {record.Group}, index {index}, term {term}"
                + (record.IsEntry ? $", {Name(record.EntryKind.ToString())}" : "")
                + (record.Membership is null ? "" : $" {record.Membership}"),
        };
        return $"{says}{(says.Length > 0 ? ", " : "")}{record.BodyBytes} bytes"
            + (record.IsWhole ? "" : ", DAMAGED: its body is not as it was written");
    }

    private static string State(GroupSeen group) =>
        $"last {group.Last}, term {group.HardState.Term}, vote {Vote(group.HardState.Vote)}, commit "
        + $"{group.HardState.Commit}";

    private static string Vote(NodeId vote) => vote.IsNone ? "none" : vote.ToString();

    private static string Line(long? offset, string what, string says) => $"{offset,12}  {what,-18}{says}";
}
