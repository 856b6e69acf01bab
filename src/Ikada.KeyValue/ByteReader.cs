using System.Buffers.Binary;

namespace Ikada.KeyValue;

/// <summary>Reads our encodings. Every read says whether the input could hold it; nothing is allocated on
/// its word.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool AtEnd => _rest.IsEmpty;

    public readonly int Remaining => _rest.Length;

    public bool TryReadByte(out byte value)
    {
        value = _rest.IsEmpty ? (byte)0 : _rest[0];
        return TrySkip(1);
    }

    public bool TryReadNumber(out ulong value)
    {
        value = _rest.Length < 8 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(_rest);
        return TrySkip(8);
    }

    /// <summary>Reads 7 bits a byte, lowest first; at most 10 bytes.</summary>
    public bool TryReadVarint(out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (!TryReadByte(out var one))
            {
                return false;
            }

            value |= (ulong)(one & 0x7F) << shift;
            if (one < 0x80)
            {
                // The tenth byte holds the top bit alone: more would be lost without a word.
                return shift < 63 || one <= 1;
            }
        }

        return false;
    }

    public bool TryReadSigned(out long value)
    {
        var read = TryReadVarint(out var number);
        value = (long)number;
        return read;
    }

    public bool TryReadBytes(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!TryReadVarint(out var length) || length > (ulong)_rest.Length)
        {
            return false;
        }

        bytes = _rest[..(int)length];
        return TrySkip((int)length);
    }

    public ReadOnlySpan<byte> ReadRest()
    {
        var rest = _rest;
        _rest = default;
        return rest;
    }

    private bool TrySkip(int count)
    {
        if (_rest.Length < count)
        {
            return false;
        }

        _rest = _rest[count..];
        return true;
    }
}
