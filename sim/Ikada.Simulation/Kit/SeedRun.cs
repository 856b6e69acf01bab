using System.Globalization;
using Ikada.Primitives;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Workloads;
using Ikada.Simulation.Workloads.Sessions;

namespace Ikada.Simulation.Kit;

/// <summary>One run of a seed with a user's state machine.</summary>
internal sealed class SeedRun
{
    private readonly ClusterPlan _plan;
    private readonly UserMachines _machines;
    private readonly Workload _workload;

    private SeedRun(UserMachines machines, Workload workload, SimulationResult result)
    {
        (_plan, _machines, _workload, Result) = (machines.Plan, machines, workload, result);
        Failure = result.Failure;
    }

    public SimulationResult Result { get; }

    public SimulationFailure? Failure { get; }

    /// <summary>What the reference copy was at each index.</summary>
    public Trail Trail => _machines.References.Trail;

    /// <summary>Runs a seed.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SeedRun Execute(ClusterPlan plan, ulong seed, bool oneByOne, Action<string>? events)
    {
        var machines = new UserMachines(plan, oneByOne);
        Workload workload = plan.Sessions is { } sessions
            ? new SessionWorkload(
                new SessionedMachines(machines),
                new SessionBounds(new RandomSource(~seed), sessions.Bounds), sessions.Around)
            : new MachineWorkload(machines);
        using var writer = events is null
            ? null : new LineWriter(events, line => WithText(plan, workload.Operations, line));
        var options = new SimulationOptions
        {
            Seed = seed, Nodes = plan.Nodes, Seconds = plan.Seconds, Faults = plan.Faults, Events = writer,
            Sleeps = false,
        };
        var result = SimulationRun.ExecuteUnless(options, _ => workload, plan.Cancellation)
            ?? throw new OperationCanceledException(plan.Cancellation);
        return new SeedRun(machines, workload, result);
    }

    /// <summary>The last events, oldest first.</summary>
    public IReadOnlyList<string> LastEvents() =>
        [.. Failure!.LastEvents.Select(line => WithText(_plan, _workload.Operations, line))];

    /// <summary>What an index held, for a message.</summary>
    public string Described(ulong index) => _machines.References.Described(index);

    // A line that tells of a client's operation shows the request as well.
    private static string WithText(ClusterPlan plan, Operations operations, string line)
    {
        const string Mark = " op ";
        var at = line.IndexOf(Mark, StringComparison.Ordinal);
        if (at < 0 || !line.Contains(" client ", StringComparison.Ordinal))
        {
            return line;
        }

        var number = line.AsSpan(at + Mark.Length);
        var end = number.IndexOf(' ');
        return end > 0 && long.TryParse(number[..end], CultureInfo.InvariantCulture, out var id)
            && id < operations.Count && operations[id].Request is { } request
            ? $"{line}: {plan.TextOf(request)}" : line;
    }
}
