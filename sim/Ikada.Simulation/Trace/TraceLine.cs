using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Simulation.Trace;

/// <summary>Writes one event as one line of JSON, with the field names of etcd-raft's traces
/// (docs/simulation/traces.md).</summary>
internal sealed class TraceLine(TextWriter writer)
{
    private readonly ArrayBufferWriter<byte> _line = new();

    public void Write(string name, TracedNode node, Message? message = null, Membership? before = null)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("nid", Text(node.Id));
            json.WriteStartObject("state");
            json.WriteNumber("term", node.Term.Value);
            json.WriteString("vote", Text(node.Vote));
            json.WriteNumber("commit", node.Commit.Value);
            json.WriteEndObject();
            json.WriteString("role", node.RoleName);
            json.WriteNumber("log", node.Log.Value);
            json.WriteStartArray("conf");
            WriteIds(json, node.Conf.Voters);
            WriteIds(json, node.Conf.OutgoingVoters);
            json.WriteEndArray();
            if (message is { } told)
            {
                WriteMessage(json, told);
            }

            if (before is not null)
            {
                WriteChange(json, before, node.Conf);
            }

            json.WriteEndObject();
        }

        writer.WriteLine(Encoding.UTF8.GetString(_line.WrittenSpan));
    }

    /// <summary>The type of a message in the words of the trace format; null: the format has none.</summary>
    public static string? TypeOf(MessageType type) => type switch
    {
        MessageType.Append => "MsgApp",
        MessageType.AppendReply => "MsgAppResp",
        MessageType.Heartbeat => "MsgHeartbeat",
        MessageType.HeartbeatReply => "MsgHeartbeatResp",
        MessageType.Vote => "MsgVote",
        MessageType.VoteReply => "MsgVoteResp",
        MessageType.InstallSnapshot => "MsgSnap",
        _ => null,
    };

    private static void WriteMessage(Utf8JsonWriter json, in Message message)
    {
        // A heartbeat names no place in the log there; a snapshot's last index stands under "entries".
        var (index, logTerm, entries, hint) = message.Type switch
        {
            MessageType.Append => (message.Position.Index.Value, message.Position.Term.Value,
                message.End.Value - message.Position.Index.Value, 0UL),
            MessageType.AppendReply when message.Reject =>
                (message.End.Value, message.Position.Term.Value, 0UL, message.Position.Index.Value),
            MessageType.AppendReply => (message.Position.Index.Value, 0UL, 0UL, 0UL),
            MessageType.Vote => (message.Position.Index.Value, message.Position.Term.Value, 0UL, 0UL),
            MessageType.InstallSnapshot => (0UL, 0UL, message.Position.Index.Value, 0UL),
            _ => (0UL, 0UL, 0UL, 0UL),
        };
        json.WriteStartObject("msg");
        json.WriteString("type", TypeOf(message.Type));
        json.WriteNumber("term", message.Term.Value);
        json.WriteString("from", Text(message.From));
        json.WriteString("to", Text(message.To));
        json.WriteNumber("entries", entries);
        json.WriteNumber("logTerm", logTerm);
        json.WriteNumber("index", index);
        json.WriteNumber("commit", message.Commit.Value);
        json.WriteString("vote", "0");
        json.WriteBoolean("reject", message.Reject);
        json.WriteNumber("rejectHint", hint);
        json.WriteEndObject();
    }

    private static void WriteChange(Utf8JsonWriter json, Membership before, Membership after)
    {
        json.WriteStartObject("prop");
        json.WriteStartObject("cc");
        var changes = TraceChanges.Between(before, after);
        if (changes.Count > 0)
        {
            json.WriteStartArray("changes");
            foreach (var (id, action) in changes)
            {
                json.WriteStartObject();
                json.WriteString("nid", Text(id));
                json.WriteString("action", action);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WritePropertyName("newconf");
        WriteIds(json, after.Voters);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteIds(Utf8JsonWriter json, ReadOnlySpan<NodeId> ids)
    {
        json.WriteStartArray();
        foreach (var id in ids)
        {
            json.WriteStringValue(Text(id));
        }

        json.WriteEndArray();
    }

    private static string Text(NodeId id) => id.Value.ToString(CultureInfo.InvariantCulture);
}
