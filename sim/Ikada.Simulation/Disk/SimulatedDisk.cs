using Ikada.Log;
using Ikada.Primitives;

namespace Ikada.Simulation.Disk;

/// <summary>
/// A directory on a disk that can lose its power: writes go to a page cache, a sync makes a file's content
/// durable, a directory sync makes names durable. A crash keeps any subset of the unsynced sectors, sizes and
/// names. Deterministic.
/// </summary>
public sealed class SimulatedDisk : IDisk
{
    private readonly List<NameChange> _unsyncedNames = [];
    private string[]? _list;
    private (string Name, SimulatedFile File) _found;
    private SortedDictionary<string, SimulatedFile> _names = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SimulatedFile> _durableNames = new(StringComparer.Ordinal);

    /// <summary>Crashes and errors to come.</summary>
    public DiskFaults Faults { get; private set; } = new();

    /// <summary>How many bytes all files together may have; beyond it there is no space (ENOSPC).</summary>
    public long SpaceBytes { get; set; } = long.MaxValue;

    /// <summary>Overwriting needs new space too, and there is none: the first half of the sectors gets
    /// through. Copying file systems and thinly provisioned disks do this.</summary>
    public bool FailsToOverwrite { get; set; }

    /// <summary>What the last <see cref="Crash(Func{bool})"/> took.</summary>
    public CrashLosses Losses { get; private set; }

    /// <summary>How many choices the next <see cref="Crash(Func{bool})"/> makes at most.</summary>
    public int UnsyncedCount => _unsyncedNames.Count + _names.Values.Sum(static file => file.UnsyncedCount);

    /// <summary>The power fails; what was not synced may have got through or not, as drawn. The disk goes on
    /// from what it holds.</summary>
    public void Crash(RandomSource random) => Crash(() => random.OneIn(2));

    /// <summary>The power fails; <paramref name="keep"/> is asked for each unsynced name, size and sector, in
    /// a fixed order.</summary>
    public void Crash(Func<bool> keep)
    {
        var files = Reachable();
        var losses = new CrashLosses();
        foreach (var change in _unsyncedNames)
        {
            if (keep())
            {
                change.ApplyTo(_durableNames);
            }
            else
            {
                losses = losses.With(change);
            }
        }

        _unsyncedNames.Clear();
        foreach (var file in files)
        {
            losses = losses.With(file.Crash(keep));
        }

        Losses = losses;

        _names = new SortedDictionary<string, SimulatedFile>(_durableNames, StringComparer.Ordinal);
        NamesChanged();
        Faults.Clear();
    }

    /// <summary>The process dies, the machine lives: the page cache stays, unsynced as it was.</summary>
    public void KillProcess() => Faults.Clear();

    /// <summary>A disk that holds what is durable now, whatever happens: the image after a crash that loses
    /// all it can.</summary>
    public SimulatedDisk DurableSnapshot()
    {
        var snapshot = new SimulatedDisk();
        foreach (var (name, file) in _durableNames)
        {
            var copy = file.DurableCopy();
            snapshot._names.Add(name, copy);
            snapshot._durableNames.Add(name, copy);
        }

        return snapshot;
    }

    /// <summary>A disk in the same state, page cache and all, without the faults to come.</summary>
    public SimulatedDisk Copy()
    {
        // A file may stand in several places; its copy stands in the same.
        var copies = new Dictionary<SimulatedFile, SimulatedFile>();
        SimulatedFile CopyOf(SimulatedFile file) =>
            copies.TryGetValue(file, out var known) ? known : copies[file] = file.Copy();
        var copy = new SimulatedDisk
        {
            Faults = Faults.Copy(), SpaceBytes = SpaceBytes, FailsToOverwrite = FailsToOverwrite,
        };
        copy.Faults.Clear();
        foreach (var (name, file) in _names)
        {
            copy._names.Add(name, CopyOf(file));
        }

        foreach (var (name, file) in _durableNames)
        {
            copy._durableNames.Add(name, CopyOf(file));
        }

        foreach (var change in _unsyncedNames)
        {
            copy._unsyncedNames.Add(
                change.Created is null ? change : change with { Created = CopyOf(change.Created) });
        }

        return copy;
    }

    private long UsedBytes => _names.Values.Sum(static file => file.Length);

    /// <summary>Turns a bit over, in the cache and on the platter.</summary>
    public void FlipBit(string name, long offsetBytes, int bit) => Find("flip", name).Flip(offsetBytes, bit);

    /// <summary>Puts other bytes in place of those that are there, in the cache and on the platter.</summary>
    public void Overwrite(string name, long offsetBytes, ReadOnlySpan<byte> bytes) =>
        Find("overwrite", name).Overwrite(offsetBytes, bytes);

    /// <inheritdoc/>
    public IReadOnlyList<string> List() => _list ??= [.. _names.Keys];

    /// <inheritdoc/>
    public long GetLength(string name) => Find("stat", name).Length;

    /// <inheritdoc/>
    public void Create(string name) => Do(DiskOperationKind.Create, name, () =>
    {
        if (_names.ContainsKey(name))
        {
            throw new DiskException("open", name, "EEXIST");
        }

        var file = new SimulatedFile();
        _names.Add(name, file);
        _unsyncedNames.Add(new NameChange(name, null, file));
    });

    /// <inheritdoc/>
    public int Read(string name, long offsetBytes, Span<byte> into)
    {
        if (Faults.Begin(DiskOperationKind.Read).Error is { } error)
        {
            throw new DiskException("pread", name, error);
        }

        return Find("pread", name).Read(offsetBytes, into);
    }

    /// <inheritdoc/>
    public void Write(string name, long offsetBytes, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        var file = Find("pwrite", name);
        var length = LengthOf(buffers);
        var half = length / 2 / SimulatedFile.SectorBytes * SimulatedFile.SectorBytes;
        if (FailsToOverwrite || !HasRoom(Math.Max(0, offsetBytes + length - file.Length)))
        {
            Write(file, offsetBytes, buffers, half);
            throw new DiskException("pwrite", name, "ENOSPC", isNoSpace: true);
        }

        var (error, crash) = Faults.Begin(DiskOperationKind.Write);
        Write(file, offsetBytes, buffers, error is not null ? half : PartOf(crash, half, length));
        Strike(DiskOperationKind.Write, name, error, crash);
    }

    /// <inheritdoc/>
    public void Sync(string name)
    {
        var file = Find("fdatasync", name);
        var (error, crash) = Faults.Begin(DiskOperationKind.Sync);
        if (error is not null)
        {
            file.LoseUnsynced();
        }
        else if (crash == CrashMoment.Halfway)
        {
            file.SyncHalf();
        }
        else if (crash != CrashMoment.Before)
        {
            file.Sync();
        }

        Strike(DiskOperationKind.Sync, name, error, crash);
    }

    /// <inheritdoc/>
    public void Rename(string from, string to) => Do(DiskOperationKind.Rename, from, () =>
    {
        var file = Find("rename", from);
        _names.Remove(from);
        _names[to] = file;
        _unsyncedNames.Add(new NameChange(from, to, null));
    });

    /// <inheritdoc/>
    public void Delete(string name) => Do(DiskOperationKind.Delete, name, () =>
    {
        Find("unlink", name);
        _names.Remove(name);
        _unsyncedNames.Add(new NameChange(name, null, null));
    });

    /// <inheritdoc/>
    public void SyncDirectory() => Do(
        DiskOperationKind.SyncDirectory,
        ".",
        () => SyncNames(_unsyncedNames.Count),
        () => SyncNames(_unsyncedNames.Count / 2),
        _unsyncedNames.Clear);

    private static int LengthOf(IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        var length = 0;
        for (var i = 0; i < buffers.Count; i++)
        {
            length += buffers[i].Length;
        }

        return length;
    }

    private static int PartOf(CrashMoment? crash, int half, int whole) =>
        crash == CrashMoment.Before ? 0 : crash == CrashMoment.Halfway ? half : whole;

    // Writes the first bytes of the buffers.
    private static void Write(
        SimulatedFile file, long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers, int count)
    {
        for (var i = 0; count > 0; i++)
        {
            var bytes = buffers[i].Span[..Math.Min(count, buffers[i].Length)];
            file.Write(offset, bytes);
            offset += bytes.Length;
            count -= bytes.Length;
        }
    }

    private bool HasRoom(long growth) => SpaceBytes == long.MaxValue || UsedBytes + growth <= SpaceBytes;

    // The same file is asked for again and again.
    private SimulatedFile Find(string operation, string name)
    {
        if (name != _found.Name)
        {
            _found = _names.TryGetValue(name, out var file)
                ? (name, file) : throw new DiskException(operation, name, "ENOENT");
        }

        return _found.File;
    }

    private void NamesChanged() => (_list, _found) = (null, default);

    private void SyncNames(int count)
    {
        foreach (var change in _unsyncedNames[..count])
        {
            change.ApplyTo(_durableNames);
        }

        _unsyncedNames.RemoveRange(0, count);
    }

    /// <summary>All files, named or about to be lost, each once, in a fixed order.</summary>
    private List<SimulatedFile> Reachable()
    {
        var seen = new HashSet<SimulatedFile>();
        var files = new List<SimulatedFile>();
        foreach (var file in _names.Values.Concat(_durableNames.Values))
        {
            if (seen.Add(file))
            {
                files.Add(file);
            }
        }

        return files;
    }

    private void Do(
        DiskOperationKind kind, string name, Action whole, Action? half = null, Action? onError = null)
    {
        var (error, crash) = Faults.Begin(kind);
        if (error is not null)
        {
            onError?.Invoke();
        }
        else if (crash == CrashMoment.Halfway)
        {
            half?.Invoke();
        }
        else if (crash != CrashMoment.Before)
        {
            whole();
        }

        NamesChanged();
        Strike(kind, name, error, crash);
    }

    // What is to be done of an operation has been done: now its caller learns of the fault.
    private static void Strike(DiskOperationKind kind, string name, string? error, CrashMoment? crash)
    {
        if (error is not null)
        {
            throw new DiskException(NameOf(kind), name, error, isNoSpace: error is "ENOSPC" or "EDQUOT");
        }

        if (crash is not null)
        {
            throw new SimulatedCrashException($"The power failed {crash} {NameOf(kind)} of {name}");
        }
    }

    private static string NameOf(DiskOperationKind kind) => kind switch
    {
        DiskOperationKind.Create => "open",
        DiskOperationKind.Write => "pwrite",
        DiskOperationKind.Sync => "fdatasync",
        DiskOperationKind.Rename => "rename",
        DiskOperationKind.Delete => "unlink",
        DiskOperationKind.SyncDirectory => "fsync",
        _ => kind.ToString(),
    };
}

/// <summary>A creation, renaming or deletion that is not durable yet.</summary>
internal sealed record NameChange(string Name, string? RenamedTo, SimulatedFile? Created)
{
    public void ApplyTo(SortedDictionary<string, SimulatedFile> names)
    {
        if (Created is not null)
        {
            names[Name] = Created;
        }
        else if (names.Remove(Name, out var file) && RenamedTo is not null)
        {
            names[RenamedTo] = file;
        }
    }
}
