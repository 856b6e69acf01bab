using Ikada.KeyValue;
using Ikada.KeyValue.RocksDb;
using Ikada.Log;

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
/// one that has started over begins with an empty engine.
/// </summary>
internal sealed class StoreEngine(ServerOptions options) : IDisposable
{
    private const string Prefix = "kv-";
    private RocksDbStore? _rocks;

    /// <summary>Opens the store that belongs to a directory; one that was opened before is closed.</summary>
    /// <exception cref="IOException">RocksDB cannot open its files.</exception>
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

        _rocks = RocksDbStore.Open(Path.Combine(options.DataDirectory, name));
        return new KeyValueStore(_rocks);
    }

    public void Dispose()
    {
        _rocks?.Dispose();
        _rocks = null;
    }
}
