using Ikada.Simulation.Faults;
using Ikada.Simulation.Sweeps;

namespace Ikada.Simulation.Tests;

public sealed class SweepTests
{
    private static readonly SimulationOptions Short =
        new() { Seed = 40, Nodes = 3, Seconds = 1, Faults = FaultSet.None };

    // So little time for the healing that most seeds fail.
    private static readonly SimulationOptions Failing = Short with
    {
        Faults = FaultSet.All,
        Seconds = 3,
        LivenessTimeoutsMax = 1,
    };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_violation_of_the_lowest_seed_is_kept_however_many_jobs_there_are(int jobs)
    {
        // While one job is at the lowest the others may go on, each up to the next violation.
        var failing = new List<int>();
        for (var at = 0; failing.Count < jobs; at++)
        {
            if (SimulationRun.Execute(Failing with { Seed = Failing.Seed + (ulong)at }).Failure is not null)
            {
                failing.Add(at);
            }
        }

        var sum = new SeedSweep { Options = Failing, Nodes = [3], Jobs = jobs }.Execute(Token);
        Assert.Equal(Failing.Seed + (ulong)failing[0], sum.Failed[0].Options.Seed);
        Assert.InRange(sum.Seeds, failing[0] + 1, failing[^1] + 1);
    }

    [Fact]
    public void It_goes_on_after_a_violation_if_told_so()
    {
        var sum =
            new SeedSweep { Options = Failing, Nodes = [3], Seeds = 6, KeepsGoing = true }.Execute(Token);
        Assert.Equal(6, sum.Seeds);
        Assert.True(sum.Violations > 1, $"{sum.Violations} violations");
    }

    [Fact]
    public void No_seed_begins_after_the_time_is_over()
    {
        var told = 0;
        var sum = new SeedSweep
        {
            Options = Short, Nodes = [1], Jobs = 2, TimeLimit = TimeSpan.FromMilliseconds(1),
            Progress = _ =>
            {
                told++;
                Thread.Sleep(2); // so that the time is over, however quick the first run was
            },
        }.Execute(Token);
        Assert.InRange(sum.Seeds, 0, 2);
        Assert.Equal(sum.Seeds, told);
    }

    [Fact]
    public void Seeds_take_the_numbers_of_nodes_in_turn()
    {
        var sum = new SeedSweep
        {
            Options = Short, Nodes = [1, 3], Seeds = 4, Jobs = 2,
        }.Execute(Token);
        Assert.Equal(4, sum.Seeds);
        var alone = Counted(40, 1) + Counted(41, 3) + Counted(42, 1) + Counted(43, 3);
        Assert.Equal(alone, sum.Counts.Events);
    }

    private static long Counted(ulong seed, int nodes) => SimulationRun.Execute(
        Short with { Seed = seed, Nodes = nodes }).Counts.Events;

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
