using System.Globalization;
using Ikada.Simulation.Clients;

namespace Ikada.Simulation.Kit;

/// <summary>One run of a seed with a user's state machine.</summary>
internal sealed class SeedRun
{
    private readonly ClusterPlan _plan;
    private readonly MachineWorkload _workload;

    private SeedRun(ClusterPlan plan, MachineWorkload workload, SimulationResult result)
    {
        (_plan, _workload, Result) = (plan, workload, result);
        Failure = result.Failure;
    }

    public SimulationResult Result { get; }

    public SimulationFailure? Failure { get; }

    /// <summary>What the reference copy was at each index.</summary>
    public Trail Trail => _workload.References.Trail;

    /// <summary>Runs a seed.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SeedRun Execute(ClusterPlan plan, ulong seed, bool oneByOne, Action<string>? events)
    {
        var workload = new MachineWorkload(plan, oneByOne);
        using var writer = events is null
            ? null : new LineWriter(events, line => WithText(plan, workload.Operations, line));
        var options = new SimulationOptions
        {
            Seed = seed, Nodes = plan.Nodes, Seconds = plan.Seconds, Faults = plan.Faults, Events = writer,
        };
        var result = SimulationRun.ExecuteUnless(options, _ => workload, plan.Cancellation)
            ?? throw new OperationCanceledException(plan.Cancellation);
        return new SeedRun(plan, workload, result);
    }

    /// <summary>The last events, oldest first.</summary>
    public IReadOnlyList<string> LastEvents() =>
        [.. Failure!.LastEvents.Select(line => WithText(_plan, _workload.Operations, line))];

    /// <summary>What an index held, for a message.</summary>
    public string Described(ulong index) => _workload.References.Described(index);

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
            && id < operations.Count ? $"{line}: {plan.TextOf(((MachineOp)operations[id]).Body)}" : line;
    }
}
