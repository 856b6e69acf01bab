using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.ExactlyOnce;

/// <summary>Counts: an increment that is applied twice shows in the total.</summary>
internal sealed class Counter : IStateMachine<int, long>
{
    public long Value { get; private set; }

    public long Apply(LogIndex index, int command) => Value += command;

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
