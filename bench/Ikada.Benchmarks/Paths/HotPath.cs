namespace Ikada.Benchmarks;

/// <summary>What is done for each command, message or request: what it costs is measured, what it allocates
/// is pinned.</summary>
public abstract class HotPath : IDisposable
{
    /// <summary>All of them, by the names that bench/allocations.json has.</summary>
    public static IReadOnlyDictionary<string, Func<HotPath>> All { get; } =
        new Dictionary<string, Func<HotPath>>
        {
            ["core"] = () => new CorePath(),
            ["codec-write"] = () => new CodecPath(writes: true),
            ["codec-read"] = () => new CodecPath(writes: false),
            ["log-append"] = () => new LogPath(),
            ["apply-memory"] = () => new ApplyPath(isOnDisk: false),
            ["apply-rocksdb"] = () => new ApplyPath(isOnDisk: true),
            ["range-memory"] = () => new RangePath(isOnDisk: false),
            ["range-rocksdb"] = () => new RangePath(isOnDisk: true),
            ["watch"] = () => new WatchPath(),
            ["grpc-put"] = () => new GrpcPutPath(),
        };

    /// <summary>Whether threads other than the caller's do a part of it.</summary>
    public virtual bool HasThreads => false;

    /// <summary>Does so many operations, a multiple of 256.</summary>
    public abstract void Run(int operations);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
