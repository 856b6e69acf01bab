using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>A crash at every operation of the disk while segments begin, are freed, and are used again, and
/// in every step of the recovery behind it.</summary>
public sealed class SpaceCrashTests(ITestOutputHelper output)
{
    private const int Rounds = 64;

    // Points of a run; those of recovery are reached by the second test.
    private static readonly string[] Points =
    [
        "opening: Before pwrite of node.identity.new", "opening: After rename of node.identity.new",
        "opening: Before open of free", "opening: After pwrite of free", "opening: Before fdatasync of free",
        "opening: Before rename of free", "opening: After rename of free", "opening: Before fsync of .",
        "opening: Before pwrite of segment", "opening: After fdatasync of segment",
        "Batch: Before pwrite of segment", "Batch: Halfway pwrite of segment",
        "Batch: After pwrite of segment", "Batch: Halfway fdatasync of segment",
        "Batch: After fdatasync of segment",
        "Batch with a head: Before pwrite of segment", "Batch with a head: Halfway pwrite of segment",
        "Batch with a head: After pwrite of segment", "Batch with a head: After fdatasync of segment",
        "Preparation: Before open of free", "Preparation: Halfway pwrite of free",
        "Preparation: After pwrite of free", "Preparation: After fdatasync of free",
        "Preparation: Before rename of free", "Preparation: After rename of free",
        "Preparation: Before fsync of .", "Preparation: After fsync of .",
        "Free: Before rename of segment", "Free: After rename of segment", "Free: Before fsync of .",
        "Free: After fsync of .", "Free: Before unlink of segment", "Free: After unlink of segment",
    ];

    [Fact]
    public void Nothing_acknowledged_is_lost_by_a_crash_at_any_operation_whatever_survives()
    {
        var operations = Measure();
        var points = new SortedDictionary<string, int>(StringComparer.Ordinal);
        int crashes = 0, exhaustive = 0;
        for (long at = 0; at < operations; at++)
        {
            foreach (var moment in Enum.GetValues<CrashMoment>())
            {
                var script = CrashAt(at, moment, out var disk);
                points[script.Point] = points.GetValueOrDefault(script.Point) + 1;
                var choices = disk.UnsyncedCount;
                var subsets = choices <= 3 ? 1 << choices : 6;
                exhaustive += choices <= 3 ? 1 : 0;
                for (var subset = 0; subset < subsets; subset++)
                {
                    var crashed = disk.Copy();
                    crashed.Crash(Keeper(choices, subset, (ulong)at));
                    script.Check(crashed, $"{script.Point} at {at}, subset {subset}");
                    crashes++;
                }
            }
        }

        output.WriteLine(
            $"points {points.Count}, operations {operations}, crashes {crashes}, of which at {exhaustive} "
                + "moments every subset");
        foreach (var (point, count) in points)
        {
            output.WriteLine($"  {count,4} x {point}");
        }

        Assert.All(Points, point => Assert.True(points.ContainsKey(point), $"never cut at {point}"));
        Assert.True(crashes > 4000, $"only {crashes} crashes");
    }

    [Fact]
    public void A_crash_in_any_step_of_recovery_changes_nothing()
    {
        var operations = Measure();
        var points = new SortedDictionary<string, int>(StringComparer.Ordinal);
        int recoveries = 0, crashes = 0;
        for (long at = 30; at < operations; at += 3)
        {
            var script = CrashAt(at, (CrashMoment)(at / 3 % 3), out var disk);
            var crashed = disk.Copy();
            crashed.Crash(new RandomSource((ulong)at));
            recoveries++;
            crashes += CrashEveryStepOfRecovery(crashed, script, (ulong)at, points);
        }

        output.WriteLine($"{recoveries} recoveries, {crashes} crashes in them, points {points.Count}");
        foreach (var (point, count) in points)
        {
            output.WriteLine($"  {count,4} x {point}");
        }

        Assert.True(crashes > 1500, $"only {crashes} crashes in recovery");
    }

    [Fact]
    public void A_log_goes_on_after_crash_after_crash_and_stays_bounded()
    {
        int most = 0, crashes = 0;
        for (ulong seed = 1; seed <= 60; seed++)
        {
            var random = new RandomSource(seed);
            var disk = new SimulatedDisk();
            var script = new SpaceScript();
            for (var life = 0; life < 8; life++)
            {
                disk.Faults.CrashAt(
                    disk.Faults.Operations + 10 + random.NextBelow(160), (CrashMoment)random.NextBelow(3));
                script.Run(disk, 30, life);
                crashes += script.HasCrashed ? 1 : 0;
                disk.Crash(random);
                script.Check(disk.Copy(), $"seed {seed} life {life} {script.Point}");
                most = Math.Max(most, disk.List().Count);
            }
        }

        output.WriteLine($"{crashes} crashes, at most {most} files");
        Assert.InRange(most, 4, 12);
    }

    [Fact]
    public void Recovery_is_idempotent()
    {
        var operations = Measure();
        for (long at = 20; at < operations; at += 3)
        {
            CrashAt(at, CrashMoment.Halfway, out var disk);
            disk.Crash(new RandomSource((ulong)at));
            var first = SpaceScript.Describe(disk);
            Assert.Equal(first, SpaceScript.Describe(disk));
            disk.Crash(static () => false);
            Assert.Equal(first, SpaceScript.Describe(disk));
        }
    }

    private static SpaceScript CrashAt(long at, CrashMoment moment, out SimulatedDisk disk)
    {
        disk = new SimulatedDisk();
        disk.Faults.CrashAt(at, moment);
        var script = new SpaceScript();
        script.Run(disk, Rounds);
        Assert.True(script.HasCrashed, $"operation {at} was never reached");
        return script;
    }

    private static int CrashEveryStepOfRecovery(
        SimulatedDisk disk, SpaceScript script, ulong seed, SortedDictionary<string, int> points)
    {
        for (var step = 0; ; step++)
        {
            foreach (var moment in Enum.GetValues<CrashMoment>())
            {
                var recovering = disk.Copy();
                recovering.Faults.CrashAt(recovering.Faults.Operations + step, moment);
                try
                {
                    SpaceScript.Describe(recovering);
                    return step * 3;
                }
                catch (SimulatedCrashException crash)
                {
                    var point = SpaceScript.NameOf(crash.Message);
                    points[point] = points.GetValueOrDefault(point) + 1;
                    recovering.Crash(new RandomSource(seed + (ulong)step));
                    script.Check(recovering, $"{script.Point}, then step {step} of recovery: {point}");
                }
            }
        }
    }

    private static long Measure()
    {
        var disk = new SimulatedDisk();
        var script = new SpaceScript();
        script.Run(disk, Rounds);
        Assert.True(script.Rewrites > 1, "nothing is written forward");
        return disk.Faults.Operations;
    }

    private static Func<bool> Keeper(int choices, int subset, ulong seed)
    {
        if (choices <= 3)
        {
            var next = 0;
            return () => ((subset >> next++) & 1) != 0;
        }

        // All, none, then drawn.
        var random = new RandomSource(seed + ((ulong)subset << 32));
        return subset switch
        {
            0 => static () => true,
            1 => static () => false,
            _ => () => random.OneIn(2),
        };
    }
}
