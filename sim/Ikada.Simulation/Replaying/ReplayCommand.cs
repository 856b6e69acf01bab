using System.Globalization;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Replaying;

/// <summary>Runs <c>ikada sim replay</c>: repeats a run that was written down, says whether its history is
/// the same, and walks it.</summary>
public static class ReplayCommand
{
    /// <summary>The exit code where the history is another one.</summary>
    public const int Differs = 1;

    /// <summary>Repeats the run in <paramref name="file"/>. With <paramref name="steps"/> it is then walked
    /// by the commands in it, one a line; <paramref name="highlights"/>: the output is a terminal that shows
    /// colours.</summary>
    public static int Run(
        string file, TextReader? steps, TextWriter output, TextWriter errors, bool highlights = false)
    {
        if (Read(file, errors) is not { } record)
        {
            return SimCommand.BadArguments;
        }

        if (WrittenArguments.Read(record.Arguments, out var options) is { } wrong)
        {
            errors.WriteLine($"{file}: arguments: {wrong}");
            return SimCommand.BadArguments;
        }

        return Replay(record, options, steps, output, highlights);
    }

    private static int Replay(
        RunRecord record, SimulationOptions options, TextReader? steps, TextWriter output, bool highlights)
    {
        output.WriteLine($"recorded  ikada sim {record.Arguments}");
        output.WriteLine($"commit    {record.Commit}");
        output.WriteLine($"property  {record.Property ?? "all held"}");
        if (record.Found is not null)
        {
            output.WriteLine($"found     {record.Found}");
        }

        var marks = new List<ushort>();
        var lines = new List<TraceEntry>();
        var result = SimulationRun.Execute(options with
        {
            Recorder = (entry, hash) =>
            {
                marks.Add((ushort)hash);
                lines.Add(entry);
            },
        });
        var isSame = result.EventHash == record.Hash && marks.Count == record.Marks.Count;
        if (isSame)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"replayed  the same history: {marks.Count} events, hash "
                    + $"{result.EventHash:x16}"));
        }
        else
        {
            TellDifference(record, marks, lines, output);
        }

        output.WriteLine($"now       {result.Failure?.Property ?? "all properties held"}");
        if (steps is not null)
        {
            new WalkShell(new Walk(options, lines, result.Failure), steps, output, highlights).Run();
        }

        return isSame ? SimCommand.Success : Differs;
    }

    private static void TellDifference(
        RunRecord record, List<ushort> marks, List<TraceEntry> lines, TextWriter output)
    {
        var at = 0;
        while (at < marks.Count && at < record.Marks.Count && marks[at] == record.Marks[at])
        {
            at++;
        }

        output.WriteLine(
            $"replayed  ANOTHER HISTORY from event {at + 1} on: there were {record.Marks.Count}, now there "
            + $"are {marks.Count}");
        if (at < lines.Count)
        {
            output.WriteLine($"          now: {TraceFormat.Line(lines[at]).TrimStart()}");
        }

        output.WriteLine(record.Commit == BuildCommit.Name
            ? "          the commit is the same: the program was changed since, or it is not deterministic"
            : $"          as expected: this program is of commit {BuildCommit.Name}; build the recorded one "
                + "to see the recorded run");
    }

    private static RunRecord? Read(string file, TextWriter errors)
    {
        try
        {
            using var reader = new StreamReader(file);
            var record = RunRecord.Read(reader, out var error);
            if (record is null)
            {
                errors.WriteLine($"{file}: {error}");
            }

            return record;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"{file}: {failure.Message}");
            return null;
        }
    }
}
