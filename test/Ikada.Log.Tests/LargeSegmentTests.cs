using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>Segments that are larger than what recovery reads at a time: all but the last entries pass
/// through one array. What is found must not depend on that.</summary>
public sealed class LargeSegmentTests(ITestOutputHelper output)
{
    private static readonly LogOptions AllInMemory = new()
    {
        SegmentBytes = 4 << 20, PreparationBytes = 1 << 20, BatchBytesMax = 700 << 10,
        TailBytesMax = 1L << 30,
    };

    private static readonly LogOptions LittleInMemory = AllInMemory with { TailBytesMax = 1 << 20 };

    [Fact]
    public void A_log_is_found_whole_and_its_last_entries_are_in_memory()
    {
        var disk = Make(out var count);
        var log = LogFixture.Open(disk, LittleInMemory, seed: 2);
        Assert.True(log.Log.Recovered.Segments >= 4, $"{log.Log.Recovered.Segments} segments");
        Assert.Equal(count, log.ReadAll().Length);
        Assert.InRange(log.Log.TailBytes, LittleInMemory.TailBytesMax / 2, LittleInMemory.TailBytesMax);
        for (var index = log.Log7.Last.Index; log.Log7.TryGet(index, out var entry); index = index.Previous)
        {
            Assert.Equal(LogFixture.Entry(index.Value, 1, SizeOf(index.Value)).Checksum, entry.Checksum);
            Assert.True(entry.HasValidChecksum(LogFixture.Group));
        }
    }

    [Fact]
    public void Damage_is_found_the_same_whether_entries_are_kept_in_memory_or_not()
    {
        var whole = Make(out _);
        var segments = whole.List()
            .Where(static name => name.StartsWith("segment-", StringComparison.Ordinal))
            .SkipLast(2).ToArray();
        var random = new RandomSource(5);
        int entries = 0, headers = 0;
        for (var round = 0; round < 60; round++)
        {
            var name = segments[random.NextBelow(segments.Length)];
            var offset = (long)random.NextBelow((ulong)(4 << 20) - 64);
            var kept = whole.Copy();
            var passed = whole.Copy();
            if (round % 3 == 0)
            {
                // The sector with the header of a batch.
                offset = HeaderBehind(whole, name, offset);
                kept.Write(name, offset, [new byte[512]]);
                passed.Write(name, offset, [new byte[512]]);
            }
            else
            {
                kept.FlipBit(name, offset, round % 8);
                passed.FlipBit(name, offset, round % 8);
            }

            var expected = LogFixture.Open(kept, AllInMemory, seed: 3);
            var found = LogFixture.Open(passed, LittleInMemory, seed: 3);
            Assert.Equal(expected.Log.Recovered.Damage, found.Log.Recovered.Damage);
            Assert.Equal(expected.Log7.Damage, found.Log7.Damage);
            Assert.Equal(expected.Log7.Last, found.Log7.Last);
            Assert.Equal(expected.Log7.IsUnsure, found.Log7.IsUnsure);
            Assert.Equal(expected.Log7.LostHardState, found.Log7.LostHardState);
            entries += found.Log7.Damage.Count > 0 ? 1 : 0;
            headers += found.Log.Recovered.Damage.Any(static one =>
                one.What.Contains("there is no readable", StringComparison.Ordinal)) ? 1 : 0;
        }

        output.WriteLine($"entries damaged in {entries} logs, batch headers in {headers}, of 60");
        Assert.True(entries > 20 && headers > 0);
    }

    // A piece of a segment is 1 MiB, and batches of one sector fill it to its last byte: the look at the
    // header behind the last of them must not take its bytes away.
    [Fact]
    public void A_batch_that_ends_where_a_piece_ends_is_whole()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk, AllInMemory);
        for (ulong index = 1; index <= 9000; index++)
        {
            log.Append(index, 1, 300);
            log.Pump();
        }

        var found = LogFixture.Open(disk, LittleInMemory, seed: 2);
        Assert.Empty(found.Log.Recovered.Damage);
        Assert.Equal(9000UL, found.Log7.Last.Index.Value);
    }

    private static long HeaderBehind(SimulatedDisk disk, string name, long offset)
    {
        var sector = new byte[512];
        for (var at = Math.Min(offset, 3 << 20) / 512 * 512; ; at += 512)
        {
            disk.Read(name, at, sector);
            if (sector.AsSpan().StartsWith("IKBT"u8))
            {
                return at;
            }
        }
    }

    private static int SizeOf(ulong index) => (int)(index * 7919 % 200_000);

    private static SimulatedDisk Make(out int count)
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk, AllInMemory);
        count = 150;
        for (ulong index = 1; index <= (ulong)count; index++)
        {
            log.Append(index, 1, SizeOf(index));
            if (index % 3 == 0)
            {
                log.Pump();
            }
        }

        log.Log.Seal();
        log.Pump();
        return disk;
    }
}
