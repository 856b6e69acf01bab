using System.Buffers;
using System.Buffers.Binary;

namespace Ikada.Server;

/// <summary>The frame of a gRPC message: whether it is compressed, its length in four bytes, the
/// message.</summary>
internal readonly struct MessageFrame
{
    private const int HeadBytes = 5;
    private readonly ReadOnlySequence<byte> _buffer;

    public MessageFrame(in ReadOnlySequence<byte> buffer)
    {
        _buffer = buffer;
        if (buffer.Length >= HeadBytes)
        {
            Span<byte> head = stackalloc byte[HeadBytes];
            buffer.Slice(0, HeadBytes).CopyTo(head);
            HasHead = true;
            IsCompressed = head[0] != 0;
            Length = BinaryPrimitives.ReadUInt32BigEndian(head[1..]);
        }
    }

    public bool HasHead { get; }

    public bool IsCompressed { get; }

    /// <summary>Of the message.</summary>
    public long Length { get; }

    public bool IsWhole => HasHead && _buffer.Length >= HeadBytes + Length;

    /// <summary>Whether something follows it.</summary>
    public bool HasMore => _buffer.Length > HeadBytes + Length;

    public ReadOnlySequence<byte> Message => _buffer.Slice(HeadBytes, Length);

    /// <summary>Writes what stands before an uncompressed message.</summary>
    public static void WriteHead(IBufferWriter<byte> to, int length)
    {
        var head = to.GetSpan(HeadBytes);
        head[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(head[1..], (uint)length);
        to.Advance(HeadBytes);
    }
}
