using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Workloads;

namespace Ikada.Simulation;

/// <summary>Executes runs.</summary>
public static class SimulationRun
{
    private const int EventsShown = 40;

    /// <summary>Executes one run to its end or to the first violation.</summary>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    public static SimulationResult Execute(SimulationOptions options) =>
        ExecuteUnless(options, CancellationToken.None)!;

    /// <summary>The same; null if it was <paramref name="cancelled"/> meanwhile.</summary>
    internal static SimulationResult? ExecuteUnless(SimulationOptions options, CancellationToken cancelled) =>
        ExecuteUnless(options, random => DrawnWorkload.Of(options, random), cancelled);

    /// <summary>The same with a workload that <paramref name="draw"/> draws.</summary>
    internal static SimulationResult? ExecuteUnless(
        SimulationOptions options, Func<RandomSource, Workload> draw, CancellationToken cancelled)
    {
        if (options.Validate() is { } wrong)
        {
            throw new ArgumentException(wrong, nameof(options));
        }

        World? world = null;
        SimulationFailure? failure = null;
        try
        {
            world = new World(options, draw);
            if (!world.RunUnless(cancelled))
            {
                return null;
            }
        }
        catch (PropertyViolatedException violated)
        {
            failure = Failure(options, world, violated.Property, violated.Description);
        }
        catch (InvariantException broken)
        {
            failure = Failure(options, world, "an invariant of the program", broken.Message + Place(broken));
        }
#pragma warning disable CA1031 // Whatever the program under test throws is a finding, told with its seed.
        catch (Exception unexpected)
#pragma warning restore CA1031
        {
            failure = Failure(
                options, world, "no unexpected exception", $"{unexpected.GetType().Name}: "
                    + $"{unexpected.Message}{Place(unexpected)}");
        }

        if (options.History is not null)
        {
            world?.Workload.WriteHistory(options.History);
        }

        return world is null
            ? new SimulationResult(options, 0, new RunCounts(), default, default, [], default, failure)
            : new SimulationResult(
                options, world.Log.Hash, world.Counts, world.Plan.Active, world.Size, world.Schedule.Happened,
                TimeSpan.FromTicks(world.Now), failure);
    }

    private static SimulationFailure Failure(SimulationOptions options, World? world, string property,
        string what) => new(
        property, what, TimeSpan.FromTicks(world?.Now ?? 0), world?.Log.Last(EventsShown) ?? [],
            options.ReplayCommand);

    private static string Place(Exception exception)
    {
        var lines = (exception.StackTrace ?? string.Empty).Split('\n');
        return "\n" + string.Join('\n', lines.AsSpan(0, Math.Min(lines.Length, 8)).ToArray());
    }
}
