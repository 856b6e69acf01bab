using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.Tests;

/// <summary>Add so much.</summary>
internal sealed record Add(long Amount);

/// <summary>A counter.</summary>
internal class Counter : IStateMachine<Add, long>
{
    public long Value { get; private set; }

    /// <summary>Beyond it the machine throws.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>No command is applied before it is open.</summary>
    public ManualResetEventSlim? Gate { get; init; }

    public long Apply(LogIndex index, Add command)
    {
        Gate?.Wait();
        return Value + command.Amount > Limit
            ? throw new OverflowException($"{Value + command.Amount} is over the limit of {Limit}")
            : Value += command.Amount;
    }

    public Action<IBufferWriter<byte>> CaptureSnapshot()
    {
        var value = Value;
        return writer =>
        {
            BinaryPrimitives.WriteInt64LittleEndian(writer.GetSpan(8), value);
            writer.Advance(8);
        };
    }

    public void Restore(ReadOnlySequence<byte> snapshot) =>
        Value = snapshot.Length == 8
            ? BinaryPrimitives.ReadInt64LittleEndian(snapshot.ToArray())
            : throw new InvalidDataException($"{snapshot.Length} bytes are no counter");
}
