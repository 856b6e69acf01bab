using Ikada.Simulation.Sweeps;

namespace Ikada.Simulation;

/// <summary>Runs <c>ikada sim</c>: one seed with its summary, or many over the cores with the sum of
/// all.</summary>
public static class SimCommand
{
    /// <summary>The exit code after runs without a violation.</summary>
    public const int Success = 0;

    /// <summary>The exit code after a violation.</summary>
    public const int Violated = 1;

    /// <summary>The exit code for arguments that make no sense.</summary>
    public const int BadArguments = 2;

    /// <summary>Runs; the report goes to <paramref name="output"/>, what is wrong with the arguments to
    /// <paramref name="errors"/>; <paramref name="progress"/> hears of the sum after each of many
    /// runs.</summary>
    public static int Run(SimArguments arguments, TextWriter output, TextWriter errors,
        Action<SimulationSummary>? progress = null, CancellationToken cancellation = default)
    {
        if (arguments.Read(out var options, out var nodes) is { } wrong)
        {
            errors.WriteLine(wrong);
            return BadArguments;
        }

        options = options with { Events = arguments.Events ? output : null };
        return arguments.AreMany ? RunMany(options, nodes, arguments, output, progress, cancellation)
            : RunWriting(options, arguments, output, errors);
    }

    private static int RunOne(SimulationOptions options, TextWriter output)
    {
        var result = SimulationRun.Execute(options);
        SimulationReport.Print(output, result);
        return result.Failure is null ? Success : Violated;
    }

    private static int RunWriting(
        SimulationOptions options, SimArguments arguments, TextWriter output, TextWriter errors)
    {
        try
        {
            using var trace = arguments.Trace is { } file ? new StreamWriter(file, append: false) : null;
            using var history =
                arguments.History is { } place ? new StreamWriter(place, append: false) : null;
            return RunOne(options with { Trace = trace, History = history }, output);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"--trace or --history: {failure.Message}");
            return BadArguments;
        }
    }

    private static int RunMany(
        SimulationOptions options, int[] nodes, SimArguments arguments, TextWriter output,
        Action<SimulationSummary>? progress, CancellationToken cancellation)
    {
        var seeds = arguments.Seeds ?? int.MaxValue;
        var sweep = new SeedSweep
        {
            Options = options,
            Nodes = nodes,
            Seeds = seeds,
            Jobs = Math.Min(arguments.Jobs == 0 ? Environment.ProcessorCount : arguments.Jobs, seeds),
            TimeLimit = arguments.For is { } wall ? TimeSpan.FromSeconds(wall) : null,
            KeepsGoing = arguments.KeepGoing,
            Progress = progress,
        };
        var summary = sweep.Execute(cancellation);
        foreach (var result in summary.Failed)
        {
            SimulationReport.Print(output, result.Options, result.Failure!);
            if (!arguments.KeepGoing)
            {
                break;
            }
        }

        if (cancellation.IsCancellationRequested)
        {
            output.WriteLine("stopped; this is what was done until then");
        }

        SimulationReport.Print(output, summary);
        return summary.Violations == 0 ? Success : Violated;
    }
}
