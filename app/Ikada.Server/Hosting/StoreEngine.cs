using Ikada.KeyValue;
using Ikada.KeyValue.RocksDb;
using Ikada.Log;
using Microsoft.Extensions.Logging;

namespace Ikada.Server;

/// <summary>Where the key-value store keeps its keys.</summary>
public enum StorageEngine
{
    /// <summary>In memory: each start restores the snapshot and applies the log behind it.</summary>
    Memory,

    /// <summary>In RocksDB: what is there need not fit in memory, and a start applies little.</summary>
    RocksDb,
}

/// <summary>
/// The engine of a server. RocksDB's files lie in a folder that bears the incarnation of the data directory:
/// one that has started over begins with an empty engine. Another engine than at the last start is no
/// trouble: what it does not hold comes from the snapshot and the log, which are the same for all. So
/// RocksDB's files stay where the keys are kept in memory: they are a state that the store once had.
/// For the same reason a damaged engine is set aside, and an empty one begins.
/// </summary>
/// <param name="options">Which engine, and where.</param>
/// <param name="logger">Is told of damage.</param>
/// <param name="open">Opens RocksDB's files.</param>
internal sealed class StoreEngine(ServerOptions options, ILogger logger, Func<string, RocksDbStore> open)
    : IDisposable
{
    private const string Prefix = "kv-";
    private const string AsidePrefix = "damaged-";

    public StoreEngine(ServerOptions options, ILogger logger)
        : this(options, logger, directory => RocksDbStore.Open(directory))
    {
    }

    private RocksDbStore? _rocks;

    /// <summary>Opens the store that belongs to a directory; one that was opened before is closed.</summary>
    /// <exception cref="IOException">RocksDB cannot open its files.</exception>
    /// <exception cref="ServerStartException">This machine cannot load RocksDB.</exception>
    public KeyValueStore Open(DirectoryIdentity directory)
    {
        if (options.StorageEngine == StorageEngine.Memory)
        {
            return new KeyValueStore();
        }

        Dispose();
        var name = $"{Prefix}{directory.Incarnation.Value:x16}";
        foreach (var other in Directory.EnumerateDirectories(options.DataDirectory, Prefix + "*"))
        {
            if (Path.GetFileName(other) != name)
            {
                Directory.Delete(other, recursive: true);
            }
        }

        try
        {
            return OpenRocks(name);
        }
        catch (RocksDbException damage) when (damage.IsDamage)
        {
            Dispose();
            ServerLog.StoreIsSetAside(logger, damage.Message, SetAside(name));
            return OpenRocks(name);
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException
            or EntryPointNotFoundException)
        {
            throw new ServerStartException(
                $"--storage-engine is rocksdb, whose native library cannot be loaded: {failure.Message} "
                + "Install the program anew with all its files, librocksdb among them (it comes for x64 and "
                + "arm64), or start with --storage-engine=memory, which keeps the same data directory",
                failure);
        }
    }

    private KeyValueStore OpenRocks(string name)
    {
        _rocks = open(Path.Combine(options.DataDirectory, name));
        return new KeyValueStore(_rocks);
    }

    /// <summary>Keeps the files for whoever looks into it; only the last that were damaged.</summary>
    private string SetAside(string name)
    {
        foreach (var other in Directory.EnumerateDirectories(options.DataDirectory, AsidePrefix + "*"))
        {
            Directory.Delete(other, recursive: true);
        }

        var aside = Path.Combine(options.DataDirectory, AsidePrefix + name);
        Directory.Move(Path.Combine(options.DataDirectory, name), aside);
        return aside;
    }

    /// <summary>Before the node stops: it is not to wait for space on a full disk any more.</summary>
    public void GiveUpOnSpace() => _rocks?.GiveUpOnSpace();

    public void Dispose()
    {
        _rocks?.Dispose();
        _rocks = null;
    }
}
