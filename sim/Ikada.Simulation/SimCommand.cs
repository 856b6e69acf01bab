using Ikada.Simulation.Coverage;
using Ikada.Simulation.Reducing;
using Ikada.Simulation.Replaying;
using Ikada.Simulation.Sweeps;

namespace Ikada.Simulation;

/// <summary>Runs <c>ikada sim</c>: one seed with its summary, or many over the cores with the sum of
/// all.</summary>
public static class SimCommand
{
    /// <summary>The exit code after runs without a violation.</summary>
    public const int Success = 0;

    /// <summary>The exit code after a violation, or where something never fired that had to.</summary>
    public const int Violated = 1;

    /// <summary>The exit code for arguments that make no sense.</summary>
    public const int BadArguments = 2;

    /// <summary>Runs; the report goes to <paramref name="output"/>, what is wrong with the arguments to
    /// <paramref name="errors"/>; <paramref name="progress"/> hears how far it is.</summary>
    public static int Run(SimArguments arguments, TextWriter output, TextWriter errors,
        ISimulationProgress? progress = null, CancellationToken cancellation = default)
    {
        if (arguments.Read(out var options, out var nodes) is { } wrong)
        {
            errors.WriteLine(wrong);
            return BadArguments;
        }

        if (arguments.Coverage)
        {
            output.Write(CoverageReport.Document());
            return Success;
        }

        var option = "--trace";
        try
        {
            using var trace = arguments.Trace is null ? null : new StreamWriter(arguments.Trace);
            option = "--history";
            using var history = arguments.History is null ? null : new StreamWriter(arguments.History);
            option = "--events";
            using var file = arguments.Events is null or SimArguments.ToOutput
                ? null : new StreamWriter(arguments.Events);
            options = options with
            {
                Trace = trace,
                History = history,
                Events = arguments.Events == SimArguments.ToOutput ? output : file,
            };
            option = "--record";
            var never = 0;
            var failing = arguments.AreMany
                ? RunMany(options, nodes, arguments, output, progress, out never, cancellation)
                : RunOne(options, arguments, output, cancellation);
            if (failing is not null && arguments.Shrink)
            {
                // Of the runs that are tried nothing is written.
                options = failing.Options with { Trace = null, Events = null, History = null };
                Shrink(failing with { Options = options }, arguments, output, progress, cancellation);
            }

            return failing is null && never == 0 ? Success : Violated;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"{option}: {failure.Message}");
            return BadArguments;
        }
    }

    private static SimulationResult? RunOne(
        SimulationOptions options, SimArguments arguments, TextWriter output, CancellationToken cancellation)
    {
        if (RunRecord.ExecuteUnless(options, cancellation) is not var (result, record))
        {
            output.WriteLine("stopped before its end");
            return null;
        }

        SimulationReport.Print(output, result);
        if (result.Failure is not null || arguments.Record is not null)
        {
            RecordFiles.Write(record, arguments.Record ?? RecordFiles.Of(options.Seed), output);
        }

        return result.Failure is null ? null : result;
    }

    private static void Shrink(
        SimulationResult failing, SimArguments arguments, TextWriter output, ISimulationProgress? progress,
        CancellationToken cancellation)
    {
        var shrinker = new Shrinker
        {
            Jobs = arguments.Jobs == 0 ? Environment.ProcessorCount : arguments.Jobs,
            TimeLimit = TimeSpan.FromSeconds(arguments.ShrinkSeconds),
            Progress = progress is null ? null : progress.Tried,
        };
        var outcome = shrinker.Shrink(failing, cancellation);
        ShrinkStory.Print(output, outcome);
        var file = RecordFiles.Shrunk(arguments.Record ?? RecordFiles.Of(failing.Options.Seed));
        RecordFiles.Write(RunRecord.Execute(outcome.Smallest.Options).Record, file, output);
    }

    // Returns the failing run of the lowest seed, or null; and how much never fired of what had to.
    private static SimulationResult? RunMany(
        SimulationOptions options, int[] nodes, SimArguments arguments, TextWriter output,
        ISimulationProgress? progress, out int never, CancellationToken cancellation)
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
            Progress = progress is null ? null : progress.Ran,
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
        var unfired = arguments.RequireCoverage ? CoverageReport.NeverFired(summary.Counts) : [];
        foreach (var name in unfired)
        {
            output.WriteLine($"never fired: {name}");
        }

        never = unfired.Count;
        if (summary.Failed.Count > 0)
        {
            // A sweep writes nothing down: the run is repeated.
            var failing = summary.Failed[0].Options;
            RecordFiles.Write(
                RunRecord.Execute(failing).Record, arguments.Record ?? RecordFiles.Of(failing.Seed), output);
        }

        return summary.Failed.Count > 0 ? summary.Failed[0] : null;
    }
}
