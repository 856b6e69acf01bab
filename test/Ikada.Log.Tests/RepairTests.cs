using Ikada.Primitives;
using Ikada.Simulation.Disk;
using Ikada.Testing;

namespace Ikada.Log.Tests;

/// <summary>What is repaired is read again, now and after a restart; what is truncated meanwhile is
/// not.</summary>
public sealed class RepairTests
{
    [Fact]
    [Covers("wal: RepairWriteTearMiddle",
        Note = "repaired with entries of other members, not by cutting the file")]
    public void A_repaired_entry_is_read_again_once_it_is_durable_and_after_a_restart()
    {
        var disk = Damaged(out var entries);
        var log = LogFixture.Open(disk);
        var range = Assert.Single(log.Log7.Damage);
        Assert.Equal(new DamagedRange(new LogIndex(2), new LogIndex(3), new Term(1)), range);
        Same(entries[..1], Read(log, 1));
        Assert.Empty(Read(log, 2));
        Assert.Empty(Read(log, 3));
        Same(entries[3..], Read(log, 4));

        log.Log7.Repair(entries.AsSpan(1, 2));
        log.Log.Flush();
        Assert.Single(log.Log7.Damage);
        log.Pump();
        Assert.Empty(log.Log7.Damage);
        Assert.Equal([(LogFixture.Group, new LogIndex(2), new LogIndex(3))], log.Repaired);
        Same(entries, Read(log, 1));

        var again = LogFixture.Open(disk.DurableSnapshot(), seed: 2);
        Assert.Empty(again.Log7.Damage);
        Assert.NotEmpty(again.Log.Recovered.Damage);
        Same(entries, again.ReadAll());
    }

    [Fact]
    public void Truncating_into_a_damaged_range_cuts_it_and_a_repair_under_way_never_comes_back()
    {
        var disk = Damaged(out var entries);
        var log = LogFixture.Open(disk);
        log.Log7.Repair(entries.AsSpan(1, 2));
        log.Log.Flush();
        var complete = log.ExecuteOne();
        log.Log7.Truncate(new LogIndex(3));
        log.Append(3, 5, 70);
        complete();
        Assert.Equal([(LogFixture.Group, new LogIndex(2), new LogIndex(2))], log.Repaired);
        log.Pump();
        Assert.Empty(log.Log7.Damage);
        LogEntry[] expected = [entries[0], entries[1], LogFixture.Entry(3, 5, 70)];
        Same(expected, Read(log, 1));
        Same(expected, LogFixture.Open(disk.DurableSnapshot(), seed: 2).ReadAll());
    }

    [Fact]
    public void A_repair_that_is_taken_back_before_the_disk_saw_it_is_never_written()
    {
        var disk = Damaged(out var entries);
        var log = LogFixture.Open(disk);
        log.Log7.Repair(entries.AsSpan(1, 2));
        log.Log7.Truncate(new LogIndex(2));
        log.Append(2, 6, 33);
        log.Pump();
        Assert.Empty(log.Repaired);
        Assert.Empty(log.Log7.Damage);
        var again = LogFixture.Open(disk.DurableSnapshot(), seed: 2);
        Assert.Equal(
            [entries[0].Checksum, LogFixture.Entry(2, 6, 33).Checksum],
            again.ReadAll().Select(static e => e.Checksum));
    }

    [Fact]
    public void Only_what_is_damaged_is_replaced_and_only_by_its_own_term()
    {
        var log = LogFixture.Open(Damaged(out var entries));
        Assert.Throws<InvariantException>(() => log.Log7.Repair(entries.AsSpan(0, 1)));
        Assert.Throws<InvariantException>(() => log.Log7.Repair([LogFixture.Entry(2, 3, 10)]));
    }

    [Fact]
    public void A_membership_that_is_repaired_is_told_as_one_by_the_next_start()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Append(1, 1);
        log.Pump();
        var membership = LogEntry.Create(
            LogFixture.Group, new LogIndex(2), new Term(1), EntryKind.Membership, 1,
            LogFixture.Members.Encode());
        log.Log7.Append([membership], 1);
        log.Pump();
        log.Log.Seal();
        log.Pump();
        DamageLast(disk, "one"u8);
        log = LogFixture.Open(disk);
        Assert.Equal(2UL, Assert.Single(log.Log7.Damage).First.Value);
        log.Log7.Repair([membership]);
        log.Pump();
        var seen = new List<RecoveredEntry>();
        LogFixture.Open(disk, seed: 3).Log7.VisitRecovered(seen.Add);
        Assert.Equal(
            [EntryKind.Command, EntryKind.Membership], seen.Select(static entry => entry.Kind));
        Assert.Equal(membership.Body.ToArray(), seen[1].MembershipBody.ToArray());
    }

    [Fact]
    public void Doubt_outlasts_restarts_until_it_is_said_to_be_over()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Append(1, 1);
        log.Pump();
        log.Append(2, 1, 300);
        log.Pump();
        var name = disk.List().First(static name => name.StartsWith("segment", StringComparison.Ordinal));
        var bytes = new byte[disk.GetLength(name)];
        disk.Read(name, 0, bytes);
        disk.FlipBit(name, bytes.AsSpan().LastIndexOf("IKBT"u8) + 20, 1);
        for (ulong start = 2; start < 5; start++)
        {
            log = LogFixture.Open(disk, seed: start);
            Assert.True(log.Log7.IsUnsure, $"start {start}");
            Assert.Equal(1UL, log.Log7.Last.Index.Value);
        }

        log.Append(2, 2);
        log.Pump();
        log = LogFixture.Open(disk, seed: 6);
        Assert.True(log.Log7.IsUnsure);
        log.Log7.NoteSure();
        log.Pump();
        Assert.False(LogFixture.Open(disk.DurableSnapshot(), seed: 7).Log7.IsUnsure);
    }

    private static void Same(LogEntry[] expected, LogEntry[] found) => Assert.Equal(
        expected.Select(static entry => (entry.Position, entry.Checksum)),
        found.Select(static entry => (entry.Position, entry.Checksum)));

    private static LogEntry[] Read(LogFixture log, ulong first)
    {
        log.Log7.ReadBack(new LogIndex(first), log.Log7.Last.Index, 1 << 20, 1);
        while (log.PumpOne())
        {
        }

        return log.Read[^1].Entries;
    }

    // Of five entries the second and third lose a byte of their bodies.
    private static SimulatedDisk Damaged(out LogEntry[] entries)
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        entries = [.. Enumerable.Range(1, 5).Select(static i => LogFixture.Entry((ulong)i, 1, 600))];
        foreach (var entry in entries)
        {
            log.Log7.Append([entry], 1);
            log.Pump();
        }

        log.Log.Seal();
        log.Pump();
        var name = disk.List().First(static name => name.StartsWith("segment", StringComparison.Ordinal));
        var bytes = new byte[disk.GetLength(name)];
        disk.Read(name, 0, bytes);
        foreach (var entry in entries[1..3])
        {
            disk.FlipBit(name, bytes.AsSpan().IndexOf(entry.Body.Span) + 300, 2);
        }

        entries = LogFixture.Open(Undamaged(disk, name, bytes), seed: 9).ReadAll();
        return disk;
    }

    private static SimulatedDisk Undamaged(SimulatedDisk disk, string name, byte[] bytes)
    {
        var copy = disk.Copy();
        copy.Write(name, 0, [bytes]);
        return copy;
    }

    private static void DamageLast(SimulatedDisk disk, ReadOnlySpan<byte> text)
    {
        var name = disk.List().First(static name => name.StartsWith("segment", StringComparison.Ordinal));
        var bytes = new byte[disk.GetLength(name)];
        disk.Read(name, 0, bytes);
        disk.FlipBit(name, bytes.AsSpan().LastIndexOf(text), 1);
    }
}
