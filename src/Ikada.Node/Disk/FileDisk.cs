using System.Collections.Concurrent;
using Ikada.Log;
using Microsoft.Win32.SafeHandles;

namespace Ikada.Node.Disk;

/// <summary>
/// The log's disk over a directory of the file system. Created 0700 if absent, held by one process. Files
/// are opened once and stay open. Whole sectors are written past the page cache where that can be done.
/// Threads may use it at the same time on different files: the log's disk thread and the snapshot thread do.
/// </summary>
public sealed class FileDisk : IDisk, IDisposable
{
    private readonly string _directory;
    private readonly DirectoryLock _lock;
    private readonly ConcurrentDictionary<string, SafeFileHandle> _handles = new(StringComparer.Ordinal);
    private readonly DirectWriter _direct;

    /// <summary>Opens a directory, creating it where needed.</summary>
    /// <exception cref="DirectoryHeldException">Another process holds it: names directory and
    /// process.</exception>
    /// <exception cref="DiskException">It cannot be made or opened.</exception>
    public FileDisk(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException(
                "The file disk needs fdatasync and directory syncs; run on Linux.");
        }

        _directory = Path.GetFullPath(directory);
        _direct = new DirectWriter(_directory);
        try
        {
            CreateDirectory(_directory);
            _lock = DirectoryLock.Acquire(_directory);
        }
        catch (Exception failure) when (IsOperating(failure))
        {
            throw new DiskException("open", _directory, Errno.Describe(failure));
        }
    }

    /// <summary>Makes the name of a directory durable, after it was made or renamed: without it a power cut
    /// may leave the old one.</summary>
    /// <param name="directory">Whose name; the directory that holds it is synced.</param>
    /// <exception cref="DiskException">That cannot be opened or synced.</exception>
    public static void SyncNameOf(string directory)
    {
        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));
        if (parent is not null && NativeFile.SyncDirectory(parent) is not 0 and var error)
        {
            throw new DiskException("fsync", parent, Errno.Describe(error));
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List() => Try("readdir", ".", () =>
    {
        var names = new List<string>();
        foreach (var path in Directory.EnumerateFiles(_directory))
        {
            if (Path.GetFileName(path) is var name and not (
                DirectoryLock.LockName or DirectoryLock.HolderName))
            {
                names.Add(name);
            }
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    });

    /// <inheritdoc/>
    public long GetLength(string name) => Try("fstat", name, () => RandomAccess.GetLength(Handle(name)));

    /// <inheritdoc/>
    public void Create(string name) => Try("open", name, () =>
    {
        _handles[name] = File.OpenHandle(
            PathOf(name), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        return true;
    });

    /// <inheritdoc/>
    public int Read(string name, long offsetBytes, Span<byte> into)
    {
        try
        {
            return RandomAccess.Read(Handle(name), into, offsetBytes);
        }
        catch (Exception failure) when (IsOperating(failure))
        {
            throw new DiskException("pread", name, Errno.Describe(failure));
        }
    }

    /// <inheritdoc/>
    public void Write(string name, long offsetBytes, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        try
        {
            var handle = Handle(name);
            if (_direct.TryWrite(name, offsetBytes, buffers))
            {
                return;
            }

            if (buffers.Count == 1)
            {
                RandomAccess.Write(handle, buffers[0].Span, offsetBytes);
            }
            else
            {
                RandomAccess.Write(handle, buffers, offsetBytes);
            }
        }
        catch (Exception failure) when (IsOperating(failure))
        {
            throw new DiskException("pwrite", name, Errno.Describe(failure), Errno.IsNoSpace(failure));
        }
    }

    /// <inheritdoc/>
    public void Sync(string name)
    {
        var error = NativeFile.DataSync(Try("open", name, () => Handle(name)));
        if (error != 0)
        {
            throw new DiskException("fdatasync", name, Errno.Describe(error));
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to) => Try("rename", from, () =>
    {
        Close(from);
        Close(to);
        File.Move(PathOf(from), PathOf(to), overwrite: true);
        return true;
    });

    /// <inheritdoc/>
    public void Delete(string name) => Try("unlink", name, () =>
    {
        Close(name);
        File.Delete(PathOf(name));
        return true;
    });

    /// <inheritdoc/>
    public void SyncDirectory()
    {
        var error = NativeFile.SyncDirectory(_directory);
        if (error != 0)
        {
            throw new DiskException("fsync", _directory, Errno.Describe(error));
        }
    }

    /// <inheritdoc/>
    public void DropCache(string name)
    {
        // Advice: a file system that does not take it (EINVAL) reads from memory, and that is all.
        var error = NativeFile.DropCache(Try("open", name, () => Handle(name)));
        if (error is not (0 or Errno.Einval))
        {
            throw new DiskException("fadvise", name, Errno.Describe(error));
        }
    }

    /// <summary>Closes the files and lets go of the directory.</summary>
    public void Dispose()
    {
        foreach (var handle in _handles.Values)
        {
            handle.Dispose();
        }

        _handles.Clear();
        _direct.Dispose();
        _lock.Dispose();
    }

    private static void CreateDirectory(string directory)
    {
        if (Directory.Exists(directory) || OperatingSystem.IsWindows())
        {
            return;
        }

        Directory.CreateDirectory(
            directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // The new name is made durable too; a parent that cannot be synced is no directory of ours.
        if (Path.GetDirectoryName(directory) is { } parent
            && NativeFile.SyncDirectory(parent) is not 0 and var error)
        {
            throw new DiskException("fsync", parent, Errno.Describe(error));
        }
    }

    private static bool IsOperating(Exception failure) =>
        failure is IOException and not DirectoryHeldException or UnauthorizedAccessException;

    private static T Try<T>(string operation, string name, Func<T> body)
    {
        try
        {
            return body();
        }
        catch (Exception failure) when (IsOperating(failure))
        {
            throw new DiskException(operation, name, Errno.Describe(failure), Errno.IsNoSpace(failure));
        }
    }

    private string PathOf(string name) => Path.Combine(_directory, name);

    private SafeFileHandle Handle(string name)
    {
        if (!_handles.TryGetValue(name, out var handle))
        {
            // No other thread opens the same file at the same time: each file belongs to one.
            handle = File.OpenHandle(
                PathOf(name), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            _handles[name] = handle;
        }

        return handle;
    }

    private void Close(string name)
    {
        if (_handles.TryRemove(name, out var handle))
        {
            handle.Dispose();
        }

        _direct.Close(name);
    }
}
