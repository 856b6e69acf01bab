using Ikada.Log;

namespace Ikada.Node.Tests;

/// <summary>A real disk whose sync can be made to wait or to fail.</summary>
internal sealed class FaultyDisk(IDisk disk) : IDisk, IDisposable
{
    private readonly ManualResetEventSlim _open = new(true);

    public volatile bool FailSync;

    /// <summary>Syncs wait from now on.</summary>
    public void Stall() => _open.Reset();

    public void Resume() => _open.Set();

    public void Dispose() => _open.Dispose();

    public IReadOnlyList<string> List() => disk.List();

    public long GetLength(string name) => disk.GetLength(name);

    public void Create(string name) => disk.Create(name);

    public int Read(string name, long offsetBytes, Span<byte> into) => disk.Read(name, offsetBytes, into);

    public void Write(string name, long offsetBytes, IReadOnlyList<ReadOnlyMemory<byte>> buffers) =>
        disk.Write(name, offsetBytes, buffers);

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
}
