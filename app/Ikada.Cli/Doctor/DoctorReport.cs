using System.Globalization;
using System.Text.Json;
using Ikada.Cli.Client.Printing;
using Spectre.Console;

namespace Ikada.Cli.Doctor;

/// <summary>Tells the verdicts, to people or to programs.</summary>
internal static class DoctorReport
{
    public static void Table(IAnsiConsole console, Facts facts, IReadOnlyList<Verdict> verdicts)
    {
        var answering = facts.Answering.Count();
        if (verdicts.Count > 0)
        {
            var table = new Table().Border(TableBorder.Ascii).ShowRowSeparators().AddColumns(
                "", "what", "where", "evidence", "what to do");
            foreach (var verdict in verdicts)
            {
                var row = (string[])
                [
                    verdict.Level == VerdictLevel.Wrong ? "WRONG" : "note", verdict.Check, verdict.Where,
                    verdict.Evidence, verdict.Remedy,
                ];
                table.AddRow(row.Select(Markup.Escape).ToArray());
            }

            console.Write(table);
        }

        var wrong = verdicts.Count(verdict => verdict.Level == VerdictLevel.Wrong);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{answering} of {facts.Servers.Count} servers answered, {facts.Members.Count} members; ")
            + (wrong == 0 ? "all is well" : $"{wrong} found wrong"));
    }

    public static void Json(Stream output, Facts facts, IReadOnlyList<Verdict> verdicts)
    {
        using (var json = new Utf8JsonWriter(output, JsonMessage.Options))
        {
            json.WriteStartObject();
            json.WriteBoolean("well", verdicts.All(verdict => verdict.Level != VerdictLevel.Wrong));
            json.WriteNumber("servers", facts.Servers.Count);
            json.WriteNumber("answered", facts.Answering.Count());
            json.WriteStartArray("verdicts");
            foreach (var verdict in verdicts)
            {
                json.WriteStartObject();
                json.WriteString("level", verdict.Level == VerdictLevel.Wrong ? "wrong" : "note");
                json.WriteString("check", verdict.Check);
                json.WriteString("where", verdict.Where);
                json.WriteString("evidence", verdict.Evidence);
                json.WriteString("remedy", verdict.Remedy);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }
}
