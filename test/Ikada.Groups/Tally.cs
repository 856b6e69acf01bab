using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.Groups;

/// <summary>Counts.</summary>
internal sealed class Tally : IStateMachine<int, long>
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
        Value = BinaryPrimitives.ReadInt64LittleEndian(snapshot.ToArray());
}
