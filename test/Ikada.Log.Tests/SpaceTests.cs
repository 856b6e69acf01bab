using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>Segments that hold nothing any more are freed and used again; what holds old ones back is written
/// forward. So the log takes as much of the disk as what counts of it.</summary>
public sealed class SpaceTests(ITestOutputHelper output)
{
    [Fact]
    public void A_log_that_is_compacted_again_and_again_stays_as_small_as_it_was()
    {
        var disk = new SimulatedDisk();
        var script = new SpaceScript();
        script.Run(disk, 600);
        script.Check(disk, "at the end");
        output.WriteLine(
            $"at most {script.FilesMost} files; last segment {disk.List()[^1]}, "
                + $"{disk.Faults.CountOf(DiskOperationKind.Create)} files created");
        Assert.InRange(script.FilesMost, 4, 11);
        Assert.InRange(disk.Faults.CountOf(DiskOperationKind.Create), 4, 640);
    }
}
