using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests.Fuzzing;

/// <summary>A directory as the log writes it, and what was ever written into it.</summary>
internal sealed class FuzzDirectory
{
    public static readonly GroupId Other = new(8);
    private readonly HashSet<uint> _everWritten = [];
    private readonly string[] _names;
    private readonly byte[][] _files;

    private FuzzDirectory(ulong seed, Action<LogFixture, GroupLog, FuzzDirectory> write)
    {
        var disk = new SimulatedDisk();
        var identity = NodeDirectory.Open(
            disk, LogFixture.Identity.Cluster, LogFixture.Identity.Node, new RandomSource(1));
        var log = LogFixture.Open(disk, seed: seed, identity: identity);
        write(log, log.Log.OpenGroup(Other, LogFixture.Members), this);
        log.Pump();
        Assert.Null(log.Failure);
        _names = [.. disk.List()];
        _files = [.. _names.Select(name => Snapshots.Shots.FileOf(disk, name))];
    }

    /// <summary>An empty one, one with a little of everything, one with several segments, one that was
    /// compacted and one that was reset.</summary>
    public static IEnumerable<FuzzDirectory> All()
    {
        yield return new FuzzDirectory(100, static (_, _, _) => { });
        yield return new FuzzDirectory(101, static (log, other, all) =>
        {
            log.Log7.SaveHardState(new Term(2), new NodeId(2));
            all.Append(log, log.Log7, 1, 6, 2, 300);
            log.Pump();
            log.Log7.Truncate(new LogIndex(5));
            all.Append(log, log.Log7, 5, 7, 3, 30);
            all.Append(log, other, 1, 3, 1, 50);
            log.Log7.NoteCommit(new LogIndex(3));
            log.Pump();
            log.Log.Seal();
            log.Pump();
            all.Append(log, log.Log7, 8, 8, 3, 900);
        });
        yield return new FuzzDirectory(102, static (log, other, all) =>
        {
            all.Append(log, other, 1, 1, 1, 50);
            for (ulong i = 1; i <= 9; i++)
            {
                all.Append(log, log.Log7, i, i, i, 15_000);
                log.Pump();
            }
        });
        yield return new FuzzDirectory(103, static (log, other, all) =>
        {
            all.Append(log, log.Log7, 1, 20, 1, 2_000);
            all.Append(log, other, 1, 5, 1, 50);
            log.Pump();
            log.Log7.Compact(new LogPosition(new LogIndex(12), new Term(1)), LogFixture.Members);
            log.Pump();
            other.Reset(new LogPosition(new LogIndex(100), new Term(4)), LogFixture.Members);
            all.Append(log, other, 101, 103, 4, 200);
            all.Append(log, log.Log7, 21, 40, 2, 2_000);
            log.Pump();
        });
    }

    /// <summary>A disk with this directory in which one or two files are changed.</summary>
    public SimulatedDisk Changed(FuzzDirectory[] all, RandomSource random, bool fixes)
    {
        var files = (byte[][])_files.Clone();
        var others = all[random.NextBelow(all.Length)]._files;
        for (var left = random.OneIn(3) ? 2 : 1; left > 0; left--)
        {
            var which = random.NextBelow(files.Length);
            files[which] = Mutations.Of(files[which], others, random);
            if (fixes && _names[which].StartsWith("segment", StringComparison.Ordinal))
            {
                SegmentChecksums.Fix(files[which]);
            }
        }

        var gone = random.OneIn(20) ? random.NextBelow(files.Length) : -1;
        var disk = new SimulatedDisk();
        for (var i = 0; i < files.Length; i++)
        {
            if (i != gone)
            {
                Snapshots.Shots.Put(disk, _names[i], files[i]);
            }
        }

        return disk;
    }

    /// <summary>Whether an entry is given out that was never written here. Where the checksums were made to
    /// fit, any may be.</summary>
    public bool IsOther(LogFixture log, bool mayBeOthers)
    {
        var isOther = false;
        for (var next = log.Log7.Base.Index; next < log.Log7.Last.Index;)
        {
            var reads = log.Read.Count;
            log.Log7.ReadBack(next.Next, log.Log7.Last.Index, 1 << 20, 1);
            while (log.PumpOne())
            {
            }

            Assert.Null(log.Failure);
            var entries = log.Read.Count > reads ? log.Read[^1].Entries : [];
            foreach (var entry in entries)
            {
                Assert.True(entry.HasValidChecksum(LogFixture.Group));
                isOther |= !mayBeOthers && !_everWritten.Contains(entry.Checksum);
            }

            if (entries.Length > 0)
            {
                next = entries[^1].Index;
            }
            else if (EndOfDamage(log.Log7, next.Next) is { } end)
            {
                next = end;
            }
            else
            {
                throw new InvalidOperationException($"entry {next.Next} is neither damaged nor read");
            }
        }

        return isOther;
    }

    private static LogIndex? EndOfDamage(GroupLog group, LogIndex index)
    {
        foreach (var range in group.Damage)
        {
            if (range.First <= index && index <= range.Last)
            {
                return range.Last;
            }
        }

        return null;
    }

    private void Append(LogFixture log, GroupLog group, ulong first, ulong last, ulong term, int size)
    {
        for (var index = first; index <= last; index++)
        {
            var entry = LogFixture.Entry(index, term, size, group.Group);
            _everWritten.Add(entry.Checksum);
            group.Append([entry], 1);
        }

        log.Pump();
    }
}
