using Ikada.Log;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Disk;

namespace Ikada.Simulation.Nodes;

/// <summary>
/// A node's disk as its log sees it: every write and sync passes the checkers, and after a number of
/// calls, or at a point with a name, the power may go, so that a crash falls between any two of them.
/// </summary>
internal sealed class TrackedDisk(
    SimulatedDisk disk, DurableImage image, SnapshotImage snapshots, RunCounts counts) : IDisk
{
    private readonly HashSet<string> _freed = [];
    private Action? _between;
    private int _callsUntilBetween;

    /// <summary>How many more calls are carried out; negative: all.</summary>
    public int CallsLeft { get; set; } = -1;

    /// <summary>Whether a call was refused since the power went.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>By how many bytes files can still grow; negative: there is no limit.</summary>
    public long SpaceLeft { get; set; } = -1;

    /// <summary>How often there was no space for what was asked, or what was read was wrong.</summary>
    public long Refusals { get; private set; }

    /// <summary>What the calls are made for.</summary>
    public string Doing { get; set; } = CrashPoints.Start;

    /// <summary>Whether the machine goes with the process: a call was cut in its middle.</summary>
    public bool MustLosePower { get; private set; }

    /// <summary>At which point the power goes next.</summary>
    public CrashPoint? CrashAt { get; set; }

    /// <summary>What goes wrong with one of the next reads.</summary>
    public ReadTrouble? Trouble { get; set; }

    /// <summary>The power is back.</summary>
    public void PowerOn() => (CallsLeft, HasFailed, _between) = (-1, false, null);

    /// <summary>Before one of the next calls, another thread makes its own.</summary>
    public void Between(int calls, Action others) => (_callsUntilBetween, _between) = (calls, others);

    /// <summary>No other thread makes calls of its own any more.</summary>
    public void Alone() => _between = null;

    public IReadOnlyList<string> List() => disk.List();

    public long GetLength(string name) => disk.GetLength(name);

    public int Read(string name, long offsetBytes, Span<byte> into)
    {
        if (Trouble is { } trouble && trouble.Strikes(name, Doing == CrashPoints.Start))
        {
            Trouble = null;
            Refusals++;
            return trouble.Read(disk, counts, name, offsetBytes, into, Doing == CrashPoints.Start);
        }

        return disk.Read(name, offsetBytes, into);
    }

    public void Create(string name)
    {
        Begin("create", name);
        if (SpaceLeft == 0)
        {
            throw NoSpace(Mark.NoSpaceToCreate, "open", name);
        }

        disk.Create(name);
        snapshots.Created(name);
        End("create", name);
    }

    public void Write(string name, long offsetBytes, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        Begin("write", name);
        if (SpaceLeft >= 0)
        {
            Grow(name, offsetBytes, buffers);
        }

        if (IsCut("write", name, CrashMoment.Halfway))
        {
            CutWrite(name, offsetBytes, buffers);
        }

        disk.Write(name, offsetBytes, buffers);
        Note(name, offsetBytes, buffers);
        End("write", name);
    }

    public void Sync(string name)
    {
        Begin("fdatasync", name);
        if (IsCut("fdatasync", name, CrashMoment.Halfway))
        {
            CutSync(name);
        }

        disk.Sync(name);
        image.Synced(name);
        End("fdatasync", name);
    }

    public void Rename(string from, string to)
    {
        Begin("rename", from);
        disk.Rename(from, to);
        if (IsSegment(from) || IsSegment(to))
        {
            image.Gone(from);
            image.Gone(to);
        }

        snapshots.Renamed(from, to);
        counts.Storage.SegmentsFreed += IsSegment(from) && !IsSegment(to) ? 1 : 0;
        counts.Storage.SegmentsReused += _freed.Remove(from) && IsSegment(to) ? 1 : 0;
        if (IsSegment(from) && !IsSegment(to))
        {
            _freed.Add(to);
        }

        End("rename", from);
    }

    public void Delete(string name)
    {
        Begin("delete", name);
        SpaceLeft += SpaceLeft >= 0 ? disk.GetLength(name) : 0;
        disk.Delete(name);
        image.Gone(name);
        snapshots.Gone(name);
        counts.Storage.SegmentsFreed += IsSegment(name) ? 1 : 0;
        _freed.Remove(name);
        End("delete", name);
    }

    public void SyncDirectory()
    {
        Begin("fsync", "directory");
        if (IsCut("fsync", "directory", CrashMoment.Halfway))
        {
            CutInTheMiddle("fsync", "directory", disk.SyncDirectory);
        }

        disk.SyncDirectory();
        snapshots.DirectorySynced();
        End("fsync", "directory");
    }

    /// <summary>What was written to one place stands at another as well, over what was there, and has been
    /// synced.</summary>
    public void Misdirect(BatchPlace from, BatchPlace to)
    {
        var files = disk.List();
        if (files.Contains(from.File) && files.Contains(to.File))
        {
            var bytes = new byte[Math.Min(from.Length, to.Length)];
            disk.Read(from.File, from.Offset, bytes);
            disk.Overwrite(to.File, to.Offset, bytes);
        }
    }

    /// <summary>What a copy of the directory would be that is made now.</summary>
    public SimulatedDisk CopyOfDirectory() => disk.DurableSnapshot();

    private void Note(string name, long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        if (IsSegment(name))
        {
            image.Written(name, offset, buffers);
        }
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
                throw NoSpace(Mark.NoSpaceToGrow, "pwrite", name);
            }

            end += buffers[i].Length;
        }

        SpaceLeft -= Math.Max(0, end - length);
    }

    private DiskException NoSpace(Mark mark, string operation, string file)
    {
        Refusals++;
        counts.Reached(mark);
        counts.Fired(Faults.FaultKind.NoSpace);
        return new DiskException(operation, file, "ENOSPC", isNoSpace: true);
    }

    private static bool IsSegment(string name) => name.StartsWith("segment-", StringComparison.Ordinal);

    private void Begin(string call, string file)
    {
        if (_between is { } others && _callsUntilBetween-- == 0)
        {
            var doing = Doing;
            _between = null;
            counts.Reached(Mark.CallsInterleaved);
            counts.Fired(Faults.FaultKind.Interleave);
            others();
            Doing = doing;
        }

        if (CallsLeft == 0)
        {
            HasFailed = true;
            throw new DiskException(call, file, "the power is gone");
        }

        CallsLeft -= CallsLeft > 0 ? 1 : 0;
        if (IsCut(call, file, CrashMoment.Before))
        {
            throw PowerGoes(call, file);
        }
    }

    private void End(string call, string file)
    {
        if (IsCut(call, file, CrashMoment.After))
        {
            throw PowerGoes(call, file);
        }
    }

    // Where the power goes after a number of calls it does not go at a point as well.
    private bool IsCut(string call, string file, CrashMoment moment) =>
        CallsLeft < 0 && CrashAt is { } point && point.Moment == moment
            && CrashPoints.SiteOf(Doing, call, file) == point.Site;

    // By themselves, since they make closures: all other calls do without.
    private void CutWrite(string name, long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        Note(name, offset, buffers);
        CutInTheMiddle("pwrite", name, () => disk.Write(name, offset, buffers));
    }

    private void CutSync(string name) => CutInTheMiddle("fdatasync", name, () => disk.Sync(name));

    private void CutInTheMiddle(string call, string file, Action whole)
    {
        disk.Faults.CrashAt(disk.Faults.Operations, CrashMoment.Halfway);
        try
        {
            whole();
        }
        catch (SimulatedCrashException)
        {
            throw PowerGoes(call, file);
        }
    }

    private DiskException PowerGoes(string call, string file)
    {
        counts.Reached(CrashAt!.Value);
        MustLosePower = CrashAt!.Value.Moment == CrashMoment.Halfway;
        (CrashAt, CallsLeft, HasFailed) = (null, 0, true);
        return new DiskException(call, file, "the power is gone");
    }
}
