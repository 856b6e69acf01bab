using Ikada.KeyValue;
using Ikada.Log;
using Ikada.Log.Inspection;
using Ikada.Log.Snapshots;
using Ikada.Node.Disk;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Cli.Logs;

/// <summary>The directory of a stopped node as a start would find it: the real recovery has run, over what is
/// there, and its writes went into memory. Nothing in the directory is changed.</summary>
internal sealed class StoppedLog
{
    private StoppedLog(DirectoryIdentity identity) => Identity = identity;

    public DirectoryIdentity Identity { get; }

    /// <summary>What recovery made of it; null if a start would refuse.</summary>
    public WriteAheadLog? Log { get; private set; }

    /// <summary>Why a start would refuse.</summary>
    public string? Refusal { get; private set; }

    public IReadOnlyList<string> Files { get; private set; } = [];

    /// <summary>The snapshots of each group, and what a start would make of them.</summary>
    public SortedDictionary<GroupId, GroupSnapshots> Snapshots { get; } = [];

    /// <summary>Opens it, does something with it, closes it again. <paramref name="verb"/> is for
    /// messages.</summary>
    public static T Use<T>(string verb, string directory, bool quiet, Func<ReadOnlyDisk, T> work)
    {
        if (!Directory.Exists(directory))
        {
            throw new CliException(
                $"{verb}: {directory} is not a directory; name the --data-dir of a server that is stopped");
        }

        if (!File.Exists(Path.Combine(directory, NodeDirectory.FileName))
            && !Directory.EnumerateFiles(directory, "segment-*.log").Any())
        {
            var what = Directory.Exists(Path.Combine(directory, "member"))
                ? "looks like a directory of etcd" : "has no log of Ikada in it";
            throw new CliException(
                $"{verb}: {directory} {what}; name what the server was given as --data-dir "
                + "(without it: NAME.ikada where it was started)");
        }

        try
        {
            return Progress.Show("reading", quiet, report =>
            {
                var all = Math.Max(1, Directory.EnumerateFiles(directory).Sum(
                    static file => new FileInfo(file).Length));
                using var disk = new ReadOnlyDisk(directory, read => report(Math.Min(1, (double)read / all)));
                return work(disk);
            });
        }
        catch (Exception failure) when (
            failure is DirectoryHeldException or DiskException or FormatVersionException)
        {
            throw new CliException($"{verb}: {failure.Message}");
        }
    }

    /// <exception cref="LogOpenException">Nothing at all can be said: the identity is gone or
    /// damaged.</exception>
    public static StoppedLog Recover(IDisk disk)
    {
        var overlay = new OverlayDisk(disk);
        var random = new RandomSource(1);
        var identity = NodeDirectory.Peek(overlay)
            ?? throw new LogDamagedException(NodeDirectory.FileName, 0, "the file is missing");
        var found = new StoppedLog(identity) { Files = disk.List() };
        try
        {
            var opened = NodeDirectory.Open(overlay, identity.Cluster, identity.Node, random);
            found.Log = WriteAheadLog.Open(
                overlay, new NoQueue(), new NoEvents(), new LogOptions { TailBytesMax = 0 }, opened, random);
            foreach (var group in found.Log.Groups.ToArray())
            {
                found.Log.OpenGroup(group.Group, group.BaseMembership);
                found.Snapshots.Add(group.Group, GroupSnapshots.Read(overlay, group));
            }
        }
        catch (LogOpenException refusal) when (refusal is not FormatVersionException)
        {
            found.Refusal = refusal.Message;
        }

        return found;
    }

    // Recovery itself works on the disk; what it would have a running log do is not done.
    private sealed class NoQueue : IDiskQueue
    {
        public void Submit(DiskOperation operation)
        {
        }
    }

    private sealed class NoEvents : ILogEvents
    {
        public void EntriesFlushed(GroupId group, LogPosition last, ulong generation)
        {
        }

        public void HardStateSaved(GroupId group, HardState saved)
        {
        }

        public void EntriesRead(GroupId group, ulong cookie, ReadOnlySpan<LogEntry> entries)
        {
        }

        public void EntriesRepaired(GroupId group, LogIndex first, LogIndex last)
        {
        }

        public void BaseSaved(GroupId group, LogPosition position)
        {
        }

        public void SpaceChanged(bool isFull)
        {
        }

        public void LogFailed(string message)
        {
        }
    }
}

/// <summary>What a start makes of the snapshots of a group.</summary>
/// <param name="Newest">The newest good one.</param>
/// <param name="Older">What stands behind it.</param>
/// <param name="Damage">Those that cannot be used.</param>
internal sealed record GroupSnapshots(
    SnapshotDescriptor? Newest, SnapshotDescriptor? Older, IReadOnlyList<FoundDamage> Damage)
{
    /// <summary>Entries as a start finds them: an index, and how many bytes their records take.</summary>
    public required long Entries { get; init; }

    public required long EntryBytes { get; init; }

    /// <summary>Whether the log begins behind all that is left of the state.</summary>
    public bool IsStateMissing { get; init; }

    /// <summary>Why the state cannot be restored.</summary>
    public string? Refusal { get; init; }

    public static GroupSnapshots Read(IDisk disk, GroupLog group)
    {
        // Before a cut install is completed: then the log holds nothing any more.
        long entries = 0, bytes = 0;
        group.VisitRecovered(entry =>
        {
            entries += (long)(entry.Last.Value - entry.Index.Value) + 1;
            bytes += entry.IsDamaged ? 0 : LogRecord.BytesOf(entry.SizeBytes);
        });
        var shelf = SnapshotShelf.Open(disk, group.Group);
        var damage = new List<FoundDamage>(shelf.Report.Damage);
        if (shelf.Older is { } older)
        {
            var check = new VerifySnapshot(older);
            check.Execute(disk);
            if (check.Error is { } error)
            {
                throw error;
            }

            if (check.Damage is { } found)
            {
                damage.Add(found);
            }
        }

        var snapshots = new GroupSnapshots(shelf.Newest, shelf.Older, damage)
        {
            Entries = entries, EntryBytes = bytes,
        };
        if (group.IsHardStateLost)
        {
            return snapshots; // a start does not come that far
        }

        try
        {
            var state = OpeningState.Restore(disk, shelf, group, new KeyValueStore());
            return snapshots with { IsStateMissing = state.IsStateMissing };
        }
        catch (StateLostException lost)
        {
            return snapshots with { Refusal = lost.Message };
        }
    }
}
