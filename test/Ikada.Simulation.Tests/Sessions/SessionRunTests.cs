using Ikada.Simulation.Coverage;
using Ikada.Simulation.Workloads;

namespace Ikada.Simulation.Tests.Sessions;

public sealed class SessionRunTests
{
    [Fact]
    public void Clients_with_sessions_come_by_all_that_may_become_of_a_copy_and_of_a_session()
    {
        var counts = new RunCounts();
        for (var seed = 1UL; seed <= 12; seed++)
        {
            var options = new SimulationOptions
            {
                Seed = seed, Nodes = seed % 2 == 0 ? 3 : 5, Seconds = 15, Workload = WorkloadKind.Sessions,
            };
            var result = SimulationRun.Execute(options);
            Assert.True(result.Failure is null, $"seed {seed}: {result.Failure?.Description}");
            counts.Add(result.Counts);
        }

        foreach (var mark in new[]
        {
            Mark.CopyAnswered, Mark.CopySuperseded, Mark.SessionCrowdedOut, Mark.SessionIdle,
            Mark.SessionTooLarge, Mark.SessionExpired, Mark.SessionLeft,
        })
        {
            Assert.True(counts.MarksOf(mark) > 0, $"{mark} never happened");
        }

        Assert.True(counts.Acknowledged > 2000, $"{counts.Acknowledged} writes were acknowledged");
        Assert.True(counts.Storage.Installed > 0, "no snapshot was installed");
    }

    [Fact]
    public void One_seed_in_seven_draws_sessions_one_in_three_of_the_others_the_store_and_the_rest_keys()
    {
        var kinds = Enumerable.Range(0, 14)
            .Select(seed => DrawnWorkload.KindOf(new SimulationOptions { Seed = (ulong)seed })).ToList();
        Assert.Equal(
            [6, 13], Enumerable.Range(0, 14).Where(seed => kinds[seed] == WorkloadKind.Sessions));
        Assert.Equal(
            [0, 3, 9, 12], Enumerable.Range(0, 14).Where(seed => kinds[seed] == WorkloadKind.Store));
        var asked = new SimulationOptions { Seed = 6, Workload = WorkloadKind.Keys };
        Assert.Equal(WorkloadKind.Keys, DrawnWorkload.KindOf(asked));
    }

    [Theory]
    [InlineData("session", "--workload is 'session'; it must be keys, sessions or store")]
    [InlineData("", "--workload is ''; it must be keys, sessions or store")]
    public void A_workload_that_there_is_not_is_named(string workload, string wrong) =>
        Assert.Equal(wrong, new SimArguments { Workload = workload }.Read(out _, out _));

    [Fact]
    public void A_history_that_has_no_keys_cannot_be_written()
    {
        var arguments = new SimArguments { Seed = 6, History = "file" };
        Assert.Equal(
            "--history goes with --workload keys; seed 6 has another workload",
            arguments.Read(out _, out _));
        Assert.Null((arguments with { Workload = "keys" }).Read(out _, out _));
    }
}
