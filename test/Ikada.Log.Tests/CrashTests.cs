using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Rounds = 16;

    [Fact]
    public void Nothing_acknowledged_is_lost_by_a_crash_at_any_operation_whatever_sectors_survive()
    {
        var operations = Measure();
        int crashes = 0, exhaustive = 0;
        for (long at = 0; at < operations; at++)
        {
            foreach (var moment in Enum.GetValues<CrashMoment>())
            {
                var disk = new SimulatedDisk();
                disk.Faults.CrashAt(at, moment);
                var script = new CrashScript();
                script.Run(disk, Rounds);
                Assert.True(script.HasCrashed, $"operation {at} was never reached");
                var choices = disk.UnsyncedCount;
                var subsets = choices <= 6 ? 1 << choices : 24;
                exhaustive += choices <= 6 ? 1 : 0;
                for (var subset = 0; subset < subsets; subset++)
                {
                    var crashed = disk.Copy();
                    crashed.Crash(Keeper(choices, subset));
                    script.Check(crashed);
                    crashes++;
                }
            }
        }

        output.WriteLine(
            $"{operations} operations, {crashes} crashes, {exhaustive} points with every subset");
        Assert.True(crashes > 2000, $"only {crashes} crashes");
    }

    [Fact]
    public void An_identity_survives_a_crash_in_the_start_after_a_crash_in_the_first_one()
    {
        var crashes = 0;
        for (long first = 0; ; first++)
        {
            var disk = new SimulatedDisk();
            disk.Faults.CrashAt(first, CrashMoment.Halfway);
            if (TryIdentify(disk))
            {
                break;
            }

            for (var subset = 0; subset < 1 << disk.UnsyncedCount; subset++)
            {
                for (long second = 0; ; second++)
                {
                    var crashed = disk.Copy();
                    crashed.Crash(Keeper(disk.UnsyncedCount, subset));
                    crashed.Faults.CrashAt(crashed.Faults.Operations + second, CrashMoment.After);
                    if (TryIdentify(crashed))
                    {
                        break;
                    }

                    var choices = crashed.UnsyncedCount;
                    Assert.True(choices <= 6);
                    for (var kept = 0; kept < 1 << choices; kept++)
                    {
                        var again = crashed.Copy();
                        again.Crash(Keeper(choices, kept));
                        Assert.True(TryIdentify(again));
                        crashes++;
                    }
                }
            }
        }

        output.WriteLine($"{crashes} crashes");
        Assert.True(crashes > 50, $"only {crashes} crashes");
    }

    [Fact]
    public void A_crash_in_any_step_of_recovery_changes_nothing()
    {
        var operations = Measure();
        var crashes = 0;
        for (long at = 20; at < operations; at += 3)
        {
            var disk = new SimulatedDisk();
            disk.Faults.CrashAt(at, (CrashMoment)(at / 3 % 3));
            var script = new CrashScript();
            script.Run(disk, Rounds);
            for (ulong seed = 0; seed < 3; seed++)
            {
                var crashed = disk.Copy();
                crashed.Crash(new RandomSource((seed * 1000) + (ulong)at));
                crashes += CrashEveryStepOfRecovery(crashed, script, seed);
            }
        }

        output.WriteLine($"{crashes} crashes in recovery");
        Assert.True(crashes > 300, $"only {crashes} crashes in recovery");
    }

    [Fact]
    public void A_log_goes_on_after_a_torn_end_and_survives_crash_after_crash()
    {
        int torn = 0, rescued = 0;
        for (ulong seed = 1; seed <= 100; seed++)
        {
            var random = new RandomSource(seed);
            var disk = new SimulatedDisk();
            var script = new CrashScript();
            for (var life = 0; life < 6; life++)
            {
                disk.Faults.CrashAt(
                    disk.Faults.Operations + 4 + random.NextBelow(40), (CrashMoment)random.NextBelow(3));
                script.Run(disk, 12, life);
                disk.Crash(random);
                var seen = disk.Copy();
                script.Check(seen);
                var report = LogFixture.Open(disk.Copy(), identity: NodeDirectory.Peek(disk)).Log.Recovered;
                torn += report.TornBytes > 0 ? 1 : 0;
                rescued += report.IsHardStateRescued ? 1 : 0;
            }
        }

        output.WriteLine($"{torn} torn ends cut, {rescued} votes taken from beyond the cut");
        Assert.True(torn > 30 && rescued > 3, $"{torn} torn, {rescued} rescued");
    }

    [Fact]
    public void Recovery_is_idempotent()
    {
        var operations = Measure();
        for (long at = 20; at < operations; at += 2)
        {
            var disk = new SimulatedDisk();
            disk.Faults.CrashAt(at, CrashMoment.Halfway);
            new CrashScript().Run(disk, Rounds);
            disk.Crash(new RandomSource((ulong)at));
            var first = Describe(disk);
            Assert.Equal(first, Describe(disk));
            disk.Crash(static () => false);
            Assert.Equal(first, Describe(disk));
        }
    }

    [Fact]
    public void A_process_that_dies_without_its_machine_loses_nothing_and_what_it_left_is_synced_before_use()
    {
        var operations = Measure();
        for (long at = 20; at < operations; at += 2)
        {
            var disk = new SimulatedDisk();
            disk.Faults.CrashAt(at, CrashMoment.After);
            var script = new CrashScript();
            script.Run(disk, Rounds);
            disk.KillProcess();
            var found = Describe(disk);
            disk.Crash(static () => false);
            Assert.Equal(found, Describe(disk));
            script.Check(disk);
        }
    }

    private static string Describe(SimulatedDisk disk)
    {
        var identity = NodeDirectory.Open(
            disk, new ClusterId(LogFixture.Cluster), new NodeId(LogFixture.Node), new RandomSource(78));
        return LogFixture.Open(disk, seed: identity.StartCount.Value, identity: identity).Describe();
    }

    private static int CrashEveryStepOfRecovery(SimulatedDisk disk, CrashScript script, ulong seed)
    {
        for (var step = 0; ; step++)
        {
            var recovering = disk.Copy();
            recovering.Faults.CrashAt(recovering.Faults.Operations + step, (CrashMoment)(step % 3));
            try
            {
                Describe(recovering);
                return step;
            }
            catch (SimulatedCrashException)
            {
                recovering.Crash(new RandomSource(seed + (ulong)step));
                script.Check(recovering);
            }
        }
    }

    private static bool TryIdentify(SimulatedDisk disk)
    {
        try
        {
            NodeDirectory.Open(
                disk, new ClusterId(LogFixture.Cluster), new NodeId(LogFixture.Node), new RandomSource(77));
            return true;
        }
        catch (SimulatedCrashException)
        {
            return false;
        }
    }

    private static long Measure()
    {
        var disk = new SimulatedDisk();
        new CrashScript().Run(disk, Rounds);
        return disk.Faults.Operations;
    }

    private static Func<bool> Keeper(int choices, int subset)
    {
        if (choices <= 6)
        {
            var next = 0;
            return () => ((subset >> next++) & 1) != 0;
        }

        // All, none, then drawn.
        var random = new RandomSource((ulong)subset);
        return subset switch
        {
            0 => static () => true,
            1 => static () => false,
            _ => () => random.OneIn(2),
        };
    }
}
