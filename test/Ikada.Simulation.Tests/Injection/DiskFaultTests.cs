using Ikada.Simulation.Coverage;
using Ikada.Simulation.Disk;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Nodes;

namespace Ikada.Simulation.Tests.Injection;

public sealed class DiskFaultTests
{
    [Theory]
    [InlineData("Batch: halfway write of segment")]
    [InlineData("Batch: after fdatasync of segment")]
    [InlineData("Start: before rename of node.identity.new")]
    public void The_power_goes_at_a_named_point_and_nothing_is_lost(string name)
    {
        var world = Calm.World();
        var point = CrashPoints.All.Single(one => one.ToString() == name);
        var troubles = new NodeTroubles(
            world, new Primitives.RandomSource(3), new Primitives.RandomSource(4));
        troubles.CrashAt(world.Nodes[1], point);
        world.GoOn(3500);
        Assert.Equal(1, world.Counts.CrashesAt(point));
        Assert.True(world.Nodes[1].Start > 1);
        world.Run();
    }

    [Fact]
    public void A_point_has_a_middle_where_its_call_takes_a_while()
    {
        Assert.Contains(CrashPoints.All, one => one.ToString() == "Free: halfway fsync of directory");
        Assert.DoesNotContain(CrashPoints.All, one => one.ToString() == "Free: halfway rename of segment");
        Assert.Equal(CrashPoints.All.Count, CrashPoints.All.Select(one => one.Number).Distinct().Count());
    }

    [Fact]
    public void A_read_that_fails_in_a_start_ends_it_and_the_next_one_succeeds()
    {
        var world = Calm.World();
        world.Nodes[0].Machine.Disk.Trouble = new ReadTrouble(false, false, 1);
        world.Schedule.Crash(world.Nodes[0], losesPower: true);
        world.GoOn(4000);
        Assert.Equal(1, world.Marks(Mark.ReadFailedInStart));
        Assert.True(world.Nodes[0].Start > 2);
        world.Run();
    }

    [Fact]
    public void A_batch_that_stands_in_place_of_another_one_is_found_out_and_repaired()
    {
        var world = Calm.World();
        Assert.True(world.Operators.Injuries.Misdirect(world.Nodes[0]));
        Assert.Equal(1, world.Marks(Mark.BatchMisdirected));
        Assert.Single(world.Checks.View(0).Injured);
        world.Run();
        Assert.Empty(world.Checks.View(0).Injured);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_snapshot_that_cannot_be_read_back_or_is_read_wrongly_is_not_trusted(bool isMisdirected)
    {
        var world = Calm.World();
        foreach (var node in world.Nodes)
        {
            node.Machine.Disk.Trouble = new ReadTrouble(isMisdirected, ofSnapshots: true, 0);
        }

        world.GoOn(4900);
        Assert.True(
            world.Marks(isMisdirected ? Mark.SnapshotReadMisdirected : Mark.SnapshotReadFailed) > 0);
        Assert.True(world.Counts.Storage.Failed > 0);
        world.Run();
    }

    [Fact]
    public void An_error_and_want_of_space_count_when_a_call_meets_them()
    {
        var world = Calm.World();
        world.Nodes[0].Machine.FailCall(DiskOperationKind.Sync, 0);
        world.Nodes[1].Machine.SpaceLeft = 0;
        Assert.Equal(0, world.Counts.FaultsFired);
        world.GoOn(3000);
        Assert.Equal(1, world.Counts.FaultsOf(FaultKind.DiskError));
        Assert.True(world.Counts.FaultsOf(FaultKind.NoSpace) > 0);
        Assert.Equal(
            world.Counts.FaultsOf(FaultKind.NoSpace),
            world.Marks(Mark.NoSpaceToCreate) + world.Marks(Mark.NoSpaceToGrow));
        world.Run();
    }

    [Fact]
    public void Calls_of_the_two_disk_threads_fall_between_each_other()
    {
        Assert.True(FaultSet.TryParse("interleave", out var faults, out var error), error);
        var result = SimulationRun.Execute(
            new SimulationOptions { Seed = 31, Nodes = 3, Seconds = 10, Faults = faults });
        Assert.Null(result.Failure);
        Assert.True(result.Counts.MarksOf(Mark.CallsInterleaved) > 0);
    }

    [Fact]
    public void What_a_crash_took_is_told()
    {
        var disk = new SimulatedDisk();
        disk.Create("a");
        disk.SyncDirectory();
        disk.Write("a", 0, [new byte[2048]]);
        disk.Create("b");
        var asked = 0;
        // The name of b is lost, the size of a kept, its first sector kept, the others lost.
        disk.Crash(() => asked++ is 1 or 2);
        Assert.Equal(
            new CrashLosses { TornFiles = 1, SizesWithoutData = 1, CreatesLost = 1 }, disk.Losses);
    }
}
