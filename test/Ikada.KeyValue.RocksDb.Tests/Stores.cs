using System.Text;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.KeyValue.RocksDb.Tests;

/// <summary>Stores in a temporary directory.</summary>
internal sealed class Stores : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ikada-rocksdb-");
    private readonly List<RocksDbStore> _opened = [];

    public string PathOf(string name) => Path.Combine(_directory.FullName, name);

    public RocksDbStore Open(string name, RocksDbOptions? options = null)
    {
        var store = RocksDbStore.Open(PathOf(name), options);
        _opened.Add(store);
        return store;
    }

    /// <summary>What a killed process would leave of a store at which nothing is under way.</summary>
    public void CopyAsKilled(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(PathOf(from), "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(PathOf(to), Path.GetRelativePath(PathOf(from), file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    public void Dispose()
    {
        foreach (var store in _opened)
        {
            store.Dispose();
        }

        _directory.Delete(recursive: true);
    }
}

/// <summary>Commands for a key-value store.</summary>
internal static class Commands
{
    public static CommittedCommand[] Draw(RandomSource random, LogIndex first, int count)
    {
        var commands = new CommittedCommand[count];
        for (var i = 0; i < count; i++)
        {
            var key = Encoding.ASCII.GetBytes($"key {random.NextBelow(60)}");
            var body = random.NextBelow(6) == 0
                ? KeyValueCommand.EncodeDeleteRange(
                    key, Encoding.ASCII.GetBytes($"key {random.NextBelow(60)}"), prevKv: true)
                : KeyValueCommand.EncodePut(key, new byte[random.NextBelow(100)], prevKv: random.OneIn(2));
            commands[i] = new CommittedCommand(first + (ulong)i, 1, body, WantsResult: true);
        }

        return commands;
    }

    public static List<string> Apply(KeyValueStore store, CommittedCommand[] commands)
    {
        var results = new Results(commands.Length);
        store.Apply(commands, commands[^1].Index, results);
        return [.. results.Items.Select(one => Convert.ToHexString(one.Span))];
    }

    private sealed class Results(int count) : IApplyResults
    {
        public ReadOnlyMemory<byte>[] Items { get; } = new ReadOnlyMemory<byte>[count];

        public void Set(int position, ReadOnlyMemory<byte> result) => Items[position] = result;
    }
}
