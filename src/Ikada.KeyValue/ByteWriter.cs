using System.Buffers.Binary;
using System.Numerics;

namespace Ikada.KeyValue;

/// <summary>Writes our encodings into a span that the caller has sized by the <c>LengthOf</c>
/// methods.</summary>
internal ref struct ByteWriter(Span<byte> target)
{
    private Span<byte> _rest = target;

    public readonly int Remaining => _rest.Length;

    public static int LengthOfVarint(ulong value) => ((BitOperations.Log2(value | 1) * 9) + 73) / 64;

    public static int LengthOfVarint(long value) => LengthOfVarint((ulong)value);

    public static int LengthOfBytes(ReadOnlySpan<byte> bytes) =>
        LengthOfVarint((ulong)bytes.Length) + bytes.Length;

    public void WriteByte(byte value)
    {
        _rest[0] = value;
        _rest = _rest[1..];
    }

    public void WriteNumber(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_rest, value);
        _rest = _rest[8..];
    }

    public void WriteVarint(ulong value)
    {
        while (value >= 0x80)
        {
            WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        WriteByte((byte)value);
    }

    public void WriteVarint(long value) => WriteVarint((ulong)value);

    public void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_rest);
        _rest = _rest[bytes.Length..];
    }

    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteVarint((ulong)bytes.Length);
        WriteRaw(bytes);
    }
}
