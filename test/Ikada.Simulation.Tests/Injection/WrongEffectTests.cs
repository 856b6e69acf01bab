using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation.Tests.Injection;

/// <summary>An effect that goes wrong on one node.</summary>
public sealed class WrongEffectTests
{
    private readonly Quarantines _checker = new(3);
    private readonly Membership _membership = DrawnOptions.MembershipOf(3);

    [Fact]
    public void It_is_found_and_the_node_rebuilt()
    {
        Assert.True(FaultSet.TryParse("wrongeffect", out var faults, out var error), error);
        var result = SimulationRun.Execute(
            new SimulationOptions { Seed = 5, Nodes = 3, Seconds = 15, Faults = faults });
        Assert.Null(result.Failure);
        Assert.True(result.Counts.FaultsOf(FaultKind.WrongEffect) > 0);
        Assert.Equal(
            result.Counts.FaultsOf(FaultKind.WrongEffect), result.Counts.MarksOf(Mark.StateRebuilt));
    }

    [Fact]
    public void A_node_whose_state_is_right_must_not_be_quarantined()
    {
        var fact = new StateFact(StateFactKind.Quarantined, new LogIndex(1), new LogIndex(2));
        Assert.Throws<PropertyViolatedException>(() => _checker.Observed(1, fact, _membership));
        _checker.Stands(1, 7);
        _checker.Observed(1, fact, _membership);
        _checker.Stands(1, 0);
        _checker.Stands(0, 7);
        Assert.Throws<PropertyViolatedException>(() => _checker.Observed(1, fact, _membership));
        _checker.Stands(2, 7);
        _checker.Observed(1, fact, _membership);
    }

    [Fact]
    public void States_that_are_right_must_not_be_disputed()
    {
        var fact = new StateFact(StateFactKind.Disputed, new LogIndex(1), new LogIndex(2));
        Assert.Throws<PropertyViolatedException>(() => _checker.Observed(1, fact, _membership));
        _checker.Stands(2, 7);
        _checker.Observed(1, fact, _membership);
    }
}
