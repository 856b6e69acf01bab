using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>Damage of a log whose old segments were freed: what can be read is right, what cannot is named,
/// a snapshot and the peers give back the rest.</summary>
public sealed class SpaceDamageTests(ITestOutputHelper output)
{
    // Bits in the middle of a body are all alike.
    private const int BodyStep = 509;
    private const int Rounds = 34;

    // With IKADA_LONG=1 every bit of heads, tables and records; else one in 40.
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("IKADA_LONG") == "1";

    [Fact]
    public void Any_flipped_bit_is_reported_or_harmless_and_costs_no_vote_and_no_entry()
    {
        var script = SpaceDamageScript.Make(Rounds);
        int flips = 0, considered = 0;
        foreach (var name in Segments(script.Disk))
        {
            var bytes = Content(script.Disk, name);
            var zeros = 0;
            for (var offset = 0; offset < bytes.Length; offset += IsInside(bytes, offset) ? BodyStep : 1)
            {
                // Of the padding between batches a few are enough.
                zeros = bytes[offset] == 0 ? zeros + 1 : 0;
                for (var bit = 0; bit < 8 && (zeros < 40 || zeros % 61 == 0); bit++)
                {
                    if (!IsLong && considered++ % 41 != 0)
                    {
                        continue;
                    }

                    var disk = script.Disk.Copy();
                    disk.FlipBit(name, offset, bit);
                    script.Check(disk, $"bit {bit} at {offset} of {name}");
                    flips++;
                }
            }
        }

        Tell(script, flips, "flips");
        Assert.True(script.Reported > 1000 && script.Ranges > 200, $"{script.Reported} {script.Ranges}");
        Assert.True(script.Lost * 20 < script.Reported, $"{script.Lost} lost a vote");
    }

    [Fact]
    public void The_kind_of_a_record_may_be_changed()
    {
        var script = SpaceDamageScript.Make(Rounds);
        var changed = 0;
        foreach (var name in Segments(script.Disk))
        {
            var bytes = Content(script.Disk, name);
            for (var at = 0; at < bytes.Length; at += 512)
            {
                if (!bytes.AsSpan(at).StartsWith("IKBT"u8))
                {
                    continue;
                }

                var record = at + 64 + (48 * bytes[at + 16]);
                for (var bit = 0; bit < 8; bit++)
                {
                    var disk = script.Disk.Copy();
                    disk.FlipBit(name, record, bit);
                    script.Check(disk, $"kind {bytes[record]}, bit {bit}, at {record} of {name}");
                    changed++;
                }
            }
        }

        Tell(script, changed, "kinds");
        Assert.True(changed > 100 && script.Lost == 0, $"{changed} {script.Lost}");
    }

    [Fact]
    public void Any_sector_may_be_zeros_garbage_or_one_from_elsewhere()
    {
        var script = SpaceDamageScript.Make(Rounds);
        var random = new RandomSource(4);
        var sectors = Segments(script.Disk).SelectMany(name => Enumerable.Range(
            0, (Content(script.Disk, name).Length + 511) / 512).Select(sector => (name, sector))).ToArray();
        var damaged = 0;
        for (var i = 0; i < sectors.Length; i++)
        {
            var (name, sector) = sectors[i];
            var other = sectors[random.NextBelow(sectors.Length)];
            foreach (var (kind, bytes) in new[]
            {
                ("zeros", new byte[512]), ("garbage", Garbage(random)),
                ("another", Sector(script.Disk, other.name, other.sector)),
            })
            {
                if (bytes.AsSpan().SequenceEqual(Sector(script.Disk, name, sector)))
                {
                    continue;
                }

                var disk = script.Disk.Copy();
                disk.Write(name, sector * 512L, [bytes]);
                disk.Sync(name);
                script.Check(disk, $"{kind} in sector {sector} of {name} ({other})");
                damaged++;
            }
        }

        Tell(script, damaged, "sectors");
        Assert.True(script.Ranges > 100, $"{script.Ranges}");
        Assert.True(script.Lost * 20 < script.Reported, $"{script.Lost} lost a vote");
    }

    [Fact]
    public void A_freed_or_half_prepared_file_may_hold_anything()
    {
        var script = SpaceDamageScript.Make(Rounds);
        var random = new RandomSource(5);
        var name = script.Disk.List().First(
            static name => name.StartsWith("free", StringComparison.Ordinal));
        for (var i = 0; i < 20; i++)
        {
            var disk = script.Disk.Copy();
            disk.Write(name, random.NextBelow(128) * 512L, [Garbage(random)]);
            disk.Sync(name);
            script.Check(disk, $"garbage in {name}");
        }

        Assert.Equal(0, script.Reported);
    }

    private static IEnumerable<string> Segments(SimulatedDisk disk) => disk.List().Where(
        name => name.StartsWith("segment", StringComparison.Ordinal) && Content(disk, name).Length > 0);

    private static byte[] Content(SimulatedDisk disk, string name)
    {
        var bytes = new byte[disk.GetLength(name)];
        disk.Read(name, 0, bytes);
        return bytes[..(bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1)];
    }

    private static byte[] Sector(SimulatedDisk disk, string name, int sector)
    {
        var bytes = new byte[512];
        disk.Read(name, sector * 512L, bytes);
        return bytes;
    }

    // A body counts upwards, from 255 on from 1.
    private static bool IsInside(byte[] bytes, int offset)
    {
        for (var at = Math.Max(1, offset - 32); at < offset + BodyStep + 32; at++)
        {
            if (at >= bytes.Length || (bytes[at] != bytes[at - 1] + 1 && bytes[at - 1] != 255))
            {
                return false;
            }
        }

        return true;
    }

    private static byte[] Garbage(RandomSource random)
    {
        var bytes = new byte[512];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(1 + random.NextBelow(255));
        }

        return bytes;
    }

    private void Tell(SpaceDamageScript script, int count, string what) => output.WriteLine(
        $"{count} {what}: {script.Reported} reported, {script.Harmless} harmless, {script.Ranges} with "
            + $"damaged ranges, {script.Unsure} unsure, {script.Lost} lost a vote");
}
