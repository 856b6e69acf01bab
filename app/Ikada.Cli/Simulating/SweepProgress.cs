using System.Diagnostics;
using System.Globalization;
using Ikada.Simulation;
using Spectre.Console;

namespace Ikada.Cli.Simulating;

/// <summary>How far many runs are, on the standard error: a line that changes in place on a terminal, else a
/// line now and then.</summary>
internal static class SweepProgress
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(30);

    /// <summary>Does the work, which writes its report and tells of the sum after each run.</summary>
    public static int Show(Func<TextWriter, Action<SimulationSummary>?, int> work, SimArguments arguments)
    {
        if (arguments.Seeds is null or 1 && arguments.For is null)
        {
            return work(Console.Out, null);
        }

        if (Console.IsErrorRedirected)
        {
            return work(Console.Out, Lines(Console.Error, LineEvery));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
        });
        // The report is written when the line is gone.
        using var report = new StringWriter(CultureInfo.InvariantCulture);
        var code = console.Status().AutoRefresh(true).Start("the first runs are under way", status =>
            work(report, sum => status.Status(Markup.Escape(Line(sum, arguments)))));
        Console.Out.Write(report.ToString());
        return code;
    }

    /// <summary>Writes a line when so much time has passed since the last one.</summary>
    internal static Action<SimulationSummary> Lines(TextWriter writer, TimeSpan every)
    {
        var watch = Stopwatch.StartNew();
        return sum =>
        {
            if (watch.Elapsed >= every)
            {
                watch.Restart();
                writer.WriteLine(Line(sum, null));
            }
        };
    }

    /// <summary>The sum in one line.</summary>
    internal static string Line(SimulationSummary sum, SimArguments? arguments)
    {
        var of = arguments?.Seeds is { } seeds ? $" of {seeds}" : "";
        var ratio = sum.WallTime > TimeSpan.Zero ? sum.VirtualTime / sum.WallTime : 0;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"seeds {sum.Seeds}{of}, {sum.WallTime.TotalSeconds:F0} s, "
            + $"virtual {sum.VirtualTime.TotalHours:F2} h ({ratio:F0} × real time), faults fired {sum.Counts.FaultsFired}, "
            + $"violations {sum.Violations}");
    }
}
