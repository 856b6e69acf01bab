using System.Diagnostics;
using System.Security.Cryptography;
using Ikada.KeyValue;
using Ikada.KeyValue.RocksDb;

namespace Ikada.EndToEnd.Tests;

/// <summary>RocksDB on a real disk that is full: the one who applies waits, and goes on by itself.</summary>
[Trait("Needs", "loop-device")]
[Trait("Needs", "mkfs.ext4")]
public sealed class FullEngineTests : IAsyncLifetime
{
    private const int Values = 200;
    private static readonly TimeSpan Still = TimeSpan.FromSeconds(1);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ikada-");
    private SmallDisk? _disk;
    private int _written;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _disk = await SmallDisk.MountAsync(Path.Combine(_directory.FullName, "disk"), 64);

    public async ValueTask DisposeAsync()
    {
        await _disk!.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_write_waits_for_space_and_nothing_is_lost()
    {
        using (var store = Open())
        {
            await _disk!.FillAsync(leaveMegabytes: 4);
            var writing = Task.Run(() => Write(store), Cancelled);
            await WaitsAsync(writing);
            _disk.Free();
            await writing.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
            store.Flush();
        }

        using var again = Open();
        var view = ((IOrderedStore)again).Hold();
        Assert.Equal(Values, view.CountRange([], [255]));
        view.LetGo();
    }

    [Fact]
    public async Task A_restore_waits_for_space()
    {
        using var store = Open();
        await _disk!.FillAsync(leaveMegabytes: 4);
        var restoring = Task.Run(() => Restore(store), Cancelled);
        await WaitsAsync(restoring);
        _disk.Free();
        await restoring.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        var view = ((IOrderedStore)store).Hold();
        Assert.Equal(Values, view.CountRange([], [255]));
        view.LetGo();
    }

    [Fact]
    public async Task Who_gives_up_on_space_is_told()
    {
        using var store = Open();
        await _disk!.FillAsync(leaveMegabytes: 4);
        var writing = Task.Run(() => Write(store), Cancelled);
        await WaitsAsync(writing);
        store.GiveUpOnSpace();
        var error = await Assert.ThrowsAsync<RocksDbException>(() => writing);
        Assert.Contains("No space left", error.Message, StringComparison.Ordinal);
    }

    private RocksDbStore Open() => RocksDbStore.Open(
        Path.Combine(_disk!.Directory, "kv"), new RocksDbOptions { WriteBufferBytes = 1 << 20 });

    private void Write(RocksDbStore store)
    {
        for (var i = 0; i < Values; i++)
        {
            var batch = store.BeginBatch();
            using var held = (IDisposable)batch;
            batch.Put([(byte)i], RandomNumberGenerator.GetBytes(100_000));
            batch.Commit();
            Volatile.Write(ref _written, i + 1);
        }
    }

    private void Restore(RocksDbStore store)
    {
        var batch = store.BeginReplacement();
        using var held = (IDisposable)batch;
        for (var i = 0; i < Values; i++)
        {
            batch.Put([(byte)i], RandomNumberGenerator.GetBytes(100_000));
            Volatile.Write(ref _written, i + 1);
        }

        batch.Commit();
    }

    private async Task WaitsAsync(Task writing)
    {
        var (last, since) = (-1, Stopwatch.GetTimestamp());
        await Eventually.HoldsAsync("a write that waits", () =>
        {
            Assert.False(writing.IsCompleted, $"{writing.Status}: {writing.Exception?.Message}");
            var written = Volatile.Read(ref _written);
            if (written != last)
            {
                (last, since) = (written, Stopwatch.GetTimestamp());
            }

            return Task.FromResult(Stopwatch.GetElapsedTime(since) > Still);
        });
    }
}
