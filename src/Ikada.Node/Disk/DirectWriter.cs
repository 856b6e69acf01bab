using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ikada.Node.Disk;

/// <summary>
/// Writes whole sectors past the page cache (O_DIRECT): the sync behind such a write has only the drive's own
/// cache to flush, and no sector beside those written is touched. docs/decisions/0021 has the numbers. Where
/// file system or drive does not take it (tmpfs, larger sectors), it says so once and is not asked again.
/// </summary>
internal sealed class DirectWriter(string directory) : IDisposable
{
    /// <summary>What it can write: multiples of this, at multiples of this.</summary>
    public const int SectorBytes = 512;

    // The alignment that any drive wants of memory.
    private const int MemoryAlignment = 4096;
    private const int BounceBytes = 1 << 20;

    // One for each thread that writes, so that threads do not wait for each other.
    [ThreadStatic]
    private static byte[]? _bounce;

    private readonly ConcurrentDictionary<string, SafeFileHandle> _handles = new(StringComparer.Ordinal);
    private volatile bool _isRefused = !OperatingSystem.IsLinux();

    /// <summary>Writes the buffers at an offset if all is in whole sectors. False: nothing is known to be
    /// written, and it is to be written the ordinary way, all of it.</summary>
    /// <exception cref="IOException">The write failed.</exception>
    public bool TryWrite(string name, long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        if (_isRefused || offset % SectorBytes != 0 || LengthOf(buffers) % SectorBytes != 0
            || !TryHandle(name, out var file))
        {
            return false;
        }

        try
        {
            Write(file, offset, buffers);
            return true;
        }
        catch (IOException failure) when (failure.HResult == Errno.Einval)
        {
            _isRefused = true;
            return false;
        }
    }

    /// <summary>The name will mean another file, or none.</summary>
    public void Close(string name)
    {
        if (_handles.TryRemove(name, out var handle))
        {
            handle.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var handle in _handles.Values)
        {
            handle.Dispose();
        }

        _handles.Clear();
    }

    private static void Write(SafeFileHandle file, long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        var bounce = Aligned();
        var used = 0;
        foreach (var buffer in buffers)
        {
            for (var rest = buffer.Span; !rest.IsEmpty;)
            {
                var taken = Math.Min(rest.Length, bounce.Length - used);
                rest[..taken].CopyTo(bounce[used..]);
                rest = rest[taken..];
                used += taken;
                if (used == bounce.Length)
                {
                    RandomAccess.Write(file, bounce, offset);
                    offset += used;
                    used = 0;
                }
            }
        }

        if (used > 0)
        {
            RandomAccess.Write(file, bounce[..used], offset);
        }
    }

    private static unsafe Span<byte> Aligned()
    {
        _bounce ??= GC.AllocateUninitializedArray<byte>(BounceBytes + MemoryAlignment, pinned: true);
        var start = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_bounce));
        var skipped = (int)((MemoryAlignment - (start % MemoryAlignment)) % MemoryAlignment);
        return _bounce.AsSpan(skipped, BounceBytes);
    }

    private static long LengthOf(IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        long length = 0;
        for (var i = 0; i < buffers.Count; i++)
        {
            length += buffers[i].Length;
        }

        return length;
    }

    private bool TryHandle(string name, out SafeFileHandle file)
    {
        if (_handles.TryGetValue(name, out file!))
        {
            return true;
        }

        var error = NativeFile.OpenDirect(Path.Combine(directory, name), out file);
        if (error == 0)
        {
            _handles[name] = file;
            return true;
        }

        // Whatever else is wrong with the file, the ordinary way tells it.
        _isRefused = error == Errno.Einval;
        return false;
    }
}
