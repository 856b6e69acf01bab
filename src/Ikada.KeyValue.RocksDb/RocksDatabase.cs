using System.Runtime.InteropServices;

namespace Ikada.KeyValue.RocksDb;

/// <summary>An open database. Snapshots hold it open: it closes when it is disposed and the last of them is
/// let go of.</summary>
internal sealed unsafe class RocksDatabase : SafeHandle
{
    // What has reached the files, without what is in memory only (ReadTier::kPersistedTier).
    private const int PersistedTier = 2;
    // Also files that nothing lies above (BottommostLevelCompaction::kForceOptimized).
    private const byte ForcedBottommost = 3;
    private const double FilterBitsPerKey = 10;

    // A put looks for its key first. One that is new is in no buffer and no file, and a filter says so for a
    // tenth of what the search would cost. Some ten bits a key, of keys and values of 100 bytes.
    private const double BufferFilterRatio = 0.02;

    // Twice RocksDB's own: the level below is rewritten half as often. Writes are slowed down and stopped
    // later than by its defaults as well.
    private const int FlushedFilesToCompact = 8;
    private const int FlushedFilesToSlowDown = 32;
    private const int FlushedFilesToStop = 48;
    private const int BackgroundJobsMax = 8;
    private static readonly TimeSpan MeasureInterval = TimeSpan.FromMilliseconds(10);
    private readonly SpaceWait _space;
    private readonly nint _options;
    private readonly nint _cache;
    private readonly long _filterBytes;
    private readonly nint _read;
    private readonly nint _readDurable;
    private readonly nint _write;
    private readonly nint _flush;
    private readonly nint _flushAndWait;
    private long _writtenBytes;
    private long _sizeBeforeWrites;
    private long _measureAt;
    private volatile DurableRead? _durable;

    private RocksDatabase(string path, SpaceWait space, nint options, nint cache, long writeBufferBytes)
        : base(0, ownsHandle: true)
    {
        (Path, _space, _options, _cache) = (path, space, options, cache);
        _filterBytes = (long)(writeBufferBytes * BufferFilterRatio);
        _read = Rocks.CreateReadOptions();
        _readDurable = Rocks.CreateReadOptions();
        Rocks.SetReadTier(_readDurable, PersistedTier);
        _write = Rocks.CreateWriteOptions();
        // The Raft log is the log: what was not flushed is applied again.
        Rocks.DisableWal(_write, 1);
        _flush = Rocks.CreateFlushOptions();
        Rocks.SetFlushWaits(_flush, 0);
        _flushAndWait = Rocks.CreateFlushOptions();
        Rocks.SetFlushWaits(_flushAndWait, 1);
    }

    public string Path { get; }

    public override bool IsInvalid => handle == 0;

    /// <summary>For the writer's thread.</summary>
    public RecentReads Recent { get; } = new();

    /// <summary>Reads the newest state.</summary>
    public nint ReadOptions => _read;

    /// <summary>The bytes of all files and of what is in memory only: what the data takes, not what keys and
    /// values come to. The filter of each buffer, whose size is that of a full one, does not count: an empty
    /// store must fit a small quota. Every put asks for it, so it is measured now and then, and what is
    /// written between counts as it is.</summary>
    public long SizeBytes
    {
        get
        {
            var now = Environment.TickCount64;
            if (now >= Volatile.Read(ref _measureAt))
            {
                var written = Volatile.Read(ref _writtenBytes);
                Volatile.Write(ref _sizeBeforeWrites, MeasureSize() - written);
                Volatile.Write(ref _measureAt, now + (long)MeasureInterval.TotalMilliseconds);
            }

            return Volatile.Read(ref _sizeBeforeWrites) + Volatile.Read(ref _writtenBytes);
        }
    }

    /// <summary>How many snapshots RocksDB keeps for readers.</summary>
    public int Snapshots => (int)Property("rocksdb.num-snapshots");

    public static RocksDatabase Open(string path, RocksDbOptions settings, SpaceWait space)
    {
        var options = Rocks.CreateOptions();
        Rocks.SetCreateIfMissing(options, 1);
        Rocks.SetParanoidChecks(options, 1);
        Rocks.SetWriteBufferSize(options, (nuint)settings.WriteBufferBytes);
        Rocks.SetWriteBuffersMax(options, 4);
        // One thread writes: without atomic instructions, and going on from where the last key was put.
        Rocks.SetConcurrentWrites(options, 0);
        Rocks.SetBufferFilter(options, 1);
        Rocks.SetBufferFilterRatio(options, BufferFilterRatio);
        Rocks.SetFlushedFilesToCompact(options, FlushedFilesToCompact);
        Rocks.SetFlushedFilesToSlowDown(options, FlushedFilesToSlowDown);
        Rocks.SetFlushedFilesToStop(options, FlushedFilesToStop);
        Rocks.SetBackgroundJobsMax(options, Math.Clamp(Environment.ProcessorCount, 2, BackgroundJobsMax));
        Rocks.SetOpenFilesMax(options, settings.OpenFilesMax);
        Rocks.SetInfoLogsKept(options, 4);
        GoOnWhenThereIsSpace(options);
        var tables = Rocks.CreateTables();
        var cache = Rocks.CreateCache((nuint)settings.BlockCacheBytes);
        Rocks.SetBlockCache(tables, cache);
        // Owned by the tables from here on.
        Rocks.SetFilter(tables, Rocks.CreateBloomFilter(FilterBitsPerKey));
        Rocks.SetTables(options, tables);
        Rocks.DestroyTables(tables);
        var database = new RocksDatabase(path, space, options, cache, settings.WriteBufferBytes);
        try
        {
            database.SetHandle(Rocks.Open(options, path, out var error));
            RocksDbException.ThrowIf(error, $"open {path}");
            return database;
        }
        catch
        {
            database.Dispose();
            database.ReleaseOptions();
            throw;
        }
    }

    /// <summary>The handle, which a caller uses while it holds a reference, or the store is open.</summary>
    public nint Raw => handle;

    /// <summary>Whether it is closed, and its files are in no use any more.</summary>
    public bool IsReleased { get; private set; }

    public bool TryGet(nint options, ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        var found = Find(options, key);
        value = found;
        return found is not null;
    }

    /// <summary>The value of a key, copied once, and nothing else is allocated; null if it is not
    /// there.</summary>
    public byte[]? Find(nint options, ReadOnlySpan<byte> key)
    {
        nint slice;
        fixed (byte* at = key)
        {
            // A null pointer is no key, and the empty key has one.
            byte none;
            slice = Rocks.GetPinned(
                handle, options, at is null ? &none : at, (nuint)key.Length, out var error);
            if (error != 0)
            {
                RocksDbException.ThrowIf(error, $"read from {Path}");
            }
        }

        if (slice == 0)
        {
            return null;
        }

        var bytes = Rocks.PinnedValue(slice, out var length);
        var value = new ReadOnlySpan<byte>(bytes, checked((int)length)).ToArray();
        Rocks.DestroyPinned(slice);
        return value;
    }

    /// <summary>Reads what a crash of the machine would leave, or would have left ten milliseconds ago: it is
    /// asked for after each batch, and changes by a flush.</summary>
    public bool TryGetDurable(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        var now = Environment.TickCount64;
        var durable = _durable;
        if (durable is null || now >= durable.Until || !key.SequenceEqual(durable.Key))
        {
            using var use = new Use(this);
            _durable = durable = new DurableRead(
                key.ToArray(), Find(_readDurable, key), now + (long)MeasureInterval.TotalMilliseconds);
        }

        value = durable.Value;
        return durable.Value is not null;
    }

    /// <summary>Writes a batch. Waits for space while the disk is full and what is in memory cannot be
    /// flushed: RocksDB goes on by itself when there is some.</summary>
    public void Write(nint batch, long bytes)
    {
        while (true)
        {
            Rocks.Write(handle, _write, batch, out var error);
            if (!RocksDbException.IsNoSpace(error) || !_space.TryAgain())
            {
                RocksDbException.ThrowIf(error, $"write to {Path}");
                Interlocked.Add(ref _writtenBytes, bytes);
                return;
            }

            Rocks.Free(error);
        }
    }

    /// <summary>Makes durable all that was written; without waiting, soon.</summary>
    public void Flush(bool waits)
    {
        using var use = new Use(this);
        Rocks.Flush(handle, waits ? _flushAndWait : _flush, out var error);
        _durable = null;
        if (!waits && RocksDbException.IsNoSpace(error))
        {
            // It is flushed once there is space, and until then nothing counts as durable.
            Rocks.Free(error);
            return;
        }

        RocksDbException.ThrowIf(error, $"flush {Path}");
    }

    /// <summary>Rewrites all files without what was deleted. Returns early when it is ended.</summary>
    public void Compact()
    {
        using var use = new Use(this);
        Flush(waits: true);
        var options = Rocks.CreateCompactOptions();
        Rocks.SetExclusive(options, 0);
        Rocks.SetBottommost(options, ForcedBottommost);
        Rocks.CompactRange(handle, options, null, 0, null, 0);
        Rocks.DestroyCompactOptions(options);
        Volatile.Write(ref _measureAt, 0);
    }

    /// <summary>Ends a <see cref="Compact"/> that is under way, and waits for that.</summary>
    public void EndCompaction()
    {
        using var use = new Use(this);
        Rocks.DisableManualCompaction(handle);
    }

    // Who manages the files looks for space after an error for want of it, and ends the error.
    private static void GoOnWhenThereIsSpace(nint options)
    {
        var environment = Rocks.CreateEnvironment();
        var files = Rocks.CreateFileManager(environment);
        Rocks.SetFileManager(options, files);
        Rocks.DestroyFileManager(files);
        Rocks.DestroyEnvironment(environment);
    }

    protected override bool ReleaseHandle()
    {
        Rocks.Close(handle);
        ReleaseOptions();
        IsReleased = true;
        return true;
    }

    private void ReleaseOptions()
    {
        Rocks.DestroyReadOptions(_read);
        Rocks.DestroyReadOptions(_readDurable);
        Rocks.DestroyWriteOptions(_write);
        Rocks.DestroyFlushOptions(_flush);
        Rocks.DestroyFlushOptions(_flushAndWait);
        Rocks.DestroyOptions(_options);
        Rocks.DestroyCache(_cache);
    }

    private long MeasureSize() => Property("rocksdb.live-sst-files-size") + Math.Max(
        0,
        Property("rocksdb.cur-size-all-mem-tables")
            - (_filterBytes * (1 + Property("rocksdb.num-immutable-mem-table"))));

    private long Property(string name) =>
        Rocks.GetProperty(handle, name, out var value) == 0 ? (long)value : 0;

    private sealed record DurableRead(byte[] Key, byte[]? Value, long Until);
}
