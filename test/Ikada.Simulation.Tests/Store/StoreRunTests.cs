using Ikada.Simulation.Coverage;

namespace Ikada.Simulation.Tests.Store;

public sealed class StoreRunTests
{
    [Fact]
    public void Transactions_leases_compactions_and_watchers_come_by_all_that_may_become_of_them()
    {
        var counts = new RunCounts();
        for (var seed = 1UL; seed <= 10; seed++)
        {
            var result = SimulationRun.Execute(Options(seed));
            Assert.True(result.Failure is null, $"seed {seed}: {result.Failure?.Description}");
            counts.Add(result.Counts);
        }

        foreach (var mark in new[]
        {
            Mark.TransactionApplied, Mark.CompactedReadRefused, Mark.LeaseExpired, Mark.LeaseRevoked,
            Mark.LeaseCheckpointed, Mark.WatcherSlow, Mark.WatcherStalled, Mark.WatcherResumed,
            Mark.WatcherCompacted, Mark.WatcherProgress,
        })
        {
            Assert.True(counts.MarksOf(mark) > 0, $"{mark} never happened");
        }

        Assert.True(counts.Acknowledged > 2000, $"{counts.Acknowledged} writes were acknowledged");
        Assert.True(counts.Storage.Installed > 0, "no snapshot was installed");
    }

    [Fact]
    public void A_seed_of_the_store_repeats_its_history() => Assert.Equal(
        SimulationRun.Execute(Options(3)).EventHash, SimulationRun.Execute(Options(3)).EventHash);

    [Fact]
    public void A_store_has_no_history_file() => Assert.Equal(
        "--history goes with --workload keys; seed 3 has another workload",
        new SimArguments { Seed = 3, History = "file" }.Read(out _, out _));

    private static SimulationOptions Options(ulong seed) => new()
    {
        Seed = seed, Nodes = seed % 2 == 0 ? 3 : 5, Seconds = 12, Workload = WorkloadKind.Store,
    };
}
