using System.Buffers.Binary;
using System.Text;

namespace Ikada.Load.Http2;

/// <summary>Takes the frames that a server sends, and answers those that want an answer.</summary>
internal sealed class FrameReader(Streams streams, FrameBuffer to)
{
    private const int ConnectionStep = 16 << 20;
    private const int StreamStep = 1 << 30;
    private readonly ResponseHeaders _headers = new();
    private int _received;

    /// <summary>Whether the server has told its settings.</summary>
    public bool HasSettings { get; private set; }

    /// <summary>Handles all frames that are complete; how many bytes they were.</summary>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (bytes.Length - at >= FrameBuffer.HeadBytes)
        {
            var head = bytes[at..];
            var length = (head[0] << 16) | (head[1] << 8) | head[2];
            if (head.Length - FrameBuffer.HeadBytes < length)
            {
                break;
            }

            var stream = BinaryPrimitives.ReadInt32BigEndian(head[5..]) & int.MaxValue;
            TakeFrame((FrameType)head[3], head[4], stream, head.Slice(FrameBuffer.HeadBytes, length));
            at += FrameBuffer.HeadBytes + length;
        }

        return at;
    }

    private void TakeFrame(FrameType type, byte flags, int stream, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case FrameType.Data:
                TakeData(flags, stream, body);
                break;
            case FrameType.Headers:
                TakeHeaders(flags, stream, body);
                break;
            case FrameType.Reset:
                if (streams.Find(stream) is { } reset)
                {
                    streams.End(reset, $"reset by the server, code {Code(body)}");
                }

                break;
            case FrameType.Settings when (flags & FrameFlags.Acknowledges) == 0:
                streams.Set(body);
                to.Add(FrameType.Settings, FrameFlags.Acknowledges, 0, 0);
                HasSettings = true;
                break;
            case FrameType.Ping when (flags & FrameFlags.Acknowledges) == 0:
                body.CopyTo(to.Add(FrameType.Ping, FrameFlags.Acknowledges, 0, body.Length));
                break;
            case FrameType.GoAway:
                throw new GrpcConnectionException(
                    $"the server ends the connection, code {Code(body[4..])}: "
                    + Encoding.UTF8.GetString(body[8..]));
            case FrameType.WindowUpdate:
                streams.Grant(stream, (int)Code(body));
                break;
            case FrameType.PushPromise or FrameType.Continuation:
                throw new GrpcConnectionException($"the server has sent a frame of type {type}");
            default:
                // Acknowledgements, priorities, and kinds that RFC 9113 bids us ignore.
                break;
        }
    }

    private void TakeData(byte flags, int stream, ReadOnlySpan<byte> body)
    {
        _received += body.Length;
        if (_received >= ConnectionStep)
        {
            Give(0, _received);
            _received = 0;
        }

        if (streams.Find(stream) is not { } call)
        {
            return; // of a call that was reset
        }

        call.Received += body.Length;
        if (call.Received >= StreamStep)
        {
            Give(stream, call.Received);
            call.Received = 0;
        }

        call.Take(Unpadded(flags, body));
        if ((flags & FrameFlags.EndStream) != 0)
        {
            streams.End(call, "the answer ended without a status");
        }
    }

    private void TakeHeaders(byte flags, int stream, ReadOnlySpan<byte> body)
    {
        if ((flags & FrameFlags.EndHeaders) == 0)
        {
            throw new GrpcConnectionException("the server has sent headers of more than one frame");
        }

        body = Unpadded(flags, body);
        _headers.Read((flags & FrameFlags.Prioritized) != 0 ? body[5..] : body);
        if ((flags & FrameFlags.EndStream) == 0)
        {
            return;
        }

        if (streams.Find(stream) is { } call)
        {
            streams.End(call, Error());
        }
    }

    private string? Error() => _headers switch
    {
        { GrpcStatus: "0" } => null,
        { GrpcStatus: { } status } =>
            $"status {status}: {Uri.UnescapeDataString(_headers.GrpcMessage ?? "")}",
        { HttpStatus: { } status } => $"HTTP status {status}",
        _ => "the answer ended without a status",
    };

    private void Give(int stream, int bytes) =>
        BinaryPrimitives.WriteInt32BigEndian(to.Add(FrameType.WindowUpdate, 0, stream, 4), bytes);

    private static ReadOnlySpan<byte> Unpadded(byte flags, ReadOnlySpan<byte> body) =>
        (flags & FrameFlags.Padded) == 0 ? body : body[1..^body[0]];

    private static uint Code(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
