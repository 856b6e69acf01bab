using System.Buffers;
using Ikada.Primitives;

namespace Ikada.KeyValue.RocksDb.Tests;

/// <summary>What rots in the engine's files is found when all of it is read.</summary>
public sealed class Scrubs : IDisposable
{
    private readonly Stores _stores = new();

    public void Dispose() => _stores.Dispose();

    [Fact]
    public void Both_engines_have_stored_the_same()
    {
        var random = new RandomSource(21);
        var memory = new KeyValueStore();
        var disk = new KeyValueStore(_stores.Open("one"));
        var commands = Commands.Draw(random, memory.AppliedIndex.Next, 300);
        Commands.Apply(memory, commands);
        Commands.Apply(disk, commands);
        Assert.Equal(Scrub(memory), Scrub(disk));
    }

    [Fact]
    public void A_changed_byte_in_a_file_is_damage()
    {
        var store = _stores.Open("one");
        Commands.Apply(new KeyValueStore(store), Commands.Draw(new RandomSource(22), new LogIndex(1), 300));
        store.Flush();
        _stores.CopyAsKilled("one", "two");
        string[] files = Directory.GetFiles(_stores.PathOf("two"), "*.sst", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            using var stream = new FileStream(file, FileMode.Open);
            stream.Seek(stream.Length / 2, SeekOrigin.Begin);
            var one = stream.ReadByte();
            stream.Seek(stream.Length / 2, SeekOrigin.Begin);
            stream.WriteByte((byte)(one ^ 4));
        }

        var damaged = new KeyValueStore(_stores.Open("two"));
        var error = Assert.Throws<RocksDbException>(() => Scrub(damaged));
        Assert.Contains("orruption", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(Scrub(new KeyValueStore(store)));
    }

    private static byte[] Scrub(KeyValueStore store)
    {
        var writer = new ArrayBufferWriter<byte>();
        var snapshot = store.CaptureSnapshot();
        using var held = snapshot as IDisposable;
        snapshot.ScrubTo(writer);
        return writer.WrittenSpan.ToArray();
    }
}
