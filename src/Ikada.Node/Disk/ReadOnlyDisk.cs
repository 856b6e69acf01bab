using Ikada.Log;
using Microsoft.Win32.SafeHandles;

namespace Ikada.Node.Disk;

/// <summary>The directory of a node that does not run, to look at: nothing in it is changed or made, and no
/// node can start on it meanwhile. Used by one thread.</summary>
public sealed class ReadOnlyDisk : IDisk, IDisposable
{
    private readonly string _directory;
    private readonly Action<long> _read;
    private readonly DirectoryLock? _lock;
    private readonly Dictionary<string, SafeFileHandle> _handles = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>Opens a directory.</summary>
    /// <param name="directory">Which.</param>
    /// <param name="read">Is told, after each read, how many bytes have been read in all.</param>
    /// <exception cref="DirectoryHeldException">A node runs on it: names directory and process.</exception>
    /// <exception cref="DiskException">It cannot be read.</exception>
    public ReadOnlyDisk(string directory, Action<long> read)
    {
        _directory = Path.GetFullPath(directory);
        _read = read;
        _lock = Try("open", _directory, () => DirectoryLock.AcquireIfThere(_directory));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List() => Try("readdir", ".", () =>
    {
        var names = new List<string>();
        foreach (var path in Directory.EnumerateFiles(_directory))
        {
            if (Path.GetFileName(path) is var name && !DirectoryLock.IsName(name))
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
    public int Read(string name, long offsetBytes, Span<byte> into)
    {
        try
        {
            var read = RandomAccess.Read(Handle(name), into, offsetBytes);
            _bytes += read;
            _read(_bytes);
            return read;
        }
        catch (Exception failure) when (IsOperating(failure))
        {
            throw new DiskException("pread", name, Errno.Describe(failure));
        }
    }

    /// <inheritdoc/>
    public void Create(string name) => throw Refused();

    /// <inheritdoc/>
    public void Write(string name, long offsetBytes, IReadOnlyList<ReadOnlyMemory<byte>> buffers) =>
        throw Refused();

    /// <inheritdoc/>
    public void Sync(string name) => throw Refused();

    /// <inheritdoc/>
    public void Rename(string from, string to) => throw Refused();

    /// <inheritdoc/>
    public void Delete(string name) => throw Refused();

    /// <inheritdoc/>
    public void SyncDirectory() => throw Refused();

    /// <summary>Closes the files; a node may start again.</summary>
    public void Dispose()
    {
        foreach (var handle in _handles.Values)
        {
            handle.Dispose();
        }

        _handles.Clear();
        _lock?.Dispose();
    }

    private static InvalidOperationException Refused() =>
        new("The directory is only to be read; lay an OverlayDisk over it to write.");

    private static bool IsOperating(Exception failure) =>
        failure is (IOException and not DirectoryHeldException) or UnauthorizedAccessException;

    private static T Try<T>(string operation, string name, Func<T> body)
    {
        try
        {
            return body();
        }
        catch (Exception failure) when (IsOperating(failure))
        {
            throw new DiskException(operation, name, Errno.Describe(failure));
        }
    }

    private SafeFileHandle Handle(string name)
    {
        if (!_handles.TryGetValue(name, out var handle))
        {
            handle = File.OpenHandle(
                Path.Combine(_directory, name), FileMode.Open, FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete);
            _handles.Add(name, handle);
        }

        return handle;
    }
}
