using System.Buffers.Binary;

namespace Ikada.Load.Http2;

/// <summary>The calls of one connection, and what the server lets them send.</summary>
internal sealed class Streams(RequestHeaders headers, FrameBuffer to)
{
    public const int WindowAtFirst = 65_535;
    private const int PrefixBytes = 5;
    private const int LastStream = int.MaxValue - 2;
    private readonly Dictionary<int, GrpcCall> _open = [];

    // Calls beyond what the server takes at once, and bytes beyond what it takes now, in their order.
    private readonly Queue<(GrpcMethod Method, byte[] Message, GrpcCall Call, bool IsLast)> _waiting = [];
    private readonly List<Held> _held = [];
    private int _streamWindow = WindowAtFirst;
    private int _window = WindowAtFirst;
    private int _frameMax = 16_384;
    private uint _openMax = uint.MaxValue;
    private int _next = 1;

    public void Begin(GrpcMethod method, ReadOnlySpan<byte> message, GrpcCall call, bool isLast)
    {
        if (_open.Count >= _openMax)
        {
            _waiting.Enqueue((method, message.ToArray(), call, isLast));
            return;
        }

        if (_next > LastStream)
        {
            throw new GrpcConnectionException("the connection has carried all the calls that it can");
        }

        call.Begin(_next, _streamWindow);
        _next += 2;
        _open.Add(call.Stream, call);
        var block = headers.Of(method);
        block.CopyTo(to.Add(FrameType.Headers, FrameFlags.EndHeaders, call.Stream, block.Length));
        Send(message, call, isLast);
    }

    public void Send(ReadOnlySpan<byte> message, GrpcCall call, bool isLast)
    {
        if (call.Stream == 0)
        {
            throw new InvalidOperationException("the call is not under way");
        }

        var length = PrefixBytes + message.Length;
        if (_held.Count == 0 && length <= _frameMax && length <= _window && length <= call.SendWindow)
        {
            var flags = isLast ? FrameFlags.EndStream : (byte)0;
            WriteMessage(to.Add(FrameType.Data, flags, call.Stream, length), message);
            _window -= length;
            call.SendWindow -= length;
            return;
        }

        var bytes = new byte[length];
        WriteMessage(bytes, message);
        _held.Add(new Held(call, call.Stream, bytes, isLast));
        SendHeld();
    }

    /// <summary>The call of a stream; null if it is over.</summary>
    public GrpcCall? Find(int stream) => _open.GetValueOrDefault(stream);

    public void End(GrpcCall call, string? error)
    {
        _open.Remove(call.Stream);
        call.Stream = 0;
        call.OnEnd(error);
        while (_waiting.Count > 0 && _open.Count < _openMax)
        {
            var (method, message, waiting, isLast) = _waiting.Dequeue();
            Begin(method, message, waiting, isLast);
        }
    }

    /// <summary>What the server tells of itself.</summary>
    public void Set(ReadOnlySpan<byte> settings)
    {
        for (; settings.Length >= 6; settings = settings[6..])
        {
            var value = BinaryPrimitives.ReadUInt32BigEndian(settings[2..]);
            switch (BinaryPrimitives.ReadUInt16BigEndian(settings))
            {
                case 1 when value < 1024:
                    throw new GrpcConnectionException(
                        $"the server keeps a table of {value} bytes for headers; 1024 are needed");
                case 3:
                    _openMax = value;
                    break;
                case 4:
                    foreach (var call in _open.Values)
                    {
                        call.SendWindow += (int)value - _streamWindow;
                    }

                    _streamWindow = (int)value;
                    SendHeld();
                    break;
                case 5:
                    _frameMax = (int)value;
                    break;
                default:
                    break;
            }
        }
    }

    public void Grant(int stream, int bytes)
    {
        if (stream == 0)
        {
            _window += bytes;
        }
        else if (Find(stream) is { } call)
        {
            call.SendWindow += bytes;
        }

        SendHeld();
    }

    // The connection's window goes to who has waited longest; a stream without a window of its own holds up
    // nobody else.
    private void SendHeld()
    {
        for (var i = 0; i < _held.Count && _window > 0;)
        {
            var held = _held[i];
            if (held.Call.Stream != held.Stream)
            {
                // It ended before all of it was sent.
                _held.RemoveAt(i);
                continue;
            }

            while (held.Left > 0 && Math.Min(_window, held.Call.SendWindow) is > 0 and var window)
            {
                var length = Math.Min(Math.Min(window, _frameMax), held.Left);
                var ends = held.IsLast && length == held.Left;
                held.Bytes.AsSpan(held.Sent, length).CopyTo(to.Add(
                    FrameType.Data, ends ? FrameFlags.EndStream : (byte)0, held.Stream, length));
                held.Sent += length;
                held.Call.SendWindow -= length;
                _window -= length;
            }

            if (held.Left > 0)
            {
                i++;
            }
            else
            {
                _held.RemoveAt(i);
            }
        }
    }

    private static void WriteMessage(Span<byte> place, ReadOnlySpan<byte> message)
    {
        place[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(place[1..], message.Length);
        message.CopyTo(place[PrefixBytes..]);
    }

    private sealed record Held(GrpcCall Call, int Stream, byte[] Bytes, bool IsLast)
    {
        public int Sent { get; set; }

        public int Left => Bytes.Length - Sent;
    }
}
