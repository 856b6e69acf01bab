using System.Buffers.Binary;
using Ikada.KeyValue;
using Ikada.Simulation.Clients;

namespace Ikada.Simulation.Workloads;

/// <summary>The commands of the clients of the key-value store. They end, and so do the values they write,
/// with the number of the operation.</summary>
internal static class KeyValueCommands
{

    /// <summary>The bytes of a key.</summary>
    public static byte[] Key(int key) => [(byte)'k', (byte)('a' + (key / 26)), (byte)('a' + (key % 26))];

    /// <summary>Encodes an operation that writes.</summary>
    public static byte[] Encode(KeyValueOp op, int valueBytes)
    {
        var key = Key(op.Key);
        if (op.Kind == ClientOpKind.Put)
        {
            // No zeros: to the log a sector of zeros in its very last batch may be one that a torn write
            // lost, and damage beside it could not be told from that (log-format.md, Limits).
            var value = new byte[Math.Max(Operations.NumberBytes, valueBytes)];
            Array.Fill(value, (byte)(1 + (op.Id % 255)));
            BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan()[^Operations.NumberBytes..], op.Id);
            return KeyValueCommand.EncodePut(key, value);
        }

        // The range from the key to the key, a zero byte and the number holds no other key.
        var end = new byte[key.Length + 1 + Operations.NumberBytes];
        key.CopyTo(end, 0);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan()[^Operations.NumberBytes..], op.Id);
        return KeyValueCommand.EncodeDeleteRange(key, end);
    }

}
