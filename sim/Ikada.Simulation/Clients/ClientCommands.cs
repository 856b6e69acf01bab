using System.Buffers.Binary;
using Ikada.KeyValue;

namespace Ikada.Simulation.Clients;

/// <summary>
/// The commands and queries of the simulated clients. The last eight bytes of every command are the
/// number of its
/// operation, so that the checkers know it again in a log without knowing the format.
/// </summary>
internal static class ClientCommands
{
    private const int OpBytes = 8;

    /// <summary>The bytes of a key.</summary>
    public static byte[] Key(int key) => [(byte)'k', (byte)('a' + (key / 26)), (byte)('a' + (key % 26))];

    /// <summary>The number of a key.</summary>
    public static int KeyOf(ReadOnlySpan<byte> key) => ((key[1] - 'a') * 26) + key[2] - 'a';

    /// <summary>Encodes an operation that writes.</summary>
    public static byte[] Encode(ClientOp op, int valueBytes)
    {
        var key = Key(op.Key);
        if (op.Kind == ClientOpKind.Put)
        {
            // No zeros: to the log a sector of zeros in its very last batch may be one that a torn write
            // lost, and damage beside it could not be told from that (log-format.md, Limits).
            var value = new byte[Math.Max(OpBytes, valueBytes)];
            Array.Fill(value, (byte)(1 + (op.Id % 255)));
            BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan(value.Length - OpBytes), op.Id);
            return KeyValueCommand.EncodePut(key, value);
        }

        // The range from the key to the key, a zero byte and the number holds no other key.
        var end = new byte[key.Length + 1 + OpBytes];
        key.CopyTo(end, 0);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(end.Length - OpBytes), op.Id);
        return KeyValueCommand.EncodeDeleteRange(key, end);
    }

    /// <summary>The number of the operation in a command or a value; -1 if it holds none.</summary>
    public static long OpOf(ReadOnlySpan<byte> bytes) =>
        bytes.Length < OpBytes ? -1 : BinaryPrimitives.ReadInt64LittleEndian(bytes[^OpBytes..]);
}
