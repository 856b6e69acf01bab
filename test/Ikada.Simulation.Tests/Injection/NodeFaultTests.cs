using Ikada.Primitives;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Tests.Injection;

public sealed class NodeFaultTests
{
    [Fact]
    public void A_clock_jumps_forward_and_stands_still_and_never_goes_back()
    {
        var clock = new NodeClock(1000);
        Assert.Equal(1010, clock.Read(10).Ticks);
        clock.Jump(10, 500);
        Assert.Equal(1510, clock.Read(10).Ticks);
        clock.Stand(20, still: true);
        Assert.Equal(1520, clock.Read(90).Ticks);
        Assert.Equal(long.MaxValue, clock.GlobalTimeOf(new Instant(1530), 20));
        clock.SetRate(90, 2_000_000);
        Assert.Equal(1520, clock.Read(95).Ticks);
        clock.Stand(100, still: false);
        Assert.Equal(1540, clock.Read(110).Ticks);
    }

    [Fact]
    public void A_cluster_goes_on_while_a_clock_stands_still_and_after()
    {
        var world = Calm.World();
        var leader = world.Operators.Leader()!;
        leader.Clock.Stand(world.Now, still: true);
        leader.ClockChanged();
        var (stood, commits) = (leader.Clock.Read(world.Now), world.Checks.Committed);
        world.GoOn(4000);
        Assert.Equal(stood, leader.Clock.Read(world.Now));
        Assert.True(world.Checks.Committed > commits + 10, $"{world.Checks.Committed} after {commits}");
        world.Run();
        Assert.False(leader.Clock.IsStill);
    }

    [Fact]
    public void Clocks_jump_in_a_run_that_allows_it()
    {
        var result = Executed("clockjump", 3);
        Assert.True(result.Counts.MarksOf(Mark.ClockJumpedForward) > 0);
        Assert.True(result.Counts.MarksOf(Mark.ClockStoodStill) > 0);
    }

    [Fact]
    public void A_loop_of_crashes_kills_a_process_at_every_start_until_it_is_over()
    {
        var world = Calm.World();
        world.Schedule.Further!.Strike(FaultKind.CrashLoop);
        world.GoOn(4500);
        Assert.Contains(world.Nodes, node => node.Start > 2);
        world.Run();
        Assert.All(world.Nodes, node => Assert.True(node.IsUp));
    }

    [Fact]
    public void A_crash_of_a_node_that_is_down_does_not_count_and_one_of_most_nodes_is_told()
    {
        var world = Calm.World();
        for (var strikes = 0; strikes < 40 && world.Marks(Mark.MajorityCrashed) == 0; strikes++)
        {
            world.Schedule.Strike(FaultKind.Crash);
        }

        Assert.Equal(1, world.Marks(Mark.MajorityCrashed));
        foreach (var node in world.Nodes)
        {
            world.Schedule.Crash(node, losesPower: true);
        }

        var fired = world.Counts.FaultsOf(FaultKind.Crash);
        Assert.InRange(fired, 2, 3);
        for (var strikes = 0; strikes < 40; strikes++)
        {
            world.Schedule.Strike(FaultKind.Crash);
        }

        Assert.Equal(fired, world.Counts.FaultsOf(FaultKind.Crash));
    }

    [Fact]
    public void A_clock_that_stands_still_already_is_not_stopped_again()
    {
        var world = Calm.World();
        for (var strikes = 0; strikes < 20; strikes++)
        {
            world.Schedule.Strike(FaultKind.ClockJump);
        }

        Assert.InRange(world.Marks(Mark.ClockStoodStill), 1, 3);
        Assert.Equal(
            world.Marks(Mark.ClockStoodStill) + world.Marks(Mark.ClockJumpedForward),
            world.Counts.FaultsOf(FaultKind.ClockJump));
    }

    private static SimulationResult Executed(string faults, ulong seed)
    {
        Assert.True(FaultSet.TryParse(faults, out var set, out var error), error);
        var result = SimulationRun.Execute(
            new SimulationOptions { Seed = seed, Nodes = 3, Seconds = 40, Faults = set });
        Assert.Null(result.Failure);
        return result;
    }
}
