using System.Text;
using System.Text.Json;
using Ikada.Log.Inspection;

namespace Ikada.Cli.Logs;

/// <summary>Writes the contents of a log as one JSON object a line.</summary>
internal sealed class JsonDump(TextWriter output, DumpFilter filter) : ILogVisitor
{
    public void Segment(SegmentSeen segment) => Write(filter.ShowsAll, "segment", segment.File, 0, json =>
    {
        json.WriteNumber("file_bytes", segment.FileBytes);
        json.WriteBoolean("has_head", segment.HasHead);
        if (segment.HasHead)
        {
            json.WriteString("use", segment.UseId.ToString("x16", null));
            json.WriteString("member", segment.Node.ToString());
            json.WriteString("cluster", segment.Cluster.ToString());
            json.WriteString("incarnation", segment.Incarnation.ToString());
            json.WriteNumber("predecessor_end", segment.PredecessorEndBytes);
            Groups(json, segment.Groups);
        }
    });

    public void Batch(BatchSeen batch) => Write(
        filter.ShowsAll, "batch", batch.File, batch.OffsetBytes, json =>
        {
            json.WriteNumber("bytes", batch.Bytes);
            json.WriteNumber("records", batch.Records);
            json.WriteNumber("synced_up_to", batch.SyncedUpToBytes);
            json.WriteString("fault", batch.Fault);
            Groups(json, batch.Groups);
        });

    public void Record(RecordSeen record) => Write(
        filter.Shows(record), "record", record.File, record.OffsetBytes, json =>
        {
            json.WriteString("kind", TextDump.Name(record.Kind));
            json.WriteNumber("group", record.Group.Value);
            json.WriteNumber("index", record.Position.Index.Value);
            json.WriteNumber("term", record.Position.Term.Value);
            json.WriteNumber("body_bytes", record.BodyBytes);
            json.WriteBoolean("whole", record.IsWhole);
            if (record.IsEntry)
            {
                json.WriteString("entry_kind", TextDump.Name(record.EntryKind.ToString()));
            }

            if (record.Membership is { } membership)
            {
                json.WriteString("membership", membership.ToString());
            }

            if (!record.Vote.IsNone)
            {
                json.WriteString("vote", record.Vote.ToString());
            }
        });

    public void Unreadable(string file, long offsetBytes, long endBytes, string what) => Write(
        filter.ShowsAll, "unreadable", file, offsetBytes, json =>
        {
            json.WriteNumber("end", endBytes);
            json.WriteString("what", what);
        });

    private static void Groups(Utf8JsonWriter json, IReadOnlyList<GroupSeen> groups)
    {
        json.WriteStartArray("groups");
        foreach (var group in groups)
        {
            json.WriteStartObject();
            json.WriteNumber("group", group.Group.Value);
            json.WriteNumber("last_index", group.Last.Index.Value);
            json.WriteNumber("last_term", group.Last.Term.Value);
            json.WriteNumber("term", group.HardState.Term.Value);
            json.WriteString("vote", group.HardState.Vote.ToString());
            json.WriteNumber("commit", group.HardState.Commit.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Write(bool isShown, string type, string file, long offset, Action<Utf8JsonWriter> fields)
    {
        if (!isShown)
        {
            return;
        }

        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteString("file", file);
            json.WriteNumber("offset", offset);
            fields(json);
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length));
    }
}
