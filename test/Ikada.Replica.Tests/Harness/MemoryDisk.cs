using Ikada.Log;

namespace Ikada.Replica.Tests.Harness;

/// <summary>A disk in memory that fails only where a test wants it.</summary>
internal sealed class MemoryDisk : IDisk
{
    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    /// <summary>What a write to a file of that name fails with; null: it does not.</summary>
    public Func<string, DiskException?> WriteFails { get; set; } = _ => null;

    /// <summary>The names of the snapshots, without those that are being written.</summary>
    public IReadOnlyList<string> Snapshots => [.. _files.Keys.Where(
        name => name.StartsWith("snapshot-", StringComparison.Ordinal)
            && !name.EndsWith(".part", StringComparison.Ordinal))];

    /// <summary>Turns a bit over in the middle of a file.</summary>
    public void Damage(string name) => _files[name][_files[name].Length / 2] ^= 4;

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
        if (WriteFails(name) is { } failure)
        {
            throw failure;
        }

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
