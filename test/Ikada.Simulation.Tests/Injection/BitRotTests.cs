using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation.Tests.Injection;

/// <summary>What a node has stored changes where it lies.</summary>
public sealed class BitRotTests
{
    [Fact]
    public void It_is_found_and_the_node_rebuilt()
    {
        Assert.True(FaultSet.TryParse("bitrot", out var faults, out var error), error);
        var result = SimulationRun.Execute(
            new SimulationOptions { Seed = 5, Nodes = 3, Seconds = 15, Faults = faults });
        Assert.Null(result.Failure);
        Assert.True(result.Counts.FaultsOf(FaultKind.BitRot) > 0);
        Assert.True(result.Counts.MarksOf(Mark.StoresCompared) > 0);
        Assert.Equal(result.Counts.FaultsOf(FaultKind.BitRot), result.Counts.MarksOf(Mark.RotFound));
        Assert.Equal(result.Counts.FaultsOf(FaultKind.BitRot), result.Counts.MarksOf(Mark.StateRebuilt));
    }
}
