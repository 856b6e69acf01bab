using System.Diagnostics;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation;

/// <summary>The arguments of <c>ikada sim</c>, as written.</summary>
public sealed record SimArguments
{
    /// <summary>The first seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many seeds, from the first on.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>How many runs at a time; 0: as many as there are cores.</summary>
    public int Jobs { get; init; }

    /// <summary>How many nodes.</summary>
    public int Nodes { get; init; } = 5;

    /// <summary>How many virtual seconds with faults.</summary>
    public int Seconds { get; init; } = 60;

    /// <summary><c>all</c>, <c>none</c> or a comma list.</summary>
    public string Faults { get; init; } = "all";

    /// <summary>Whether to write every event (one seed only).</summary>
    public bool Events { get; init; }

    /// <summary>Where to write the consensus modules' events as NDJSON (one seed only); null:
    /// nowhere.</summary>
    public string? Trace { get; init; }
}

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
    /// <paramref name="errors"/>.</summary>
    public static int Run(SimArguments arguments, TextWriter output, TextWriter errors,
        CancellationToken cancellation = default)
    {
        if (!FaultSet.TryParse(arguments.Faults, out var faults, out var error))
        {
            errors.WriteLine($"--faults: {error}");
            return BadArguments;
        }

        var options = new SimulationOptions
        {
            Seed = arguments.Seed,
            Nodes = arguments.Nodes,
            Seconds = arguments.Seconds,
            Faults = faults,
            Events = arguments.Events ? output : null,
        };
        error = options.Validate()
            ?? (arguments.Seeds < 1 ? $"--seeds is {arguments.Seeds}; it must be at least 1"
            : arguments.Jobs < 0 ? $"--jobs is {arguments.Jobs}; it must be at least 1, or 0 for all cores"
            : arguments.Seeds > 1 && arguments.Events
                ? $"--events goes with one seed; --seeds is {arguments.Seeds}"
            : arguments.Seeds > 1 && arguments.Trace is not null
                ? $"--trace goes with one seed; --seeds is {arguments.Seeds}"
            : null);
        if (error is not null)
        {
            errors.WriteLine(error);
            return BadArguments;
        }

        return arguments.Seeds > 1 ? RunMany(options, arguments, output, cancellation)
            : arguments.Trace is null ? RunOne(options, output)
            : RunTraced(options, arguments.Trace, output, errors);
    }

    private static int RunOne(SimulationOptions options, TextWriter output)
    {
        var result = SimulationRun.Execute(options);
        SimulationReport.Print(output, result);
        return result.Failure is null ? Success : Violated;
    }

    private static int RunTraced(SimulationOptions options, string file, TextWriter output, TextWriter errors)
    {
        try
        {
            using var trace = new StreamWriter(file, append: false);
            return RunOne(options with { Trace = trace }, output);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"--trace {file}: {failure.Message}");
            return BadArguments;
        }
    }

    private static int RunMany(
        SimulationOptions options, SimArguments arguments, TextWriter output, CancellationToken cancellation)
    {
        var jobs = Math.Min(arguments.Jobs == 0 ? Environment.ProcessorCount : arguments.Jobs,
            arguments.Seeds);
        var summary = new SimulationSummary { Jobs = jobs };
        var watch = Stopwatch.StartNew();
        var gate = new Lock();
        try
        {
            Parallel.For(
                0,
                arguments.Seeds,
                new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation },
                at =>
                {
                    var result = SimulationRun.Execute(options with { Seed = options.Seed + (ulong)at });
                    lock (gate)
                    {
                        summary.Add(result);
                        if (result.Failure is { } failure)
                        {
                            SimulationReport.Print(output, result.Options, failure);
                        }
                    }
                });
        }
        catch (OperationCanceledException)
        {
            output.WriteLine("stopped; this is what was done until then");
        }

        summary.WallTime = watch.Elapsed;
        SimulationReport.Print(output, summary);
        return summary.Violations == 0 ? Success : Violated;
    }
}
