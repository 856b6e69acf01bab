using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation.Tests.Injection;

public sealed class CorePhaseTests
{
    [Fact]
    public void A_core_is_just_a_quorum_and_serves_while_the_others_do_not()
    {
        var served = 0L;
        for (var seed = 1UL; seed <= 6; seed++)
        {
            var world = new World(
                new SimulationOptions { Seed = seed, Nodes = 5, Seconds = 4, Faults = FaultSet.None });
            world.RunUntil(4 * Time.Draw.Second);
            if (world.Core.IsOn)
            {
                Assert.Equal(3, world.Nodes.Count(node => world.Core.Demands(node.Index)));
                Assert.All(
                    world.Nodes, node => Assert.False(
                        world.Core.Demands(node.Index) && world.Core.KeepsDown(node.Index)));
            }

            world.Run();
            Assert.False(world.Core.IsOn);
            Assert.All(world.Nodes, node => Assert.True(node.IsUp));
            served += world.Counts.MarksOf(Mark.CoreServed);
        }

        Assert.InRange(served, 1, 6);
    }
}
