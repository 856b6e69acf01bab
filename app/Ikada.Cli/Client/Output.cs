using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Ikada.Api.Etcd;
using Pair = Ikada.Api.Mvcc.KeyValue;

namespace Ikada.Cli.Client;

/// <summary>Writes answers as etcdctl does, in the forms simple, json and fields.</summary>
internal static class Output
{
    public static readonly string[] Forms = ["simple", "json", "fields"];

    /// <summary>Keys and values are bytes: they go out as they are.</summary>
    public static void Line(Stream output, ByteString bytes)
    {
        output.Write(bytes.Span);
        output.WriteByte((byte)'\n');
    }

    public static void KeyValues(Stream output, IEnumerable<Pair> pairs, bool valueOnly)
    {
        foreach (var pair in pairs)
        {
            if (!valueOnly)
            {
                Line(output, pair.Key);
            }

            Line(output, pair.Value);
        }
    }

    /// <summary>As Go's encoder writes etcd's messages: snake case, numbers as numbers, zeros left
    /// out.</summary>
    public static void Json(Stream output, ResponseHeader header, Action<Utf8JsonWriter> body)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteStartObject("header");
            Number(json, "cluster_id", header.ClusterId);
            Number(json, "member_id", header.MemberId);
            Number(json, "revision", (ulong)header.Revision);
            Number(json, "raft_term", header.RaftTerm);
            json.WriteEndObject();
            body(json);
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }

    public static void JsonPairs(Utf8JsonWriter json, string name, IReadOnlyCollection<Pair> pairs)
    {
        if (pairs.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var pair in pairs)
        {
            json.WriteStartObject();
            json.WriteBase64String("key", pair.Key.Span);
            Number(json, "create_revision", (ulong)pair.CreateRevision);
            Number(json, "mod_revision", (ulong)pair.ModRevision);
            Number(json, "version", (ulong)pair.Version);
            if (pair.Value.Length > 0)
            {
                json.WriteBase64String("value", pair.Value.Span);
            }

            Number(json, "lease", (ulong)pair.Lease);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void Number(Utf8JsonWriter json, string name, ulong value)
    {
        if (value != 0)
        {
            json.WriteNumber(name, value);
        }
    }

    public static void Fields(Stream output, ResponseHeader header)
    {
        Field(output, "ClusterID", header.ClusterId);
        Field(output, "MemberID", header.MemberId);
        Field(output, "Revision", header.Revision);
        Field(output, "RaftTerm", header.RaftTerm);
    }

    public static void Fields(Stream output, Pair pair)
    {
        Field(output, "Key", Quoted(pair.Key));
        Field(output, "CreateRevision", pair.CreateRevision);
        Field(output, "ModRevision", pair.ModRevision);
        Field(output, "Version", pair.Version);
        Field(output, "Value", Quoted(pair.Value));
        Field(output, "Lease", pair.Lease);
    }

    public static void Field(Stream output, string name, IFormattable value) =>
        Field(output, name, value.ToString(null, CultureInfo.InvariantCulture));

    public static void Field(Stream output, string name, string value) =>
        output.Write(Encoding.UTF8.GetBytes($"\"{name}\" : {value}\n"));

    // Go's %q for the cases that matter: quotes, backslashes, control characters, bytes that are no UTF-8.
    private static string Quoted(ByteString bytes)
    {
        var text = new StringBuilder("\"");
        var rest = bytes.Span;
        while (!rest.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(rest, out var rune, out var length);
            if (status != System.Buffers.OperationStatus.Done)
            {
                foreach (var b in rest[..length])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
                }
            }
            else
            {
                text.Append(rune.Value switch
                {
                    '"' => "\\\"",
                    '\\' => "\\\\",
                    '\n' => "\\n",
                    '\t' => "\\t",
                    '\r' => "\\r",
                    < 0x20 or 0x7f => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
                    _ => rune.ToString(),
                });
            }

            rest = rest[length..];
        }

        return text.Append('"').ToString();
    }
}
