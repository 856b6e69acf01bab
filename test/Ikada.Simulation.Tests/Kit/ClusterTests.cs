using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Kit;
using Ikada.StateMachine;

namespace Ikada.Simulation.Tests.Kit;

/// <summary>The kit's own behaviour: options, repetition, events, ends.</summary>
public sealed class ClusterTests
{
    private static readonly SimulatedCluster<Tally> Cluster = SimulatedCluster.Of(() => new Tally())
        .WithNodes(3).WithSeconds(2).WithClients(3, random => BitConverter.GetBytes(random.NextUInt64()));

    [Fact]
    public void Options_out_of_range_are_named_with_value_and_range()
    {
        Named("nodes is 10; it must be from 1 to 9", () => Cluster.WithNodes(10));
        Named("seconds is 0; it must be from 1 to 86400", () => Cluster.WithSeconds(0));
        Named("jobs is -1; it must be from 1 to 1024", () => Cluster.WithJobs(-1));
        Named("clients is 0; it must be from 1 to 100", () => Cluster.WithClients(0, _ => []));
        Named("percent is 100; it must be from 1 to 99", () => Cluster.WithQueries(_ => [], 100));
        Named("seeds is 0; it must be at least 1", () => Cluster.Run(0));
        Named("'crush' is not a fault; use all, none", () => Cluster.WithFaults("crush"));
        Assert.Contains(
            "call WithClients",
            Assert.Throws<InvalidOperationException>(
                () => SimulatedCluster.Of(() => new Tally()).Run()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void One_seed_gives_one_violation_however_many_run_at_a_time()
    {
        var cluster = Cluster.WithInvariant("even", tally => tally.Sum % 2 == 0);
        var one = cluster.WithJobs(1).Run(seeds: 3).Violation;
        var many = cluster.WithJobs(3).Run(seeds: 3).Violation;
        Assert.NotNull(one);
        Assert.Equal(one.ToString(), many!.ToString());
        Assert.Equal(one.ToString(), cluster.Replay(one.Seed).Violation!.ToString());
    }

    [Fact]
    public void A_replay_writes_every_event_with_the_request_in_words()
    {
        var lines = new List<string>();
        var report = Cluster.WithText(request => $"«{request.Length}»").WithEvents(lines.Add).Replay(2);
        report.ThrowIfViolated();
        Assert.Contains(lines, line => line.Contains("client asks", StringComparison.Ordinal)
            && line.EndsWith(": «8»", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("converged", StringComparison.Ordinal));
    }

    [Fact]
    public void Requests_that_are_made_twice_and_stale_queries_are_judged()
    {
        var report = Cluster.WithFaults("retry,twice,staleread,clientcrash,partition").WithSeconds(5)
            .WithQueries(_ => [1]).WithModel(() => new TallyModel()).Run(seeds: 2);
        report.ThrowIfViolated();
        foreach (var kind in new[] { FaultKind.Retry, FaultKind.Twice, FaultKind.StaleRead })
        {
            Assert.True(report.Counts.FaultsOf(kind) > 0, $"{kind} never struck");
        }
    }

    [Fact]
    public void A_text_that_throws_hides_nothing()
    {
        var violation = Cluster.WithText(_ => throw new FormatException("no words"))
            .WithInvariant("even", tally => tally.Sum % 2 == 0).Run(seeds: 3).Violation;
        Assert.Equal("invariant: even", violation!.Property);
        Assert.Contains("(WithText throws FormatException: no words)", violation.Description,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_run_ends()
    {
        using var source = new CancellationTokenSource();
        var cluster = Cluster.WithSeconds(86_400).WithClients(1, random =>
        {
            source.Cancel();
            return BitConverter.GetBytes(random.NextUInt64());
        });
        Assert.Throws<OperationCanceledException>(() => cluster.WithCancellation(source.Token).Run(seeds: 4));
    }

    [Fact]
    public void Long_commands_of_zeros_come_through_damaged_logs()
    {
        var report = Cluster.WithFaults("damage,crash").WithSeconds(5)
            .WithClients(3, random => new byte[8 + (random.NextBelow(9) * 2047)]).Run(seeds: 3);
        report.ThrowIfViolated();
        Assert.True(report.Counts.Acknowledged > 50, $"{report.Counts.Acknowledged} commands");
    }

    [Fact]
    public void A_read_older_than_what_somebody_was_told_is_found()
    {
        var workload = Workload();
        var write = Next(workload);
        workload.Execute(Command(workload, write, 3));
        Tell(workload, write, 3);
        var read = Next(workload);
        Assert.Equal(3UL, read.FloorIndex);
        Fires(KitProperties.Linearizable, () => workload.ReadAnswered(read, new LogIndex(2), new byte[8]));
        Fires(KitProperties.Linearizable, () => workload.ReadAnswered(read, new LogIndex(3), new byte[8]));
        workload.ReadAnswered(read, new LogIndex(3), BitConverter.GetBytes(5L));
    }

    [Fact]
    public void A_wrong_word_about_a_write_is_found()
    {
        var workload = Workload();
        var write = Next(workload);
        Fires(Operations.AckedProperty, () => Tell(workload, write, 3));
        workload.Execute(Command(workload, write, 3));
        Fires(Operations.AckedProperty, () => Tell(workload, write, 4));
        var other = WriteOutcome.Applied(new LogPosition(new LogIndex(3), new Term(1)), new byte[] { 9 });
        Fires(KitProperties.Linearizable, () => workload.WriteApplied(write, other, isWaiting: true));
        Tell(workload, write, 3);
        var late = Next(workload);
        late.IsExecuted = true;
        (late.Index, late.Result) = (2, write.Result);
        Fires(KitProperties.Linearizable, () => Tell(workload, late, 2));
    }

    private static MachineWorkload Workload() => new(new UserMachines(
        new ClusterPlan(() => new Tally()) { Clients = 1, Command = _ => BitConverter.GetBytes(5L) }, false));

    private static MachineOp Next(MachineWorkload workload)
    {
        var op = (MachineOp)workload.Next(workload.Operations.Count, 0, 0, new RandomSource(1));
        workload.Operations.Add(op);
        return op;
    }

    private static CommittedCommand Command(MachineWorkload workload, MachineOp op, ulong index) =>
        new(new LogIndex(index), 1, workload.Encode(op), false);

    private static void Tell(MachineWorkload workload, MachineOp op, ulong index) => workload.WriteApplied(
        op, WriteOutcome.Applied(new LogPosition(new LogIndex(index), new Term(1)), op.Result),
        isWaiting: true);

    private static void Fires(string property, Action action) =>
        Assert.Equal(property, Assert.Throws<PropertyViolatedException>(action).Property);

    private static void Named(string expected, Action action) => Assert.Contains(
        expected, Assert.ThrowsAny<ArgumentException>(action).Message, StringComparison.Ordinal);
}
