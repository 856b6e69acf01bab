using Ikada.Primitives;
using Ikada.Simulation.Disk;
using Ikada.Testing;

namespace Ikada.Log.Tests;

/// <summary>What etcd's tests of its write-ahead log ask of a log, asked of this one.</summary>
public sealed class FileFaultTests
{
    [Fact]
    [Covers("wal: OpenOnTornWrite", "wal: RepairWriteTearLast", Note = "torn by whole sectors, as disks do")]
    public void A_torn_write_cuts_all_that_follows_and_appends_go_on_from_there_again_and_again()
    {
        var disk = new SimulatedDisk();
        for (ulong life = 0; life < 4; life++)
        {
            var log = LogFixture.Open(disk, seed: 10 + life);
            Assert.Equal(life * 2, log.Log7.Last.Index.Value);
            log.Append((life * 2) + 1, life + 1, 100);
            log.Append((life * 2) + 2, life + 1, 700);
            log.Pump();
            log.Append((life * 2) + 3, life + 1, 2500);
            log.Log.Flush();
            log.ExecuteOne();
            var name = Segment(disk);
            disk.Write(name, (Content(disk, name) / 512 * 512) - 1024, [new byte[512]]);
            disk.Sync(name);
        }

        var again = LogFixture.Open(disk, seed: 20);
        Assert.Equal(8, again.ReadAll().Length);
        Assert.True(again.Log.Recovered.TornBytes > 0);
        Assert.Empty(again.Log.Recovered.Damage);
    }

    [Fact]
    [Covers("wal: TailWriteNoSlackSpace", Note = "a segment filled to where the next batch does not fit")]
    public void A_segment_filled_to_its_end_is_reopened_and_goes_on_in_the_next()
    {
        var disk = new SimulatedDisk();
        ulong index = 0;
        for (ulong life = 0; life < 12; life++)
        {
            var log = LogFixture.Open(disk, seed: 10 + life);
            Assert.Equal(index, log.Log7.Last.Index.Value);
            log.Append(++index, 1, 14_000);
            log.Append(++index, 1, 1);
            log.Pump();
        }

        var again = LogFixture.Open(disk, seed: 30);
        Assert.Equal((int)index, again.ReadAll().Length);
        Assert.True(again.Log.Recovered.Segments > 2);
        Assert.Empty(again.Log.Recovered.Damage);
    }

    [Fact]
    [Covers("wal: LastRecordLengthExceedFileEnd", "wal: RepairTruncate",
        Note = "where acknowledged entries are missing, other members give them back")]
    public void A_file_cut_short_is_damage_and_a_log_goes_on_behind_it()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Log7.SaveHardState(new Term(1), new NodeId(2));
        for (ulong i = 1; i <= 10; i++)
        {
            log.Append(i, 1, 14_000);
            log.Pump();
        }

        var whole = log.ReadAll();
        var name = Segment(disk);
        var bytes = new byte[20_000];
        disk.Read(name, 0, bytes);
        disk.Delete(name);
        disk.Create(name);
        disk.Write(name, 0, [bytes]);
        disk.Sync(name);
        disk.SyncDirectory();
        log = LogFixture.Open(disk, seed: 2);
        var range = Assert.Single(log.Log7.Damage);
        Assert.Equal((2UL, new Term(1)), (range.First.Value, range.Term));
        Assert.Equal(whole[^1].Position, log.Log7.Last);
        Assert.False(log.Log7.IsUnsure || log.Log7.LostHardState);
        Assert.All(log.Log.Recovered.Damage, found => Assert.Equal(name, found.File));
        log.Log7.Repair(whole.AsSpan(1, (int)(range.Last - range.First) + 1));
        log.Append(11, 1);
        log.Pump();
        Assert.Equal(11, LogFixture.Open(disk, seed: 3).ReadAll().Length);
    }

    [Fact]
    [Covers("wal: LastRecordLengthExceedFileEnd")]
    public void The_last_file_cut_short_leaves_doubt_and_no_vote_is_given_any_more()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Append(1, 1, 3000);
        log.Append(2, 1, 3000);
        log.Pump();
        var name = Segment(disk);
        var bytes = new byte[4096];
        disk.Read(name, 0, bytes);
        disk.Delete(name);
        disk.Create(name);
        disk.Write(name, 0, [bytes]);
        disk.Sync(name);
        disk.SyncDirectory();
        for (ulong start = 2; start < 4; start++)
        {
            var again = LogFixture.Open(disk, seed: start);
            Assert.True(again.Log7.IsUnsure && again.Log7.LostHardState, $"start {start}");
        }
    }

    [Fact]
    [Covers("wal: RenameFail", Note = "segments are not renamed; the identity is")]
    public void An_identity_that_cannot_be_put_in_place_is_an_error_and_the_old_one_stays()
    {
        var disk = new SimulatedDisk();
        var first = Identify(disk);
        disk.Faults.FailAt(DiskOperationKind.Rename, 0, "EIO");
        var error = Assert.Throws<DiskException>(() => Identify(disk));
        Assert.Contains("EIO", error.Message, StringComparison.Ordinal);
        Assert.Equal(first, NodeDirectory.Peek(disk));
        Assert.Equal(first.StartCount.Value + 1, Identify(disk).StartCount.Value);
    }

    [Fact]
    [Covers("wal: CreateFailFromNoSpaceLeft")]
    public void A_log_that_cannot_be_made_for_want_of_space_is_made_when_there_is_some()
    {
        for (var call = 0; call < 2; call++)
        {
            var disk = new SimulatedDisk();
            var identity = Identify(disk);
            disk.Faults.FailAt(call == 0 ? DiskOperationKind.Create : DiskOperationKind.Write, 0, "ENOSPC");
            var error = Assert.Throws<NoSpaceToOpenException>(
                () => LogFixture.Open(disk, identity: identity));
            Assert.Contains("ENOSPC", error.Message, StringComparison.Ordinal);
            var log = LogFixture.Open(disk, identity: Identify(disk));
            log.Append(1, 1);
            log.Pump();
            Assert.Single(LogFixture.Open(disk, identity: identity, seed: 2).ReadAll());
        }
    }

    [Fact]
    [Covers("wal: RepairFailDeleteDir", Note = "a repair that cannot be written stops the node")]
    public void A_repair_that_cannot_be_written_stops_the_log_and_repairs_nothing()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Append(1, 1, 900);
        log.Pump();
        log.Log.Seal();
        log.Pump();
        disk.FlipBit(Segment(disk), 1200, 1);
        log = LogFixture.Open(disk, seed: 2);
        log.Pump();
        Assert.Single(log.Log7.Damage);
        disk.Faults.FailAt(DiskOperationKind.Write, 0, "EIO");
        log.Log7.Repair([LogFixture.Entry(1, 1, 900)]);
        log.Pump();
        Assert.Contains("EIO", log.Failure, StringComparison.Ordinal);
        Assert.Empty(log.Repaired);
        Assert.Single(log.Log7.Damage);
    }

    private static DirectoryIdentity Identify(SimulatedDisk disk) => NodeDirectory.Open(
        disk, LogFixture.Identity.Cluster, LogFixture.Identity.Node, new RandomSource(1));

    private static string Segment(SimulatedDisk disk) =>
        disk.List().First(static name => name.StartsWith("segment", StringComparison.Ordinal));

    private static long Content(SimulatedDisk disk, string name)
    {
        var bytes = new byte[disk.GetLength(name)];
        disk.Read(name, 0, bytes);
        return bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
    }
}
