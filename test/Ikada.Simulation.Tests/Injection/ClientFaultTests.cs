using Ikada.KeyValue;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation.Tests.Injection;

public sealed class ClientFaultTests
{
    [Fact]
    public void Clients_retry_ask_twice_die_and_read_what_is_there()
    {
        var counts = Executed("retry,twice,clientcrash,staleread,crash,partition");
        foreach (var kind in new[]
        {
            FaultKind.Retry, FaultKind.Twice, FaultKind.ClientCrash, FaultKind.StaleRead,
        })
        {
            Assert.True(counts.FaultsOf(kind) > 0, $"{FaultSet.NameOf(kind)} never struck");
        }
    }

    [Fact]
    public void For_a_while_ten_times_as_much_is_asked_and_who_is_refused_is_told_why()
    {
        var world = Calm.World();
        var operations = world.Workload.Operations;
        var before = operations.Count;
        world.GoOn(300);
        var usual = operations.Count - before;
        for (var i = 0; i < 5; i++)
        {
            world.Clients.Troubles!.Overload();
        }

        before = operations.Count;
        world.GoOn(300);
        Assert.True(operations.Count - before > 3 * usual, $"{operations.Count - before} after {usual}");
        world.Clients.Troubles!.Refused(Consensus.Refusal.Overloaded);
        Assert.Equal(1, world.Marks(Mark.RefusedOverloaded));
        world.Run();
    }

    [Fact]
    public void A_stale_read_that_goes_back_or_shows_what_never_was_is_found()
    {
        var history = new Linearizability(new KeyValueModel(2));
        var reads = new StaleReads();
        reads.Shows(history, 1, 1, 0, new RangeResult { Revision = 1 });
        var wrong = Assert.Throws<PropertyViolatedException>(
            () => reads.Shows(history, 1, 1, 0, new RangeResult { Revision = 0 }));
        Assert.Equal(StaleReads.Property, wrong.Property);
        reads.Shows(history, 1, 2, 0, new RangeResult { Revision = 0 });
        Assert.Throws<PropertyViolatedException>(
            () => reads.Shows(history, 2, 1, 0, new RangeResult { Revision = 9 }));
    }

    private static RunCounts Executed(string faults)
    {
        Assert.True(FaultSet.TryParse(faults, out var set, out var error), error);
        var counts = new RunCounts();
        for (var seed = 1UL; seed <= 3; seed++)
        {
            var result = SimulationRun.Execute(
                new SimulationOptions { Seed = seed, Nodes = 3, Seconds = 8, Faults = set });
            Assert.True(result.Failure is null, $"{result.Failure}");
            counts.Add(result.Counts);
        }

        return counts;
    }
}
