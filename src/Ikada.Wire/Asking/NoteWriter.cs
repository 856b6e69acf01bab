using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Ikada.Wire;

/// <summary>Writes the fields of questions and answers, little endian; runs of bytes with a 32-bit length
/// before them.</summary>
internal readonly struct NoteWriter(ArrayBufferWriter<byte> bytes)
{
    public void Byte(byte value) => bytes.Write([value]);

    public void Number(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.GetSpan(8), value);
        bytes.Advance(8);
    }

    public void Bytes(ReadOnlySpan<byte> run)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes.GetSpan(4), run.Length);
        bytes.Advance(4);
        bytes.Write(run);
    }

    public void Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));
}
