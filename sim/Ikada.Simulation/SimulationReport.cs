using System.Globalization;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation;

/// <summary>Prints what runs came to.</summary>
public static class SimulationReport
{
    /// <summary>Prints one run.</summary>
    public static void Print(TextWriter writer, SimulationResult result)
    {
        if (result.Failure is { } failure)
        {
            Print(writer, result.Options, failure);
        }

        var options = result.Options;
        Line(writer, $"seed {options.Seed}: {options.Nodes} nodes, {Seconds(result.VirtualTime)} virtual "
            + $"seconds, faults on: {result.ActiveFaults}");
        Print(writer, result.Counts);
        Line(writer, $"strikes     {result.Strikes.Count} of faults, {result.Size.Clients} clients, "
            + $"{result.Size.Keys} keys");
        Line(writer, $"event hash  {result.EventHash:x16}");
        Line(writer, $"violations  {(result.Failure is null ? 0 : 1)}");
    }

    /// <summary>Prints a violation.</summary>
    public static void Print(TextWriter writer, SimulationOptions options, SimulationFailure failure)
    {
        Line(writer, $"VIOLATION with seed {options.Seed} after {Seconds(failure.At)} virtual seconds");
        Line(writer, $"  property  {failure.Property}");
        Line(writer, $"  found     {failure.Description}");
        Line(writer, $"  replay    {failure.ReplayCommand}");
        Line(writer, $"  commit    {BuildCommit.Name}");
        Line(writer, $"  the last {failure.LastEvents.Count} events:");
        foreach (var line in failure.LastEvents)
        {
            Line(writer, $"    {line}");
        }
    }

    /// <summary>Prints the sum of many runs.</summary>
    public static void Print(TextWriter writer, SimulationSummary summary)
    {
        var ratio = summary.WallTime > TimeSpan.Zero ? summary.VirtualTime / summary.WallTime : 0;
        Line(writer, $"seeds       {summary.Seeds}");
        Line(writer, $"time        {Seconds(summary.VirtualTime)} virtual seconds in "
            + $"{Seconds(summary.WallTime)} s: {ratio:F0} × real time with {summary.Jobs} runs at a time");
        Print(writer, summary.Counts);
        Line(writer, $"violations  {summary.Violations}");
    }

    private static void Print(TextWriter writer, RunCounts counts)
    {
        Line(writer, $"events      {counts.Events}, messages {counts.Messages}, elections "
            + $"{counts.Elections}, commits {counts.Commits}");
        Line(writer, $"operations  {counts.Operations}: {counts.Acknowledged} writes acknowledged, "
            + $"{counts.Reads} reads, {counts.Refused} refused, {counts.Unknown} unknown");
        Line(writer, $"membership  {counts.ChangesApplied} changes applied, {counts.ChangesRefused} refused; "
            + $"{counts.Transfers} transfers; {counts.LeaseReads} reads under a lease, {counts.LeasesPassed} "
            + "leases passed meanwhile");
        var storage = counts.Storage;
        Line(writer, $"snapshots   {storage.Taken} taken, {storage.Sent} sent ({storage.PieceBytes} bytes, "
            + $"{storage.Resumed} resumed), {storage.Installed} installed, {storage.Completed} completed "
            + $"after a crash, {storage.Failed} failed, {storage.StatesMissing} states missing");
        Line(writer, $"log         {storage.Compactions} compactions; segments: {storage.SegmentsFreed} "
            + $"freed, {storage.SegmentsReused} used again; {storage.Rewritten} entries rewritten; "
            + $"{storage.NoSpaceEpisodes} times no space, {storage.DiskStops} stops by a failed disk");
        var faults = new List<string>();
        for (var kind = (FaultKind)0; (int)kind < FaultSet.KindCount; kind++)
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{FaultSet.NameOf(kind)} "
                + $"{counts.FaultsOf(kind)}"));
        }

        Line(writer, $"faults      {string.Join(", ", faults)}");
        var fired = CoverageReport.Required - CoverageReport.NeverFired(counts).Count;
        Line(writer, $"coverage    {fired} of {CoverageReport.Required} kinds, marks, points and branches");
    }

    private static string Seconds(TimeSpan span) => span.TotalSeconds.ToString("F1",
        CultureInfo.InvariantCulture);

    private static void Line(TextWriter writer, string text) => writer.WriteLine(text);
}
