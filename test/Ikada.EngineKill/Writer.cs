using System.Buffers;
using Ikada.KeyValue;
using Ikada.KeyValue.RocksDb;
using Ikada.Primitives;

namespace Ikada.EngineKill;

/// <summary>The process that is killed: applies commands for ever, and now and then captures a snapshot or
/// restores one, of the state that it has. It says what is durable, and why it ends if it does so
/// itself.</summary>
internal static class Writer
{
    public const string Begins = "writes";
    public const string Durable = "durable ";
    public const string Failed = "failed: ";
    private const int RestoreOneIn = 400;
    private const int CaptureOneIn = 100;

    /// <summary>Small buffers: flushes and compactions are always under way.</summary>
    public static RocksDbOptions Settings { get; } = new() { WriteBufferBytes = 256 << 10 };

    public static int Run(string directory, ulong seed)
    {
        try
        {
            Write(directory, seed);
        }
        catch (IOException failure)
        {
            // What a node would stop with.
            Console.WriteLine(Failed + failure.Message);
        }

        return 1;
    }

    private static void Write(string directory, ulong seed)
    {
        var store = RocksDbStore.Open(directory, Settings);
        var machine = new KeyValueStore(store);
        var commands = new Commands(seed);
        var random = new RandomSource(seed + machine.AppliedIndex.Value);
        var durable = LogIndex.Zero;
        Console.WriteLine(Begins);
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

            // From here on a log would be free to forget what led there.
            if (machine.DurableAppliedIndex is var now && now > durable)
            {
                durable = now;
                Console.WriteLine($"{Durable}{durable.Value}");
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
