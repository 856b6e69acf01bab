using Ikada.Log;
using Ikada.Simulation.Checkers;

namespace Ikada.Simulation.Nodes;

/// <summary>
/// A node's disk as its log sees it: every write and sync passes the checkers, and after a number of
/// calls the power
/// may go, so that a crash falls between any two of them.
/// </summary>
internal sealed class TrackedDisk(
    IDisk disk, DurableImage image, SnapshotImage snapshots, StorageCounts counts) : IDisk
{
    private readonly HashSet<string> _freed = [];

    /// <summary>How many more calls are carried out; negative: all.</summary>
    public int CallsLeft { get; set; } = -1;

    /// <summary>Whether a call was refused since the power went.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>By how many bytes files can still grow; negative: there is no limit.</summary>
    public long SpaceLeft { get; set; } = -1;

    /// <summary>How often there was no space for what was asked.</summary>
    public long Refusals { get; private set; }

    /// <summary>The power is back.</summary>
    public void PowerOn() => (CallsLeft, HasFailed) = (-1, false);

    public IReadOnlyList<string> List() => disk.List();

    public long GetLength(string name) => disk.GetLength(name);

    public int Read(string name, long offsetBytes, Span<byte> into) => disk.Read(name, offsetBytes, into);

    public void Create(string name)
    {
        Spend("create", name);
        if (SpaceLeft == 0)
        {
            throw NoSpace("open", name);
        }

        disk.Create(name);
    }

    public void Write(string name, long offsetBytes, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        Spend("write", name);
        if (SpaceLeft >= 0)
        {
            Grow(name, offsetBytes, buffers);
        }

        disk.Write(name, offsetBytes, buffers);
        if (IsSegment(name))
        {
            image.Written(name, offsetBytes, buffers);
        }
    }

    public void Sync(string name)
    {
        Spend("fdatasync", name);
        disk.Sync(name);
        image.Synced(name);
    }

    public void Rename(string from, string to)
    {
        Spend("rename", from);
        disk.Rename(from, to);
        image.Gone(from);
        image.Gone(to);
        snapshots.Renamed(from, to);
        counts.SegmentsFreed += IsSegment(from) && !IsSegment(to) ? 1 : 0;
        counts.SegmentsReused += _freed.Remove(from) && IsSegment(to) ? 1 : 0;
        if (IsSegment(from) && !IsSegment(to))
        {
            _freed.Add(to);
        }
    }

    public void Delete(string name)
    {
        Spend("delete", name);
        SpaceLeft += SpaceLeft >= 0 ? disk.GetLength(name) : 0;
        disk.Delete(name);
        image.Gone(name);
        snapshots.Gone(name);
        counts.SegmentsFreed += IsSegment(name) ? 1 : 0;
        _freed.Remove(name);
    }

    public void SyncDirectory()
    {
        Spend("fsync", "directory");
        disk.SyncDirectory();
        snapshots.DirectorySynced();
    }

    // What fits is written, as a file system does it.
    private void Grow(string name, long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        var length = disk.GetLength(name);
        var end = offset;
        for (var i = 0; i < buffers.Count; i++)
        {
            var room = Math.Max(0, length + SpaceLeft - end);
            if (buffers[i].Length > room)
            {
                disk.Write(name, end, [buffers[i][..(int)room]]);
                SpaceLeft = 0;
                throw NoSpace("pwrite", name);
            }

            end += buffers[i].Length;
        }

        SpaceLeft -= Math.Max(0, end - length);
    }

    private DiskException NoSpace(string operation, string file)
    {
        Refusals++;
        return new DiskException(operation, file, "ENOSPC", isNoSpace: true);
    }

    private static bool IsSegment(string name) => name.StartsWith("segment-", StringComparison.Ordinal);

    private void Spend(string operation, string file)
    {
        if (CallsLeft == 0)
        {
            HasFailed = true;
            throw new DiskException(operation, file, "the power is gone");
        }

        CallsLeft -= CallsLeft > 0 ? 1 : 0;
    }
}
