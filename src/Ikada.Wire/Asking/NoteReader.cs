using System.Buffers.Binary;
using System.Text;

namespace Ikada.Wire;

/// <summary>Reads what <see cref="NoteWriter"/> wrote. Fields beyond the end are empty, and
/// <see cref="IsWhole"/> says so.</summary>
internal ref struct NoteReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;
    private bool _isShort;

    /// <summary>Whether the fields read so far are all there is, and all were there.</summary>
    public readonly bool IsWhole => !_isShort && _rest.IsEmpty;

    public byte Byte() => Take(1) is [var value] ? value : (byte)0;

    public ulong Number() => Take(8) is { IsEmpty: false } run
        ? BinaryPrimitives.ReadUInt64LittleEndian(run) : 0;

    public ReadOnlyMemory<byte> Bytes()
    {
        var length = Take(4) is { IsEmpty: false } run ? BinaryPrimitives.ReadUInt32LittleEndian(run) : 0;
        return Take(length).ToArray();
    }

    public string Text() => Encoding.UTF8.GetString(Bytes().Span);

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (_isShort || count > _rest.Length)
        {
            _isShort = true;
            return default;
        }

        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }
}
