using System.Globalization;
using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

public sealed class DamageTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_single_bit_flip_of_a_sealed_log_is_detected_or_harmless() =>
        FlipAll(Make(isSealed: true), bitsPerByte: 8);

    [Fact]
    public void Flipped_bits_of_a_log_without_a_seal_are_detected_or_harmless() =>
        FlipAll(Make(isSealed: false), bitsPerByte: 2);

    [Fact]
    public void Every_single_bit_flip_of_the_identity_is_detected()
    {
        var disk = Make(isSealed: true);
        for (var offset = 0; offset < disk.GetLength(NodeDirectory.FileName); offset++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var flipped = disk.Copy();
                flipped.FlipBit(NodeDirectory.FileName, offset, bit);
                Assert.ThrowsAny<LogOpenException>(() => NodeDirectory.Peek(flipped));
            }
        }
    }

    [Fact]
    public void Damage_in_the_middle_is_refused_and_the_message_names_file_offset_indexes_and_remedy()
    {
        var disk = Make(isSealed: true);
        var name = SegmentOf(disk);
        disk.FlipBit(name, 2000, 3);
        var error = Assert.Throws<LogDamagedException>(() => LogFixture.Open(disk));
        Assert.Equal(name, error.File);
        Assert.True(error.OffsetBytes > 0);
        foreach (var part in new[] { name, "offset " + error.OffsetBytes.ToString(
            CultureInfo.InvariantCulture), "group 7 up to index", "synced", "add it again" })
        {
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_batch_that_lacks_a_sector_is_torn_and_cut_and_its_vote_is_kept()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Append(1, 1, 3000);
        log.Pump();
        log.Append(2, 1, 3000);
        log.Log7.SaveHardState(new Term(9), new NodeId(2));
        log.Log.Flush();
        log.ExecuteOne();
        var name = SegmentOf(disk);
        var start = LogFixture.Open(disk.Copy()).Log.Recovered.TornOffsetBytes;
        Assert.Equal(0, start);
        var end = FindLast(disk, name);
        disk.Write(name, (end / 512 * 512) - 1024, [new byte[512]]);
        disk.Sync(name);

        var again = LogFixture.Open(disk, seed: 5);
        Assert.Equal(1UL, again.Log7.Last.Index.Value);
        Assert.Equal(new HardState(new Term(9), new NodeId(2), LogIndex.Zero), again.Log7.RecoveredHardState);
        Assert.True(again.Log.Recovered.IsHardStateRescued);
        Assert.Equal(name, again.Log.Recovered.TornFile);
        Assert.Equal(
            new Term(9), LogFixture.Open(disk.DurableSnapshot(), seed: 6).Log7.RecoveredHardState.Term);
        again.Append(2, 9);
        again.Pump();
        Assert.Equal(2, LogFixture.Open(disk.DurableSnapshot(), seed: 6).ReadAll().Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Either_copy_of_a_vote_is_enough(int lost)
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Pump();
        var name = SegmentOf(disk);
        var before = FindLast(disk, name);
        log.Log7.SaveHardState(new Term(9), new NodeId(2));
        log.Pump();
        var batch = (before + 511) / 512 * 512;
        disk.Write(name, batch + (512 * lost), [new byte[512]]);
        disk.Sync(name);
        Assert.Equal(new NodeId(2), LogFixture.Open(disk, seed: 4).Log7.RecoveredHardState.Vote);
    }

    [Fact]
    public void A_file_of_another_format_version_is_refused_naming_both_versions()
    {
        var disk = Make(isSealed: true);
        var name = SegmentOf(disk);
        var head = new byte[24];
        disk.Read(name, 0, head);
        head[8] = 9;
        BitConverter.TryWriteBytes(head.AsSpan(16), Crc32C.Compute(head.AsSpan(0, 16)));
        disk.Write(name, 0, [head]);
        var error = Assert.Throws<FormatVersionException>(() => LogFixture.Open(disk));
        Assert.Contains("format version 9", error.Message, StringComparison.Ordinal);
        Assert.Contains("up to 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_of_another_cluster_or_member_is_refused_naming_both()
    {
        var disk = Make(isSealed: true);
        var error = Assert.Throws<ForeignDirectoryException>(
            () => NodeDirectory.Open(disk, new ClusterId(0xBAD), new NodeId(0xA1), new RandomSource(1)));
        Assert.Contains("cluster c1", error.Message, StringComparison.Ordinal);
        Assert.Contains("cluster bad", error.Message, StringComparison.Ordinal);
        var other = LogFixture.Identity with { Node = new NodeId(0xA2) };
        error = Assert.Throws<ForeignDirectoryException>(() => LogFixture.Open(disk, identity: other));
        Assert.Contains("member a1", error.Message, StringComparison.Ordinal);
        Assert.Contains("member a2", error.Message, StringComparison.Ordinal);
        other = LogFixture.Identity with { Incarnation = new Incarnation(4) };
        Assert.Throws<ForeignDirectoryException>(() => LogFixture.Open(disk, identity: other));
    }

    [Fact]
    public void Missing_segments_are_noticed()
    {
        var disk = new SimulatedDisk();
        var identity = NodeDirectory.Open(
            disk, LogFixture.Identity.Cluster, LogFixture.Identity.Node, new RandomSource(1));
        var log = LogFixture.Open(disk, identity: identity);
        for (ulong i = 1; i <= 10; i++)
        {
            log.Append(i, 1, 30_000);
            log.Pump();
        }

        var segments = disk.List().Where(
            static name => name.StartsWith("segment", StringComparison.Ordinal)).ToArray();
        var withoutMiddle = disk.Copy();
        withoutMiddle.Delete(segments[1]);
        Assert.Throws<LogDamagedException>(() => LogFixture.Open(withoutMiddle, identity: identity));
        var withoutFirst = disk.Copy();
        withoutFirst.Delete(segments[0]);
        Assert.Throws<LogDamagedException>(() => LogFixture.Open(withoutFirst, identity: identity));
        var withoutAny = disk.Copy();
        Array.ForEach(segments, withoutAny.Delete);
        Assert.Throws<LogDamagedException>(() => LogFixture.Open(withoutAny, identity: identity));
        var withoutIdentity = disk.Copy();
        withoutIdentity.Delete(NodeDirectory.FileName);
        Assert.Throws<LogDamagedException>(() => NodeDirectory.Open(
            withoutIdentity, identity.Cluster, identity.Node, new RandomSource(1)));
    }

    [Fact]
    public void A_segment_of_another_time_is_noticed()
    {
        var disk = new SimulatedDisk();
        var other = new SimulatedDisk();
        foreach (var (one, seed) in new[] { (disk, 1UL), (other, 50UL) })
        {
            var log = LogFixture.Open(one, seed: seed);
            for (ulong i = 1; i <= 6; i++)
            {
                log.Append(i, 1, 30_000);
                log.Pump();
            }
        }

        var name = disk.List()[1];
        var bytes = new byte[disk.GetLength(name)];
        other.Read(name, 0, bytes);
        disk.Write(name, 0, [bytes]);
        Assert.Throws<LogDamagedException>(() => LogFixture.Open(disk));
    }

    [Fact]
    public void An_entry_changed_on_disk_while_running_is_never_given_out()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Append(1, 1, 3000);
        log.Append(2, 1, 9000);
        log.Pump();
        disk.FlipBit(SegmentOf(disk), 2000, 1);
        log.Log7.ReadBack(new LogIndex(1), new LogIndex(1), 1 << 20, 1);
        log.Pump();
        Assert.Empty(log.Read);
        Assert.Contains("entry 1 of group 7", log.Failure, StringComparison.Ordinal);
    }

    private static SimulatedDisk Make(bool isSealed)
    {
        var disk = new SimulatedDisk();
        NodeDirectory.Open(disk, LogFixture.Identity.Cluster, LogFixture.Identity.Node, new RandomSource(1));
        var log = LogFixture.Open(disk);
        log.Log7.SaveHardState(new Term(2), new NodeId(2));
        log.Append(1, 1, 300);
        log.Pump();
        log.Append(2, 2, 700);
        log.Append(3, 2, 20);
        log.Log7.NoteCommit(new LogIndex(1));
        log.Pump();
        log.Log7.Truncate(new LogIndex(3));
        log.Append(3, 2, 90);
        log.Pump();
        if (isSealed)
        {
            log.Log.Seal();
            log.Pump();
        }

        return disk;
    }

    private static string SegmentOf(SimulatedDisk disk) =>
        disk.List().First(static name => name.StartsWith("segment", StringComparison.Ordinal));

    private static long FindLast(SimulatedDisk disk, string name)
    {
        var bytes = new byte[disk.GetLength(name)];
        disk.Read(name, 0, bytes);
        return bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
    }

    private void FlipAll(SimulatedDisk disk, int bitsPerByte)
    {
        var name = SegmentOf(disk);
        var expected = LogFixture.Open(disk.Copy(), seed: 8).Describe();
        var content = FindLast(disk, name);
        int refused = 0, harmless = 0, zeroed = 0;
        for (var offset = 0; offset < content + 1200; offset++)
        {
            for (var i = 0; i < bitsPerByte; i++)
            {
                var flipped = disk.Copy();
                flipped.FlipBit(name, offset, (offset + (i * 8 / bitsPerByte)) % 8);
                try
                {
                    var log = LogFixture.Open(flipped, seed: 8);
                    Assert.Equal(expected, log.Describe());
                    if (log.Log.Recovered.TornBytes > 0)
                    {
                        zeroed++;
                    }
                    else
                    {
                        harmless++;
                    }
                }
                catch (LogOpenException)
                {
                    refused++;
                }
            }
        }

        output.WriteLine(
            $"{refused} flips refused, {harmless} in padding, {zeroed} beyond the end and cut as torn");
        Assert.True(refused > bitsPerByte * 1500 && zeroed > 0,
            $"{refused} refused, {harmless} harmless, {zeroed} zeroed");
    }
}
