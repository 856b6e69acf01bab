using Ikada.Log.Snapshots;
using Ikada.Log.Tests.Snapshots;
using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

/// <summary>The files of format 1 as they were first written. A change here is a change of the format: it
/// needs a new version, and these files stay readable. IKADA_GOLDEN_WRITE=directory writes them
/// anew.</summary>
public sealed class GoldenTests
{
    private static readonly GroupId Other = new(8);

    [Fact]
    public void The_writer_writes_the_golden_segment_byte_for_byte() =>
        Compare("segment-v1.bin", Content(MakeFirst(), "segment-0000000000000001.log"));

    [Fact]
    public void The_writer_writes_the_golden_head_of_a_second_segment_byte_for_byte()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Log7.SaveHardState(new Term(2), new NodeId(2));
        log.Append(1, 2, 30_000);
        log.Append(2, 2, 30_000);
        log.Log7.NoteCommit(new LogIndex(1));
        log.Pump();
        log.Append(3, 2, 10_000);
        log.Pump();
        Compare("head-v1.bin", Content(disk, "segment-0000000000000002.log")[..512]);
    }

    [Fact]
    public void The_writer_writes_the_golden_identity_byte_for_byte()
    {
        var disk = new SimulatedDisk();
        NodeDirectory.Open(disk, new ClusterId(0xC1), new NodeId(0xA1), new RandomSource(1));
        LogFixture.Open(disk, identity: NodeDirectory.Peek(disk));
        Compare("identity-v1.bin", Content(disk, NodeDirectory.FileName));
        Assert.Equal(new StartCount(1), NodeDirectory.Peek(disk)!.StartCount);
    }

    [Fact]
    public void The_writer_writes_the_golden_snapshot_byte_for_byte_and_reads_it()
    {
        var disk = new SimulatedDisk();
        var saved = Shots.Save(disk, 40, 2500);
        Compare("snapshot-v1.bin", Shots.FileOf(disk, Shots.NameOf(saved)));
        Compare("snapshot-descriptor-v1.bin", saved.Encode());
        var found = new SimulatedDisk();
        Shots.Put(found, Shots.NameOf(saved), Golden("snapshot-v1.bin"));
        Assert.True(SnapshotDescriptor.TryDecode(Golden("snapshot-descriptor-v1.bin"), out var named));
        Assert.Equal(named, SnapshotShelf.Open(found, LogFixture.Group).Newest);
        Assert.Equal(LogFixture.Members.Encode(), named!.Membership.Encode());
        Assert.Equal(Shots.Content(40, 2500), Shots.Load(found, named));
    }

    /// <summary>The second is of before seals named groups.</summary>
    [Theory]
    [InlineData("segment-v1.bin")]
    [InlineData("segment-v1-seal-without-groups.bin")]
    public void The_golden_segment_is_read_as_it_was_meant(string golden)
    {
        var disk = new SimulatedDisk();
        disk.Create("segment-0000000000000001.log");
        disk.Write("segment-0000000000000001.log", 0, [new byte[64 << 10]]);
        disk.Write("segment-0000000000000001.log", 0, [Golden(golden)]);
        var log = LogFixture.Open(disk);
        var other = log.Log.OpenGroup(Other, Membership.Empty);
        Assert.Equal(2, other.BaseMembership.Voters.Length);
        Assert.Equal(new LogPosition(new LogIndex(1), new Term(3)), other.Last);
        Assert.Equal(new HardState(new Term(3), NodeId.None, LogIndex.Zero), other.RecoveredHardState);
        Assert.Equal(
            new HardState(new Term(6), new NodeId(0xA1), new LogIndex(2)), log.Log7.RecoveredHardState);
        Assert.Equal(["1/1", "2/2", "5/3", "6/4"], log.ReadAll().Select(static e => e.Position.ToString()));
        var kinds = new List<(EntryKind, int)>();
        LogFixture.Open(disk).Log7.VisitRecovered(
            entry => kinds.Add((entry.Kind, entry.MembershipBody.Length)));
        var length = LogFixture.Members.Encode().Length;
        Assert.Equal(
            [(EntryKind.Empty, 0), (EntryKind.Command, 0), (EntryKind.Membership, length),
                (EntryKind.Command, 0)], kinds);
    }

    [Fact]
    public void The_writer_writes_the_golden_compacted_log_byte_for_byte()
    {
        var disk = MakeCompacted();
        foreach (var name in disk.List().Where(
            static name => name.StartsWith("segment", StringComparison.Ordinal)))
        {
            var content = Content(disk, name);
            if (content.Length > 0)
            {
                Compare(CompactedName(name), content);
            }
        }
    }

    /// <summary>The first four segments were freed; group 8 has an entry that was written forward, and group
    /// 9 began anew behind a snapshot.</summary>
    [Fact]
    public void The_golden_compacted_log_is_read_as_it_was_meant()
    {
        var disk = new SimulatedDisk();
        for (var number = 5; number <= 7; number++)
        {
            var name = $"segment-{number:x16}.log";
            disk.Create(name);
            disk.Write(name, 0, [new byte[64 << 10]]);
            disk.Write(name, 0, [Golden(CompactedName(name))]);
        }

        var log = LogFixture.Open(disk);
        Assert.Empty(log.Log.Recovered.Damage);
        Assert.Equal("3/12", log.Log7.Base.ToString());
        Assert.Equal(["3/13", "3/14"], log.ReadAll().Select(static e => e.Position.ToString()));
        Assert.Equal(new NodeId(2), log.Log7.RecoveredHardState.Vote);
        var other = log.Log.OpenGroup(Other, Membership.Empty);
        Assert.Equal("0/0", other.Base.ToString());
        Assert.Equal(LogFixture.Entry(1, 3, 10, Other).Checksum, Assert.Single(log.ReadAll(other)).Checksum);
        var anew = log.Log.OpenGroup(new GroupId(9), Membership.Empty);
        Assert.Equal(("5/40", "5/41"), (anew.Base.ToString(), anew.Last.ToString()));
        Assert.Equal(new LogIndex(40), anew.RecoveredHardState.Commit);
        Assert.Equal(2, anew.BaseMembership.Voters.Length);
    }

    private static string CompactedName(string segment) =>
        $"compacted-v1-{segment.Replace(".log", ".bin", StringComparison.Ordinal)}";

    private static SimulatedDisk MakeCompacted()
    {
        var disk = new SimulatedDisk();
        var options = LogFixture.SmallOptions with { SegmentsBeforeRewrite = 2 };
        var log = LogFixture.Open(disk, options);
        var other = log.Log.OpenGroup(Other, LogFixture.Members);
        var anew = log.Log.OpenGroup(new GroupId(9), LogFixture.Members);
        other.Append([LogFixture.Entry(1, 3, 10, Other)], 1);
        log.Log7.SaveHardState(new Term(3), new NodeId(2));
        for (ulong index = 1; index <= 14; index++)
        {
            log.Append(index, 3, 25_000);
            log.Pump();
            if (index % 2 == 0 && index < 14)
            {
                log.Log7.Compact(new LogPosition(new LogIndex(index), new Term(3)), LogFixture.Members);
            }
        }

        anew.Reset(new LogPosition(new LogIndex(40), new Term(5)), LogFixture.Members);
        anew.Append([LogFixture.Entry(41, 5, 20, anew.Group)], 1);
        log.Pump();
        log.Log.Seal();
        log.Pump();
        return disk;
    }

    private static SimulatedDisk MakeFirst()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        var other = log.Log.OpenGroup(Other, LogFixture.Members);
        log.Log7.SaveHardState(new Term(1), new NodeId(2));
        log.Log7.Append([LogEntry.Create(
            LogFixture.Group, new LogIndex(1), new Term(1), EntryKind.Empty, 1, default)], 1);
        log.Pump();
        other.SaveHardState(new Term(3), NodeId.None);
        other.Append([LogFixture.Entry(1, 3, 10, Other)], 1);
        log.Append(2, 2, 2500);
        log.Append(3, 2, 9);
        log.Pump();
        log.Log7.Truncate(new LogIndex(3));
        log.Log7.SaveHardState(new Term(6), new NodeId(0xA1));
        log.Log7.Append(
            [LogEntry.Create(
                LogFixture.Group, new LogIndex(3), new Term(5), EntryKind.Membership, 1,
                    LogFixture.Members.Encode())],
            2);
        log.Append(4, 6, 33);
        log.Log7.NoteCommit(new LogIndex(2));
        log.Pump();
        log.Log.Seal();
        log.Pump();
        return disk;
    }

    private static byte[] Content(SimulatedDisk disk, string name)
    {
        var bytes = new byte[disk.GetLength(name)];
        disk.Read(name, 0, bytes);
        return bytes[..(bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1)];
    }

    private static void Compare(string name, byte[] written)
    {
        if (Environment.GetEnvironmentVariable("IKADA_GOLDEN_WRITE") is { Length: > 0 } directory)
        {
            File.WriteAllBytes(Path.Combine(directory, name), written);
        }

        Assert.Equal(Golden(name), written);
    }

    private static byte[] Golden(string name)
    {
        using var stream = typeof(GoldenTests).Assembly.GetManifestResourceStream(name);
        Assert.NotNull(stream);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
