namespace Ikada.Simulation.Kit;

/// <summary>Checks many seeds over the cores. The outcome is that of the lowest seed with a violation,
/// however many run at a time.</summary>
internal sealed class SeedChecks(ClusterPlan plan)
{
    private readonly Lock _gate = new();
    private readonly RunCounts _counts = new();
    private TimeSpan _virtualTime;
    private ClusterViolation? _violation;
    private int _seeds;

    public ClusterReport Run(int seeds, ulong first)
    {
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = plan.Jobs == 0 ? Environment.ProcessorCount : plan.Jobs,
            CancellationToken = plan.Cancellation,
        };
        var events = seeds == 1 ? plan.Output : null;
        try
        {
            // A break lets those with lower numbers end: the lowest violation is the one that is told.
            Parallel.For(0, seeds, options, (at, loop) =>
            {
                var seed = first + (ulong)at;
                if (!Add(seed, new SeedCheck(plan, seed).Run(events)))
                {
                    loop.Break();
                }
            });
        }
        catch (AggregateException failed) when (plan.Cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException("The simulation was cancelled.", failed, plan.Cancellation);
        }

        return new ClusterReport(_seeds, _counts, _virtualTime, _violation);
    }

    private bool Add(ulong seed, (RunCounts Counts, TimeSpan VirtualTime, ClusterViolation? Violation) run)
    {
        lock (_gate)
        {
            _seeds++;
            _counts.Add(run.Counts);
            _virtualTime += run.VirtualTime;
            if (run.Violation is not null && (_violation is null || seed < _violation.Seed))
            {
                _violation = run.Violation;
            }

            return run.Violation is null;
        }
    }
}
