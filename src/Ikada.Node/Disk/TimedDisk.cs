using System.Diagnostics;
using Ikada.Log;

namespace Ikada.Node.Disk;

/// <summary>A disk whose syncs are timed.</summary>
internal sealed class TimedDisk(IDisk disk, Action<TimeSpan> synced) : IDisk
{
    public IReadOnlyList<string> List() => disk.List();

    public long GetLength(string name) => disk.GetLength(name);

    public void Create(string name) => disk.Create(name);

    public int Read(string name, long offsetBytes, Span<byte> into) => disk.Read(name, offsetBytes, into);

    public void Write(string name, long offsetBytes, IReadOnlyList<ReadOnlyMemory<byte>> buffers) =>
        disk.Write(name, offsetBytes, buffers);

    public void Sync(string name)
    {
        var start = Stopwatch.GetTimestamp();
        disk.Sync(name);
        synced(Stopwatch.GetElapsedTime(start));
    }

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Delete(string name) => disk.Delete(name);

    public void SyncDirectory() => disk.SyncDirectory();

    public void DropCache(string name) => disk.DropCache(name);
}
