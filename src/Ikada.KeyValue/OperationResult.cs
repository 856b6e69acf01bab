using System.Buffers;

namespace Ikada.KeyValue;

/// <summary>What one operation of a transaction gave: one of the two is there.</summary>
/// <param name="Range">Of a read.</param>
/// <param name="Write">Of a put, a deletion or a nested transaction.</param>
public sealed record OperationResult(RangeResult? Range, KeyValueResult? Write)
{
    private const byte RangeKind = 1;
    private const byte WriteKind = 2;

    internal byte[] Encode()
    {
        if (Write is not null)
        {
            return [WriteKind, .. Write.Encode()];
        }

        var writer = new ArrayBufferWriter<byte>();
        writer.Write([RangeKind]);
        Range!.Encode(writer);
        return writer.WrittenSpan.ToArray();
    }

    internal static bool TryDecode(ReadOnlySpan<byte> bytes, out OperationResult result)
    {
        result = new OperationResult(null, null);
        if (bytes.IsEmpty || bytes[0] is not (RangeKind or WriteKind))
        {
            return false;
        }

        if (bytes[0] == RangeKind)
        {
            var read = RangeResult.TryDecode(bytes[1..], out var range);
            result = new OperationResult(range, null);
            return read;
        }

        var written = KeyValueResult.TryDecode(bytes[1..], out var write);
        result = new OperationResult(null, write);
        return written;
    }
}
