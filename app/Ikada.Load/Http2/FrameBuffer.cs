using System.Buffers.Binary;

namespace Ikada.Load.Http2;

/// <summary>Frames that wait to be sent, one behind the other.</summary>
internal sealed class FrameBuffer
{
    public const int HeadBytes = 9;
    private byte[] _bytes = new byte[64 << 10];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Puts a frame's head in and gives the place of its body, valid until the next call.</summary>
    public Span<byte> Add(FrameType type, byte flags, int stream, int length)
    {
        var all = Raw(HeadBytes + length);
        all[0] = (byte)(length >> 16);
        all[1] = (byte)(length >> 8);
        all[2] = (byte)length;
        all[3] = (byte)type;
        all[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(all[5..], stream);
        return all[HeadBytes..];
    }

    /// <summary>Place for bytes without a head.</summary>
    public Span<byte> Raw(int length)
    {
        if (_bytes.Length - Length < length)
        {
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, Length + length));
        }

        Length += length;
        return _bytes.AsSpan(Length - length, length);
    }

    public void Clear() => Length = 0;
}
