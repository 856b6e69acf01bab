using System.Buffers.Binary;

namespace Ikada.Log.Format;

/// <summary>Writes little-endian fields one after the other.</summary>
internal ref struct FieldWriter(Span<byte> into)
{
    private readonly Span<byte> _into = into;

    public int Written { get; private set; }

    public void Byte(byte value) => _into[Written++] = value;

    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_into[Written..], value);
        Written += 4;
    }

    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_into[Written..], value);
        Written += 8;
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_into[Written..]);
        Written += bytes.Length;
    }

    public void ZeroUpTo(int position)
    {
        _into[Written..position].Clear();
        Written = position;
    }
}

/// <summary>Reads little-endian fields one after the other; the caller has checked that they are
/// there.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> from)
{
    private readonly ReadOnlySpan<byte> _from = from;

    public int Position { get; private set; }

    public readonly int Left => _from.Length - Position;

    public byte Byte() => _from[Position++];

    public uint UInt32()
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(_from[Position..]);
        Position += 4;
        return value;
    }

    public ulong UInt64()
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(_from[Position..]);
        Position += 8;
        return value;
    }

    public ReadOnlySpan<byte> Bytes(int count)
    {
        var bytes = _from.Slice(Position, count);
        Position += count;
        return bytes;
    }
}
