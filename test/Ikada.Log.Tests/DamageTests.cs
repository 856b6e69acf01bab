using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

public sealed class DamageTests(ITestOutputHelper output)
{
    [Fact]
    public void Flipped_bits_of_a_sealed_log_are_detected_or_harmless() =>
        FlipAll(Make(isSealed: true), bitsPerByte: 2);

    [Fact]
    public void Flipped_bits_of_a_log_without_a_seal_are_detected_or_harmless() =>
        FlipAll(Make(isSealed: false), bitsPerByte: 1);

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
    public void Damage_in_the_middle_is_reported_with_file_and_offset_and_nothing_behind_it_is_lost()
    {
        var disk = Make(isSealed: true);
        var name = SegmentOf(disk);
        var expected = LogFixture.Open(disk.Copy(), seed: 8).ReadAll();
        disk.FlipBit(name, 2000, 3);
        var log = LogFixture.Open(disk);
        var found = Assert.Single(log.Log.Recovered.Damage);
        Assert.Equal(name, found.File);
        Assert.True(found.OffsetBytes <= 2000 && found.EndBytes > 2000, found.ToString());
        Assert.Contains("record", found.What, StringComparison.Ordinal);
        Assert.Contains("add it again", FoundDamage.Remedy, StringComparison.Ordinal);
        var range = Assert.Single(log.Log7.Damage);
        Assert.Equal(expected[(int)range.First.Value - 1].Term, range.Term);
        Assert.Equal(expected[^1].Position, log.Log7.Last);
        Assert.False(log.Log7.IsUnsure || log.Log7.LostHardState);
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
        var whole = LogFixture.Open(disk.Copy(), seed: 3, identity: identity).ReadAll();
        foreach (var gone in new[] { 0, 1 })
        {
            var without = disk.Copy();
            without.Delete(segments[gone]);
            var found = LogFixture.Open(without, seed: 4, identity: identity);
            Assert.Equal(segments[gone], found.Log.Recovered.Damage[0].File);
            var range = Assert.Single(found.Log7.Damage);
            Assert.Equal((gone * 2) + 1, (int)range.First.Value);
            Assert.Equal(new Term(1), range.Term);
            Assert.Equal(whole[^1].Position, found.Log7.Last);
            Assert.False(found.Log7.IsUnsure || found.Log7.LostHardState);
            found.Log7.Repair(whole.AsSpan(gone * 2, (int)(range.Last - range.First) + 1));
            found.Pump();
            Assert.Equal(
                whole.Select(static entry => entry.Checksum),
                LogFixture.Open(without, seed: 5, identity: identity).ReadAll().Select(
                    static entry => entry.Checksum));
        }

        // The one in use is gone, and only the one prepared behind it tells that it was there.
        var withoutLast = disk.Copy();
        withoutLast.Delete(segments[^2]);
        var last = LogFixture.Open(withoutLast, seed: 6, identity: identity);
        Assert.True(last.Log7.IsUnsure && last.Log7.LostHardState);
        last = LogFixture.Open(withoutLast, seed: 7, identity: identity);
        Assert.True(last.Log7.IsUnsure && last.Log7.LostHardState, "forgotten by the second start");
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
        log.Append(3, 3, 90); // of another term, as always where another entry takes the place of one
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
        var sound = LogFixture.Open(disk.Copy(), seed: 8);
        var expected = sound.Describe();
        var entries = sound.ReadAll();
        var content = FindLast(disk, name);
        int damaged = 0, harmless = 0, zeroed = 0, unsure = 0, lost = 0;
        for (var offset = 0; offset < content + 1200; offset++)
        {
            for (var i = 0; i < bitsPerByte; i++)
            {
                var flipped = disk.Copy();
                flipped.FlipBit(name, offset, (offset + (i * 8 / bitsPerByte)) % 8);
                var log = LogFixture.Open(flipped, seed: 8);
                lost += log.Log7.LostHardState ? 1 : 0;
                unsure += log.Log7.IsUnsure ? 1 : 0;
                if (log.Log.Recovered.Damage.Count > 0)
                {
                    damaged++;
                    CheckReadable(log, entries);
                    continue;
                }

                Assert.Equal(expected, log.Describe());
                zeroed += log.Log.Recovered.TornBytes > 0 ? 1 : 0;
                harmless += log.Log.Recovered.TornBytes > 0 ? 0 : 1;
            }
        }

        output.WriteLine(
            $"{damaged} flips reported ({unsure} unsure, {lost} lost a vote), {harmless} in padding, "
                + $"{zeroed} beyond the end and cut as torn");
        Assert.True(damaged > bitsPerByte * 1500 && zeroed > 0,
            $"{damaged} reported, {harmless} harmless, {zeroed} zeroed");
        Assert.True(lost < damaged / 10, $"{lost} of {damaged} lost a vote");
    }

    private static void CheckReadable(LogFixture log, LogEntry[] entries)
    {
        var group = log.Log7;
        if (!group.LostHardState)
        {
            Assert.Equal(new HardState(new Term(2), new NodeId(2), default), group.RecoveredHardState with
            {
                Commit = default,
            });
            Assert.True(group.IsUnsure || group.Last == entries[^1].Position, $"ends at {group.Last}");
        }

        for (var index = new LogIndex(1); index <= group.Last.Index; index = index.Next)
        {
            group.ReadBack(index, index, 1 << 20, 1);
            while (log.PumpOne())
            {
            }

            var isDamaged = group.Damage.Any(range => range.First <= index && index <= range.Last);
            var read = log.Read[^1].Entries;
            Assert.Equal(isDamaged, read.Length == 0);
            Assert.True(
                isDamaged || group.IsUnsure || group.LostHardState
                    || read[0].Checksum == entries[index.Value - 1].Checksum,
                $"entry {index} is another one");
        }
    }
}
