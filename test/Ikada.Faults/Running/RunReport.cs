using Ikada.Faults.Checking;
using Ikada.Faults.Clients;

namespace Ikada.Faults.Running;

/// <summary>What a run found, in words.</summary>
internal sealed record RunReport(
    string Name, RunRecord Record, IReadOnlyList<string> Violations, TimeSpan Time)
{
    // One fault can be many violations.
    private const int ShownMax = 5;

    public void Write(TextWriter output, string historyDirectory)
    {
        var operations = Record.Operations;
        var faults = Record.Faults.CountBy(fault => fault.What).OrderByDescending(fault => fault.Value)
            .Select(fault => $"{fault.Value} × {fault.Key}");
        output.WriteLine($"== {Name}");
        output.WriteLine(
            $"operations {operations.Count}: {Count(RecordedOutcome.Ok)} acknowledged, "
            + $"{Count(RecordedOutcome.Unknown)} unknown, {Count(RecordedOutcome.Failed)} failed; "
            + $"{operations.Count(one => one.MadeRevision)} writes acknowledged");
        output.WriteLine(
            $"watchers   {Record.Watches.Count}, told {Record.Watches.Sum(Events)} events over "
            + $"{Record.Watches.Sum(Streams)} streams");
        output.WriteLine($"faults     {Record.Faults.Count}: {string.Join(", ", faults)}");
        output.WriteLine($"leader     {Gaps()}");
        output.WriteLine($"time       {Time.TotalSeconds:F0} s");
        output.WriteLine($"violations {Violations.Count}");
        foreach (var violation in Violations.Take(ShownMax))
        {
            output.WriteLine($"  {violation}");
        }

        if (historyDirectory.Length > 0)
        {
            output.WriteLine($"history    {historyDirectory}");
        }
    }

    private string Gaps()
    {
        var gaps = WriteGaps.Of(Record.Faults, Record.Operations);
        gaps.Sort();
        return gaps.Count == 0 ? "never lost"
            : $"lost {gaps.Count} times; no write acknowledged for {gaps[gaps.Count / 2].TotalSeconds:F2} s "
                + $"(median), {gaps[^1].TotalSeconds:F2} s (longest)";
    }

    private int Count(RecordedOutcome outcome) => Record.Operations.Count(one => one.Outcome == outcome);

    private static int Events(WatchRecord watch) => watch.Words.Sum(word => word.Events.Count);

    private static int Streams(WatchRecord watch) =>
        watch.Words.Count(word => word.Kind == WatchWordKind.Created);
}
