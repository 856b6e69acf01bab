using System.Globalization;
using System.Text;

namespace Ikada.Simulation.Replaying;

/// <summary>
/// A run that was written down: what it was made of, and 16 bits of the hash of its history after each event,
/// so that a run that goes another way is known at the event at which it does.
/// </summary>
/// <param name="Arguments">The options as they are written on the command line.</param>
/// <param name="Commit">The commit of the program that made the run.</param>
/// <param name="Property">The property that did not hold; null: all held.</param>
/// <param name="Found">What was found; null if nothing.</param>
/// <param name="Hash">The hash of the whole history.</param>
/// <param name="Marks">The low 16 bits of the hash after each event.</param>
public sealed record RunRecord(
    string Arguments, string Commit, string? Property, string? Found, ulong Hash,
    IReadOnlyList<ushort> Marks)
{
    private const string Heading = "ikada run 1";
    private const int MarksPerLine = 24;

    /// <summary>Executes a run and writes it down.</summary>
    public static (SimulationResult Result, RunRecord Record) Execute(SimulationOptions options) =>
        ExecuteUnless(options, CancellationToken.None)!.Value;

    /// <summary>The same; null if it was <paramref name="cancelled"/> meanwhile.</summary>
    internal static (SimulationResult Result, RunRecord Record)? ExecuteUnless(
        SimulationOptions options, CancellationToken cancelled)
    {
        var marks = new List<ushort>();
        var recorded = options with { Recorder = (_, hash) => marks.Add((ushort)hash) };
        if (SimulationRun.ExecuteUnless(recorded, cancelled) is not { } result)
        {
            return null;
        }

        result = result with { Options = options };
        var failure = result.Failure;
        var found = failure?.Description.Split('\n')[0];
        return (result, new RunRecord(
            options.Arguments, BuildCommit.Name, failure?.Property, found, result.EventHash, marks));
    }

    /// <summary>Writes it as text.</summary>
    public void Write(TextWriter writer)
    {
        writer.WriteLine(Heading);
        writer.WriteLine($"arguments {Arguments}");
        writer.WriteLine($"commit {Commit}");
        if (Property is not null)
        {
            writer.WriteLine($"property {Property}");
            writer.WriteLine($"found {Found}");
        }

        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"hash {Hash:x16}"));
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"events {Marks.Count}"));
        var line = new StringBuilder();
        for (var at = 0; at < Marks.Count; at++)
        {
            line.Append(CultureInfo.InvariantCulture, $"{Marks[at]:x4}");
            if (at % MarksPerLine == MarksPerLine - 1 || at == Marks.Count - 1)
            {
                writer.WriteLine(line);
                line.Clear();
            }
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote. Null: <paramref name="error"/> says what is wrong, and
    /// in which line.</summary>
    public static RunRecord? Read(TextReader reader, out string error)
    {
        error = "line 1 is not 'ikada run 1': no file of 'ikada sim --record'";
        if (reader.ReadLine() != Heading)
        {
            return null;
        }

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 1;
        while (!fields.ContainsKey("events") && reader.ReadLine() is { } line)
        {
            number++;
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0 || !fields.TryAdd(line[..space], line[(space + 1)..]))
            {
                error = $"line {number} is not a name and a value, or its name is there twice";
                return null;
            }
        }

        foreach (var name in new[] { "arguments", "commit", "hash", "events" })
        {
            if (!fields.ContainsKey(name))
            {
                error = $"'{name}' is missing";
                return null;
            }
        }

        if (!ulong.TryParse(
            fields["hash"], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hash)
            || !int.TryParse(
                fields["events"], NumberStyles.None, CultureInfo.InvariantCulture, out var events))
        {
            error = "'hash' or 'events' is not a number";
            return null;
        }

        var marks = ReadMarks(reader, events);
        error = marks is null ? $"after line {number} there are not {events} marks of four hexadecimal digits"
            : string.Empty;
        return marks is null ? null : new RunRecord(
            fields["arguments"], fields["commit"], fields.GetValueOrDefault("property"),
            fields.GetValueOrDefault("found"), hash, marks);
    }

    private static List<ushort>? ReadMarks(TextReader reader, int count)
    {
        var marks = new List<ushort>();
        while (reader.ReadLine() is { } line)
        {
            for (var at = 0; at < line.Length; at += 4)
            {
                if (at + 4 > line.Length || !ushort.TryParse(
                    line.AsSpan(at, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var mark))
                {
                    return null;
                }

                marks.Add(mark);
            }
        }

        return marks.Count == count ? marks : null;
    }
}
