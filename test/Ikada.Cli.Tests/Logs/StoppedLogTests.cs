using System.Security.Cryptography;
using Ikada.Cli.Logs;
using Ikada.Log;
using Ikada.Log.Inspection;
using Ikada.Node;
using Ikada.Node.Disk;

namespace Ikada.Cli.Tests.Logs;

/// <summary>What the tools say of the directory of a stopped node, and that they leave it as it is.</summary>
public sealed class StoppedLogTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("ikada-stopped-").FullName;

    private string Data => Path.Combine(_parent, "data");

    private string Segment => Path.Combine(Data, "segment-0000000000000001.log");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void A_whole_log_is_whole_and_nothing_in_the_directory_changes()
    {
        RecoveryBench.Write(Data, 1 << 20, _ => { });
        var before = Fingerprint();
        var report = Verify();
        Assert.False(report.IsDamaged);
        Assert.Contains("verdict   whole", report.Lines[^1], StringComparison.Ordinal);
        Assert.Equal(before, Fingerprint());
    }

    [Fact]
    public void A_flipped_bit_is_told_with_file_offset_group_and_index_and_stays_as_it_is()
    {
        RecoveryBench.Write(Data, 1 << 20, _ => { });
        var record = Contents().Records.First(static one => one.IsEntry && one.Position.Index.Value == 5);
        Flip(Segment, record.OffsetBytes + 100);
        var before = Fingerprint();
        var report = Verify();
        Assert.True(report.IsDamaged);
        var place = Assert.Single(
            report.Lines, static line => line.StartsWith("damaged", StringComparison.Ordinal));
        Assert.Contains("segment-0000000000000001.log 512 to ", place, StringComparison.Ordinal);
        Assert.Contains(report.Lines, static line =>
            line.Contains("group 1: entries 5 to 5 (term 1) cannot be read", StringComparison.Ordinal));
        Assert.Contains("add it again", report.Lines[^1], StringComparison.Ordinal);
        Assert.Equal(before, Fingerprint());

        // What verify says is what a start finds.
        using var disk = new FileDisk(Data);
        var random = Entropy.NewRandom();
        var identity = NodeDirectory.Peek(disk)!;
        var started = StoppedLog.Recover(disk).Log!;
        Assert.Equal(identity, NodeDirectory.Peek(disk));
        Assert.Single(started.Recovered.Damage);
    }

    [Fact]
    public void A_log_without_its_segments_is_refused_as_a_start_would()
    {
        RecoveryBench.Write(Data, 1 << 20, _ => { });
        foreach (var file in Directory.EnumerateFiles(Data, "segment-*"))
        {
            File.Delete(file);
        }

        var report = Verify();
        Assert.True(report.IsDamaged);
        Assert.Contains(report.Lines, static line =>
            line.Contains("its segments are gone", StringComparison.Ordinal));
    }

    [Fact]
    public void A_directory_in_use_is_refused_with_the_process_that_holds_it()
    {
        using var held = new FileDisk(Data);
        NodeDirectory.Open(held, new(1), new(1), Entropy.NewRandom());
        var refused = Assert.Throws<CliException>(() => Verify());
        Assert.Contains($"(process {Environment.ProcessId})", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void While_it_is_looked_at_no_node_starts_and_no_file_is_made()
    {
        RecoveryBench.Write(Data, 1 << 20, _ => { });
        using (new ReadOnlyDisk(Data, static _ => { }))
        {
            Assert.Throws<DirectoryHeldException>(() => new FileDisk(Data));
        }

        File.Delete(Path.Combine(Data, "lock"));
        using (var disk = new ReadOnlyDisk(Data, static _ => { }))
        {
            Assert.Throws<InvalidOperationException>(() => disk.Create("a"));
            Assert.Throws<InvalidOperationException>(() => disk.Delete("node.identity"));
        }

        Assert.False(File.Exists(Path.Combine(Data, "lock")));
    }

    [Fact]
    public void Directories_that_are_none_of_a_server_are_refused_with_a_remedy()
    {
        var missing = Assert.Throws<CliException>(() => Verify());
        Assert.Contains("--data-dir", missing.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(Data, "member"));
        var foreign = Assert.Throws<CliException>(() => Verify());
        Assert.Contains("etcd", foreign.Message, StringComparison.Ordinal);
        Assert.Contains("--data-dir", foreign.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dump_shows_which_members_the_log_begins_with()
    {
        RecoveryBench.Write(Data, 1 << 20, _ => { });
        using var text = new StringWriter();
        using var json = new StringWriter();
        StoppedLog.Use("test", Data, true, disk =>
        {
            LogContents.Visit(disk, new TextDump(text, new DumpFilter(null, default, new(ulong.MaxValue))));
            LogContents.Visit(disk, new JsonDump(json, new DumpFilter(null, default, new(ulong.MaxValue))));
            return 0;
        });

        Assert.Matches(@"base .*group 1, index 0, term 0 voters=\([0-9a-f]+\)", text.ToString());
        Assert.Contains("\"membership\":\"voters=(", json.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_dump_shows_every_entry_once_and_a_filter_only_its_own()
    {
        RecoveryBench.Write(Data, 1 << 20, _ => { });
        var all = Contents().Records.Where(static one => one.IsEntry)
            .Select(static one => (int)one.Position.Index.Value);
        var log = StoppedLog.Use("test", Data, true, StoppedLog.Recover).Log!;
        Assert.Equal(Enumerable.Range(1, (int)log.Groups.Single().Last.Index.Value), all);
        var output = new StringWriter();
        var filter = new DumpFilter(new(1), new(7), new(8));
        StoppedLog.Use("test", Data, true, disk =>
        {
            LogContents.Visit(disk, new JsonDump(output, filter));
            return 0;
        });
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains("\"index\":7,", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"index\":8,", lines[1], StringComparison.Ordinal);
        using var text = new StringWriter();
        StoppedLog.Use("test", Data, true, disk =>
        {
            LogContents.Visit(disk, new TextDump(text, filter));
            return 0;
        });
        Assert.Equal(2, text.ToString().Split("entry   ").Length - 1);
        Assert.StartsWith("segment-0000000000000001.log", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_over_a_directory_is_read_back_and_stays_in_memory()
    {
        RecoveryBench.Write(Data, 1 << 20, _ => { });
        var before = Fingerprint();
        using var below = new ReadOnlyDisk(Data, static _ => { });
        var overlay = new OverlayDisk(below);
        var expected = File.ReadAllBytes(Segment);
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            var bytes = new byte[random.Next(1, 9000)];
            if (i % 3 > 0)
            {
                random.NextBytes(bytes);
            }

            var offset = random.Next(expected.Length - bytes.Length);
            overlay.Write("segment-0000000000000001.log", offset, [bytes]);
            bytes.CopyTo(expected, offset);
        }

        var read = new byte[expected.Length + 10];
        Assert.Equal(expected.Length, overlay.Read("segment-0000000000000001.log", 0, read));
        Assert.True(expected.AsSpan().SequenceEqual(read.AsSpan(0, expected.Length)));
        overlay.Rename("node.identity", "other");
        overlay.Create("node.identity");
        Assert.Equal(0, overlay.GetLength("node.identity"));
        overlay.Delete("other");
        Assert.Throws<DiskException>(() => overlay.GetLength("other"));
        Assert.Equal(before, Fingerprint());
    }

    private static void Flip(string file, long offset)
    {
        using var stream = File.Open(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = offset;
        var old = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(old ^ 4));
    }

    private VerifyReport Verify() =>
        StoppedLog.Use("test", Data, true, static disk => VerifyReport.Of(StoppedLog.Recover(disk)));

    private Collected Contents() => StoppedLog.Use("test", Data, true, static disk =>
    {
        var collected = new Collected();
        LogContents.Visit(disk, collected);
        return collected;
    });

    private string Fingerprint() => string.Join('\n', Directory.EnumerateFiles(Data)
        .Where(static file => Path.GetFileName(file) != "lock") // only its holder can open it
        .Order(StringComparer.Ordinal)
        .Select(static file => file + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))));

    private sealed class Collected : ILogVisitor
    {
        public List<RecordSeen> Records { get; } = [];

        public void Segment(SegmentSeen segment)
        {
        }

        public void Batch(BatchSeen batch) => Assert.Null(batch.Fault);

        public void Record(RecordSeen record) => Records.Add(record);

        public void Unreadable(string file, long offsetBytes, long endBytes, string what) =>
            Assert.Fail($"{file} {offsetBytes}: {what}");
    }
}
