using Ikada.Log;

namespace Ikada.Replica.Tests.Harness;

/// <summary>A disk in memory that never fails.</summary>
internal sealed class MemoryDisk : IDisk
{
    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    public IReadOnlyList<string> List() => [.. _files.Keys];

    public long GetLength(string name) => _files[name].Length;

    public void Create(string name) => _files.Add(name, []);

    public int Read(string name, long offsetBytes, Span<byte> into)
    {
        var file = _files[name];
        var count = (int)Math.Clamp(file.Length - offsetBytes, 0, into.Length);
        file.AsSpan((int)Math.Min(offsetBytes, file.Length), count).CopyTo(into);
        return count;
    }

    public void Write(string name, long offsetBytes, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        var file = _files[name];
        var end = (int)offsetBytes + buffers.Sum(buffer => buffer.Length);
        if (end > file.Length)
        {
            Array.Resize(ref file, end);
            _files[name] = file;
        }

        var place = (int)offsetBytes;
        foreach (var buffer in buffers)
        {
            buffer.Span.CopyTo(file.AsSpan(place));
            place += buffer.Length;
        }
    }

    public void Sync(string name)
    {
    }

    public void Rename(string from, string to)
    {
        _files[to] = _files[from];
        _files.Remove(from);
    }

    public void Delete(string name) => _files.Remove(name);

    public void SyncDirectory()
    {
    }
}
