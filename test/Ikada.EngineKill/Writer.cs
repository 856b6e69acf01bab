using System.Buffers;
using Ikada.KeyValue;
using Ikada.KeyValue.RocksDb;
using Ikada.Primitives;

namespace Ikada.EngineKill;

/// <summary>The process that is killed: applies commands for ever, and now and then captures a snapshot or
/// restores one, of the state that it has.</summary>
internal static class Writer
{
    private const int RestoreOneIn = 400;
    private const int CaptureOneIn = 100;

    /// <summary>Small buffers: flushes and compactions are always under way.</summary>
    public static RocksDbOptions Settings { get; } = new() { WriteBufferBytes = 256 << 10 };

    public static int Run(string directory, ulong seed)
    {
        using var store = RocksDbStore.Open(directory, Settings);
        var machine = new KeyValueStore(store);
        var commands = new Commands(seed);
        var random = new RandomSource(seed + machine.AppliedIndex.Value);
        Console.WriteLine("writes");
        while (true)
        {
            commands.Apply(machine, 1 + random.NextBelow(64));
            if (random.OneIn(RestoreOneIn))
            {
                machine.Restore(new ReadOnlySequence<byte>(Capture(machine)));
            }
            else if (random.OneIn(CaptureOneIn))
            {
                Capture(machine);
            }
        }
    }

    private static byte[] Capture(KeyValueStore machine)
    {
        var snapshot = machine.CaptureSnapshot();
        using var held = snapshot as IDisposable;
        var writer = new ArrayBufferWriter<byte>();
        snapshot.WriteTo(writer);
        return writer.WrittenSpan.ToArray();
    }
}
