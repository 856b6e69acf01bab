using System.Diagnostics;
using System.Globalization;
using Ikada.Simulation;
using Ikada.Simulation.Reducing;
using Spectre.Console;

namespace Ikada.Cli.Simulating;

/// <summary>How far many runs are, or the shrinking of one, on the standard error: a line that changes in
/// place on a terminal, else a line now and then.</summary>
internal sealed class SimulateProgress(Action<string> show, int? seeds = null) : ISimulationProgress
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(30);

    /// <summary>Does the work, which writes its report and tells how far it is.</summary>
    public static int Show(SimArguments arguments, Func<TextWriter, ISimulationProgress?, int> work)
    {
        if (!arguments.AreMany && !arguments.Shrink)
        {
            return work(Console.Out, null);
        }

        if (Console.IsErrorRedirected)
        {
            return work(Console.Out, Lines(Console.Error, LineEvery, arguments.Seeds));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
        });
        // The report is written when the line is gone.
        using var report = new StringWriter(CultureInfo.InvariantCulture);
        var code = console.Status().AutoRefresh(true).Start("the first runs are under way", status =>
            work(report, new SimulateProgress(line => status.Status(Markup.Escape(line)), arguments.Seeds)));
        Console.Out.Write(report.ToString());
        return code;
    }

    /// <summary>Writes a line when so much time has passed since the last one.</summary>
    internal static SimulateProgress Lines(TextWriter writer, TimeSpan every, int? seeds)
    {
        var watch = Stopwatch.StartNew();
        return new SimulateProgress(line =>
        {
            if (watch.Elapsed >= every)
            {
                watch.Restart();
                writer.WriteLine(line);
            }
        }, seeds);
    }

    public void Ran(SimulationSummary sum)
    {
        var of = seeds is null ? "" : $" of {seeds}";
        var ratio = sum.WallTime > TimeSpan.Zero ? sum.VirtualTime / sum.WallTime : 0;
        show(string.Create(
            CultureInfo.InvariantCulture,
            $"seeds {sum.Seeds}{of}, {sum.WallTime.TotalSeconds:F0} s, "
            + $"virtual {sum.VirtualTime.TotalHours:F2} h ({ratio:F0} × real time), "
            + $"faults fired {sum.Counts.FaultsFired}, violations {sum.Violations}"));
    }

    public void Tried(ShrinkProgress progress)
    {
        var size = progress.Size;
        show(string.Create(
            CultureInfo.InvariantCulture,
            $"shrinking, {progress.Elapsed.TotalSeconds:F0} s, {progress.Runs} runs, now {progress.Step}: "
            + $"faults {size.Faults}, strikes {size.Strikes}, nodes {size.Nodes}, clients {size.Clients}, "
            + $"keys {size.Keys}, events {size.Events}"));
    }
}
