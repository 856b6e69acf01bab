namespace Ikada.Simulation.Kit;

/// <summary>
/// Checks a seed: a run in which nodes apply batches, and one in which they apply the same commands one at
/// a time. Both must be without a violation and leave one history; what differs tells whose fault it is.
/// </summary>
internal sealed class SeedCheck(ClusterPlan plan, ulong seed)
{
    /// <summary>Runs the seed; its events go to <paramref name="events"/>.</summary>
    public (RunCounts Counts, TimeSpan VirtualTime, ClusterViolation? Violation) Run(Action<string>? events)
    {
        var batches = SeedRun.Execute(plan, seed, oneByOne: false, events);
        var singles = SeedRun.Execute(plan, seed, oneByOne: true, null);
        return (batches.Result.Counts, batches.Result.VirtualTime, Judge(batches, singles));
    }

    private ClusterViolation? Judge(SeedRun batches, SeedRun singles)
    {
        if (batches.Failure is null && singles.Failure is null)
        {
            return Compare(batches, singles);
        }

        // That the machine is not deterministic explains whatever else was found; one command at a time, the
        // index is exact.
        var known = Array.Find(
            [singles, batches], run => run.Failure?.Property == KitProperties.Deterministic);
        if (known is null && batches.Failure?.Property == singles.Failure?.Property)
        {
            known = singles;
        }

        if (known is not null)
        {
            return Violation(known, string.Empty);
        }

        // Only one of the two, or each something else: is it the batches, or is it chance?
        var failed = batches.Failure is null ? singles : batches;
        var again = SeedRun.Execute(plan, seed, oneByOne: failed == singles, null);
        if (again.Failure?.Description == failed.Failure!.Description)
        {
            return Violation(failed, failed == batches
                ? "; not so when commands come one at a time" : "; not so when commands come in batches");
        }

        return new ClusterViolation(
            seed, KitProperties.Repeatable,
            $"one run ends with \"{failed.Failure.Property}: {failed.Failure.Description}\", the same run "
            + (again.Failure is { } other
                ? $"again with \"{other.Property}: {other.Description}\"" : "again without that")
            + ": the state machine, a model, an invariant or a client uses something that is not drawn from "
            + "the seed", failed.Failure.At, failed.LastEvents());
    }

    private ClusterViolation Violation(SeedRun run, string remark) => new(
        seed, run.Failure!.Property, run.Failure.Description + remark, run.Failure.At, run.LastEvents());

    // Two runs without a violation.
    private ClusterViolation? Compare(SeedRun batches, SeedRun singles)
    {
        if (batches.Trail.Parts(singles.Trail) is { } index)
        {
            var (one, two) = (batches.Trail.At(index), singles.Trail.At(index));
            return one.Command != two.Command
                ? new ClusterViolation(
                    seed, KitProperties.RepeatableRequests,
                    "two runs of the seed have other commands at one index: "
                    + $"{batches.Described(index)}, and "
                    + singles.Described(index), batches.Result.VirtualTime, [])
                : new ClusterViolation(
                    seed, KitProperties.Deterministic,
                    $"two runs of the seed diverge, first at {batches.Described(index)}: "
                    + one.Differences(
                        two.State, two.IsLooked ? two.Snapshot : null,
                        one.Result == two.Result ? null : "another result"),
                    batches.Result.VirtualTime, []);
        }

        return batches.Result.EventHash == singles.Result.EventHash ? null : new ClusterViolation(
            seed, KitProperties.Repeatable,
            $"two runs of the seed have the same {batches.Trail.Last} entries and other histories (hash "
            + $"{batches.Result.EventHash:x16} and {singles.Result.EventHash:x16}): the state hash of a "
            + "node, a snapshot or a query uses something that is not drawn from the seed",
            batches.Result.VirtualTime, []);
    }
}
