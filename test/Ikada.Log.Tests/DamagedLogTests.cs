using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>A damaged log is an input at start (DESIGN.md §7): what can be read is right, what cannot is
/// named.</summary>
public sealed class DamagedLogTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Any_sector_of_a_log_at_rest_may_be_garbage_and_nothing_wrong_is_believed(
        ulong seed, bool isSealed)
    {
        var script = DamageScript.Make(seed, 40, isSealed);
        var random = new RandomSource(seed);
        foreach (var (name, sector) in Sectors(script.Disk))
        {
            if (!isSealed && IsLastBatch(script.Disk, name, sector))
            {
                continue; // a torn write and damage may look alike there: another test
            }

            var disk = script.Disk.Copy();
            disk.Write(name, sector * 512L, [Garbage(random, random.OneIn(2) ? 512 : 20)]);
            disk.Sync(name);
            script.Check(disk, $"garbage in sector {sector} of {name}");
        }

        Tell(script);
        Assert.True(script.Ranges > 50 && script.Lost <= 4, $"{script.Ranges} {script.Lost}");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Any_sector_of_a_sealed_log_may_be_zeros_and_nothing_wrong_is_believed(ulong seed)
    {
        var script = DamageScript.Make(seed, 40, isSealed: true);
        foreach (var (name, sector) in Sectors(script.Disk))
        {
            var disk = script.Disk.Copy();
            disk.Write(name, sector * 512L, [new byte[512]]);
            disk.Sync(name);
            script.Check(disk, $"zeros in sector {sector} of {name}");
        }

        Tell(script);
        Assert.True(script.Ranges > 50 && script.Lost <= 4, $"{script.Ranges} {script.Lost}");
    }

    [Fact]
    public void Any_range_of_bytes_may_be_garbage_in_several_places()
    {
        for (ulong seed = 10; seed < 16; seed++)
        {
            var script = DamageScript.Make(seed, 30, isSealed: seed % 2 == 0, sizeMax: 1500);
            var random = new RandomSource(seed);
            var sectors = Sectors(script.Disk);
            for (var i = 0; i < 40; i++)
            {
                var disk = script.Disk.Copy();
                var what = string.Empty;
                for (var n = random.NextBelow(3); n >= 0; n--)
                {
                    var (name, sector) = sectors[random.NextBelow(sectors.Count)];
                    var offset = (sector * 512L) + random.NextBelow(512);
                    var length = Math.Min(
                        1 + random.NextBelow(random.OneIn(2) ? 64 : 6000),
                        (int)(disk.GetLength(name) - offset));
                    disk.Write(name, offset, [Garbage(random, length)]);
                    disk.Sync(name);
                    what += $"{length} bytes at {offset} of {name} ";
                }

                script.Check(disk, $"seed {seed}: {what}");
            }

            Tell(script);
        }
    }

    [Fact]
    public void A_crash_in_any_step_of_opening_or_repairing_a_damaged_log_changes_nothing()
    {
        var script = DamageScript.Make(21, 25, isSealed: true);
        var random = new RandomSource(21);
        var sectors = Sectors(script.Disk);
        var crashes = 0;
        for (var i = 0; i < 12; i++)
        {
            var damaged = script.Disk.Copy();
            var (name, sector) = sectors[random.NextBelow(sectors.Count)];
            damaged.Write(name, sector * 512L, [Garbage(random, 512)]);
            damaged.Sync(name);
            for (var step = 0; ; step++)
            {
                var disk = damaged.Copy();
                disk.Faults.CrashAt(disk.Faults.Operations + step, (CrashMoment)(step % 3));
                try
                {
                    script.Heal(script.Open(disk, "crash"));
                    break;
                }
                catch (SimulatedCrashException)
                {
                    disk.Crash(random);
                    script.Check(disk, $"sector {sector} of {name}, crash in step {step}");
                    crashes++;
                }
            }
        }

        output.WriteLine($"{crashes} crashes");
        Assert.True(crashes > 80, $"{crashes} crashes");
    }

    private static List<(string Name, long Sector)> Sectors(SimulatedDisk disk)
    {
        var sectors = new List<(string, long)>();
        foreach (var name in disk.List().Where(
            static name => name.StartsWith("segment", StringComparison.Ordinal)))
        {
            for (long sector = 0; sector < ContentSectors(disk, name); sector++)
            {
                sectors.Add((name, sector));
            }
        }

        return sectors;
    }

    private static long ContentSectors(SimulatedDisk disk, string name)
    {
        var bytes = new byte[disk.GetLength(name)];
        disk.Read(name, 0, bytes);
        return (bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 512) / 512;
    }

    // The last header is that of the last batch.
    private static bool IsLastBatch(SimulatedDisk disk, string name, long sector)
    {
        if (name != disk.List().Last(other => ContentSectors(disk, other) > 0
            && other.StartsWith("segment", StringComparison.Ordinal)))
        {
            return false;
        }

        var bytes = new byte[disk.GetLength(name)];
        disk.Read(name, 0, bytes);
        return bytes.AsSpan().LastIndexOf("IKBT"u8) / 512 <= sector;
    }

    private static byte[] Garbage(RandomSource random, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)(1 + random.NextBelow(255));
        }

        return bytes;
    }

    private void Tell(DamageScript script) => output.WriteLine(
        $"{script.Intact} lost nothing, {script.Ranges} with damaged ranges ({script.LostTerms} with terms "
            + $"lost), {script.Unsure} unsure, {script.Lost} lost a vote");
}
