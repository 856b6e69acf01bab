using System.Runtime.InteropServices;

namespace Ikada.Log.Inspection;

/// <summary>
/// A disk on which everything can be done and nothing happens: it reads through to another one and keeps what
/// is written in memory. So the real recovery can run over a directory that must stay as it is, and says
/// exactly what a start would say. Pages of zeros, as recovery prepares segments with, take no memory.
/// </summary>
public sealed class OverlayDisk : IDisk
{
    private readonly SortedDictionary<string, OverlayFile> _files = new(StringComparer.Ordinal);

    /// <summary>Lays one over a disk, whose files must not change meanwhile.</summary>
    public OverlayDisk(IDisk below)
    {
        ArgumentNullException.ThrowIfNull(below);
        foreach (var name in below.List())
        {
            _files.Add(name, new OverlayFile(below, name, below.GetLength(name)));
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List() => new List<string>(_files.Keys);

    /// <inheritdoc/>
    public long GetLength(string name) => Find(name).Length;

    /// <inheritdoc/>
    public void Create(string name)
    {
        if (!_files.TryAdd(name, new OverlayFile(null, name, 0)))
        {
            throw new DiskException("open", name, "the file exists");
        }
    }

    /// <inheritdoc/>
    public int Read(string name, long offsetBytes, Span<byte> into) => Find(name).Read(offsetBytes, into);

    /// <inheritdoc/>
    public void Write(string name, long offsetBytes, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        var file = Find(name);
        foreach (var buffer in buffers)
        {
            file.Write(offsetBytes, buffer.Span);
            offsetBytes += buffer.Length;
        }
    }

    /// <inheritdoc/>
    public void Sync(string name) => Find(name);

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        var file = Find(from);
        _files.Remove(from);
        _files[to] = file;
    }

    /// <inheritdoc/>
    public void Delete(string name)
    {
        Find(name);
        _files.Remove(name);
    }

    /// <inheritdoc/>
    public void SyncDirectory()
    {
    }

    private OverlayFile Find(string name) => _files.TryGetValue(name, out var file)
        ? file
        : throw new DiskException("open", name, "there is no such file");

    private sealed class OverlayFile(IDisk? below, string nameBelow, long length)
    {
        private const int PageBytes = 4096;
        private static readonly byte[] _zeros = new byte[PageBytes];
        private readonly Dictionary<long, byte[]> _pages = [];

        public long Length { get; private set; } = length;

        public int Read(long offset, Span<byte> into)
        {
            var count = (int)Math.Clamp(Length - offset, 0, into.Length);
            into = into[..count];
            ReadBelow(offset, into);
            if (_pages.Count == 0)
            {
                return count;
            }

            for (var done = 0; done < count;)
            {
                var (page, at) = Math.DivRem(offset + done, PageBytes);
                var taken = (int)Math.Min(count - done, PageBytes - at);
                if (_pages.TryGetValue(page, out var bytes))
                {
                    bytes.AsSpan((int)at, taken).CopyTo(into[done..]);
                }

                done += taken;
            }

            return count;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var (page, at) = Math.DivRem(offset + done, PageBytes);
                var taken = (int)Math.Min(bytes.Length - done, PageBytes - at);
                WritePage(page, (int)at, bytes.Slice(done, taken));
                done += taken;
            }

            Length = Math.Max(Length, offset + bytes.Length);
        }

        private void WritePage(long page, int at, ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length == PageBytes && bytes.IndexOfAnyExcept((byte)0) < 0)
            {
                _pages[page] = _zeros;
                return;
            }

            ref var held = ref CollectionsMarshal.GetValueRefOrAddDefault(_pages, page, out var isThere);
            if (!isThere)
            {
                held = new byte[PageBytes];
                ReadBelow(page * PageBytes, held);
            }
            else if (ReferenceEquals(held, _zeros))
            {
                held = new byte[PageBytes];
            }

            bytes.CopyTo(held.AsSpan(at));
        }

        // Behind its end are zeros.
        private void ReadBelow(long offset, Span<byte> into)
        {
            var read = 0;
            while (below is not null && read < into.Length)
            {
                var more = below.Read(nameBelow, offset + read, into[read..]);
                if (more == 0)
                {
                    break;
                }

                read += more;
            }

            into[read..].Clear();
        }
    }
}
