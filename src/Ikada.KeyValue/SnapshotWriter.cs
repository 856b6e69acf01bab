using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>Puts a snapshot together: magic, format version and state; items; a mark of the end and CRC-32C
/// of all before it.</summary>
internal sealed class SnapshotWriter(IBufferWriter<byte> writer)
{
    private uint _checksum;

    public void Begin(in StoreState state)
    {
        Write(KeyValueSnapshot.Magic);
        Write([KeyValueSnapshot.FormatVersion]);
        Write(state.Encode());
    }

    public void Item(byte mark, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var length = 1 + ByteWriter.LengthOfBytes(key) + ByteWriter.LengthOfBytes(value);
        var target = writer.GetSpan(length)[..length];
        var item = new ByteWriter(target);
        item.WriteByte(mark);
        item.WriteBytes(key);
        item.WriteBytes(value);
        _checksum = Crc32C.Append(_checksum, target);
        writer.Advance(length);
    }

    public void End()
    {
        Write([KeyValueSnapshot.EndMark]);
        var checksum = writer.GetSpan(4);
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, _checksum);
        writer.Advance(4);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _checksum = Crc32C.Append(_checksum, bytes);
        writer.Write(bytes);
    }
}
