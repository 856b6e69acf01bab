using System.Runtime.InteropServices;
using Ikada.Log;
using Ikada.Node.Disk;
using Ikada.Primitives;
using Microsoft.Win32.SafeHandles;

namespace Ikada.PowerCut;

/// <summary>
/// The real disk, and a kernel that now and then writes out a part of what was written before anybody asks
/// for it, as it may at any time. A cut right behind that leaves a write torn.
/// </summary>
internal sealed partial class EagerDisk(FileDisk disk, string directory, RandomSource random) : IDisk
{
    private const int OneIn = 5;
    private const int PauseMilliseconds = 40;
    private const long PageBytes = 4096;
    private const uint WriteAndWait = 7;

    public IReadOnlyList<string> List() => disk.List();

    public long GetLength(string name) => disk.GetLength(name);

    public void Create(string name) => disk.Create(name);

    public int Read(string name, long offsetBytes, Span<byte> into) => disk.Read(name, offsetBytes, into);

    public void Write(string name, long offsetBytes, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        disk.Write(name, offsetBytes, buffers);
        if (random.OneIn(OneIn))
        {
            TryWriteOutSome(name, offsetBytes, buffers.Sum(static buffer => buffer.Length));
        }
    }

    public void Sync(string name) => disk.Sync(name);

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Delete(string name) => disk.Delete(name);

    public void SyncDirectory() => disk.SyncDirectory();

    public void DropCache(string name) => disk.DropCache(name);

    private void TryWriteOutSome(string name, long offset, long bytes)
    {
        try
        {
            WriteOutSome(name, offset, bytes);
        }
        catch (IOException)
        {
            return; // cut meanwhile: the log's next call is told
        }
    }

    private void WriteOutSome(string name, long offset, long bytes)
    {
        using var file = File.OpenHandle(
            Path.Combine(directory, name), FileMode.Open, FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete);
        var pages = ((offset + bytes + PageBytes - 1) / PageBytes) - (offset / PageBytes);
        var first = (offset / PageBytes) + random.NextBelow((int)pages);
        var count = 1 + random.NextBelow((int)Math.Max(1, pages / 2));
        // Its result says nothing: whoever relies on the bytes syncs them, and is told then.
        sync_file_range(file, first * PageBytes, count * PageBytes, WriteAndWait);
        Thread.Sleep(random.NextBelow(PauseMilliseconds));
    }

#pragma warning disable IDE1006, SA1300 // the name is libc's
    [LibraryImport("libc")]
    private static partial int sync_file_range(SafeFileHandle file, long offset, long bytes, uint flags);
#pragma warning restore IDE1006, SA1300
}
