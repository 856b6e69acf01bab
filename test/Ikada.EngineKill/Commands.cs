using System.Globalization;
using System.Text;
using Ikada.KeyValue;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.EngineKill;

/// <summary>A log that nobody has to keep: the seed and an index say what stands there.</summary>
internal sealed class Commands(ulong seed) : IApplyResults
{
    private const int Keys = 5000;

    /// <summary>Applies the next commands.</summary>
    public void Apply(KeyValueStore store, int count)
    {
        var first = store.AppliedIndex.Next;
        var commands = new CommittedCommand[count];
        for (var i = 0; i < count; i++)
        {
            var index = first + (ulong)i;
            commands[i] = new CommittedCommand(index, 1, BodyAt(index), WantsResult: false);
        }

        store.Apply(commands, commands[^1].Index, this);
    }

    public void Set(int position, ReadOnlyMemory<byte> result) =>
        throw new InvalidOperationException($"nobody waits for the result of command {position}");

    private byte[] BodyAt(LogIndex index)
    {
        var random = new RandomSource(seed ^ (index.Value * 0x9E3779B97F4A7C15));
        var number = random.NextBelow(Keys);
        var key = KeyOf(number);
        return random.NextBelow(10) == 0
            ? KeyValueCommand.EncodeDeleteRange(key, KeyOf(number + random.NextBelow(8)), prevKv: false)
            : KeyValueCommand.EncodePut(key, new byte[random.NextBelow(600)], prevKv: false);
    }

    private static byte[] KeyOf(int number) =>
        Encoding.ASCII.GetBytes(number.ToString("d6", CultureInfo.InvariantCulture));
}
