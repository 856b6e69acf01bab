using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Trace;

/// <summary>An event of the world as one line of JSON: it has <c>what</c> where an event of a consensus
/// module has <c>name</c> (docs/simulation/traces.md).</summary>
internal static class TraceJson
{
    /// <summary>The line of an event.</summary>
    public static string Line(in TraceEntry entry)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("what", entry.Kind.ToString());
            json.WriteNumber("time", (decimal)entry.Time / Draw.Second);
            if (entry.Node >= 0)
            {
                json.WriteString("nid", (entry.Node + 1).ToString(CultureInfo.InvariantCulture));
            }

            if (entry.Peer >= 0)
            {
                json.WriteString("from", (entry.Peer + 1).ToString(CultureInfo.InvariantCulture));
            }

            json.WriteString("text", TraceFormat.Details(entry));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(line.WrittenSpan);
    }
}
