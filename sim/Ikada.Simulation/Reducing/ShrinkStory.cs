using System.Globalization;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Reducing;

/// <summary>Prints what a run was reduced to, so that a person can follow it.</summary>
public static class ShrinkStory
{
    /// <summary>Runs the smallest run again and prints it.</summary>
    public static void Print(TextWriter writer, ShrinkOutcome outcome)
    {
        var events = new List<TraceEntry>();
        var options = outcome.Smallest.Options with { Recorder = (entry, _) => events.Add(entry) };
        var failure = SimulationRun.Execute(options).Failure!;
        var shown = StoryFilter.Select(events, failure.Description);
        Line(writer, $"SHRUNK with {outcome.Runs} runs in {outcome.Elapsed.TotalSeconds:F0} s");
        Line(writer, $"  property  {failure.Property}");
        Line(writer, $"  found     {failure.Description.Split('\n')[0]}");
        PrintSizes(writer, ShrinkSize.Of(outcome.Found), ShrinkSize.Of(outcome.Smallest));
        Line(writer, $"  faults    {outcome.Smallest.ActiveFaults}");
        Line(writer, $"  strikes   {StrikeList.Of(outcome.Smallest.Strikes)}");
        Line(writer, $"  history   {shown.Count} of {events.Count} lines");
        foreach (var entry in shown)
        {
            Line(writer, $"  {TraceFormat.Line(entry)}");
        }

        Line(writer, $"  VIOLATION: {failure.Property}");
        Line(writer, $"  replay    {failure.ReplayCommand} --events");
    }

    private static void PrintSizes(TextWriter writer, ShrinkSize before, ShrinkSize after)
    {
        (string Name, string Before, string After)[] rows =
        [
            ("faults", Text(before.Faults), Text(after.Faults)),
            ("strikes", Text(before.Strikes), Text(after.Strikes)),
            ("nodes", Text(before.Nodes), Text(after.Nodes)),
            ("clients", Text(before.Clients), Text(after.Clients)),
            ("keys", Text(before.Keys), Text(after.Keys)),
            ("seconds", before.Seconds.ToString("F1", CultureInfo.InvariantCulture),
                after.Seconds.ToString("F1", CultureInfo.InvariantCulture)),
            ("events", Text(before.Events), Text(after.Events)),
        ];
        Line(writer, $"  cut       {string.Join(", ",
            Array.ConvertAll(rows, row => $"{row.Name} {row.Before} → {row.After}"))}");
    }

    private static string Text(long number) =>
        number.ToString("N0", CultureInfo.InvariantCulture).Replace(',', ' ');

    private static void Line(TextWriter writer, FormattableString text) =>
        writer.WriteLine(FormattableString.Invariant(text));
}
