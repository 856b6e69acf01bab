namespace Ikada.Simulation.Disk;

/// <summary>The operations of a disk that change something.</summary>
public enum DiskOperationKind
{
    /// <summary>No operation.</summary>
    None = 0,

    /// <summary>A file is created.</summary>
    Create,

    /// <summary>Bytes are written to a file.</summary>
    Write,

    /// <summary>A file is synced.</summary>
    Sync,

    /// <summary>A file gets another name.</summary>
    Rename,

    /// <summary>A file is deleted.</summary>
    Delete,

    /// <summary>The directory is synced.</summary>
    SyncDirectory,

    /// <summary>Bytes are read.</summary>
    Read,
}

/// <summary>Where in an operation the power fails.</summary>
public enum CrashMoment
{
    /// <summary>Nothing of it happened.</summary>
    Before = 0,

    /// <summary>A part of it happened: some sectors of a write, some of what a sync makes durable.</summary>
    Halfway,

    /// <summary>All of it happened, but nobody was told.</summary>
    After,
}

/// <summary>Crashes and errors to come, by the count of operations.</summary>
public sealed class DiskFaults
{
    private readonly List<(DiskOperationKind Kind, long Nth, string Cause)> _errors = [];
    private readonly long[] _countByKind = new long[(int)DiskOperationKind.Read + 1];
    private readonly long[] _failedByKind = new long[(int)DiskOperationKind.Read + 1];
    private long _crashAt = -1;
    private CrashMoment _moment;

    /// <summary>How many changing operations were begun.</summary>
    public long Operations { get; private set; }

    /// <summary>How many operations met an error.</summary>
    public long Failed { get; private set; }

    /// <summary>How many operations of one kind met an error.</summary>
    public long FailedOf(DiskOperationKind kind) => _failedByKind[(int)kind];

    /// <summary>Hears of every error that an operation meets.</summary>
    public Action<DiskOperationKind>? Met { get; set; }

    /// <summary>How many of one kind were begun.</summary>
    public long CountOf(DiskOperationKind kind) => _countByKind[(int)kind];

    /// <summary>The power fails at the <paramref name="nth"/> changing operation from the disk's beginning,
    /// counted from 0.</summary>
    public void CrashAt(long nth, CrashMoment moment) => (_crashAt, _moment) = (nth, moment);

    /// <summary>The <paramref name="nth"/> operation of that kind from now on, counted from 0, fails with the
    /// cause ("EIO", "ENOSPC"). A failed sync loses what it should have made durable, and the next one
    /// succeeds.</summary>
    public void FailAt(DiskOperationKind kind, long nth, string cause) =>
        _errors.Add((kind, _countByKind[(int)kind] + nth, cause));

    /// <summary>Takes back all faults to come.</summary>
    public void Clear()
    {
        _errors.Clear();
        _crashAt = -1;
    }

    internal DiskFaults Copy()
    {
        var copy = new DiskFaults { Operations = Operations, _crashAt = _crashAt, _moment = _moment };
        copy._errors.AddRange(_errors);
        _countByKind.CopyTo(copy._countByKind, 0);
        return copy;
    }

    /// <summary>Begins an operation: the error it meets, if any, and the moment at which it crashes, if it
    /// does.</summary>
    internal (string? Error, CrashMoment? Crash) Begin(DiskOperationKind kind)
    {
        var nth = _countByKind[(int)kind]++;
        string? error = null;
        for (var i = 0; i < _errors.Count; i++)
        {
            if (_errors[i].Kind == kind && _errors[i].Nth == nth)
            {
                error = _errors[i].Cause;
                Failed++;
                Met?.Invoke(kind);
                _failedByKind[(int)kind]++;
                _errors.RemoveAt(i);
                break;
            }
        }

        if (kind == DiskOperationKind.Read)
        {
            return (error, null);
        }

        return (error, Operations++ == _crashAt ? _moment : null);
    }
}
