using Ikada.Log;

namespace Ikada.Node.Tests;

/// <summary>A real disk whose sync can be made to wait or to fail, and that can be full.</summary>
internal sealed class FaultyDisk(IDisk disk) : IDisk, IDisposable
{
    private readonly ManualResetEventSlim _open = new(true);

    public volatile bool FailSync;

    /// <summary>No file can be made or grow.</summary>
    public volatile bool IsFull;

    /// <summary>Nor can anything be overwritten.</summary>
    public volatile bool FailsToOverwrite;

    /// <summary>Syncs wait from now on.</summary>
    public void Stall() => _open.Reset();

    public void Resume() => _open.Set();

    public void Dispose() => _open.Dispose();

    public IReadOnlyList<string> List() => disk.List();

    public long GetLength(string name) => disk.GetLength(name);

    public void Create(string name)
    {
        ThrowIf(IsFull, "open", name);
        disk.Create(name);
    }

    public int Read(string name, long offsetBytes, Span<byte> into) => disk.Read(name, offsetBytes, into);

    public void Write(string name, long offsetBytes, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        ThrowIf(FailsToOverwrite || (IsFull && offsetBytes >= disk.GetLength(name)), "pwrite", name);
        disk.Write(name, offsetBytes, buffers);
    }

    public void Sync(string name)
    {
        _open.Wait();
        if (FailSync)
        {
            throw new DiskException("fdatasync", name, "Input/output error");
        }

        disk.Sync(name);
    }

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Delete(string name) => disk.Delete(name);

    public void SyncDirectory() => disk.SyncDirectory();

    private static void ThrowIf(bool isFull, string operation, string name)
    {
        if (isFull)
        {
            throw new DiskException(operation, name, "No space left on device", isNoSpace: true);
        }
    }
}
