using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Watches;

/// <summary>
/// Many watch streams over one connection, by a client that does next to nothing: it speaks as much HTTP/2
/// as it must, and counts events instead of making objects of them. So what is measured is the server.
/// </summary>
internal sealed class WatchConnection : IAsyncDisposable
{
    private const int WindowMax = int.MaxValue;
    private const int WindowAtFirst = 65_535;
    private const int WindowStep = 64 << 20;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true, ReceiveBufferSize = 4 << 20,
    };

    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Dictionary<int, MessageCounter> _streams = [];
    private Task _receiving = Task.CompletedTask;
    private int _lastStream = -1;
    private int _unacknowledged;
    private long _created;
    private long _events;

    public long Created => Volatile.Read(ref _created);

    public long Events => Volatile.Read(ref _events);

    /// <summary>Why nothing is received any more; null while all is well.</summary>
    public string? Failure { get; private set; }

    public async Task OpenAsync(IPEndPoint server)
    {
        await _socket.ConnectAsync(server);
        using var first = new MemoryStream();
        first.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        Frame(first, 4, 0, 0, [.. Setting(2, 0), .. Setting(4, WindowMax)]);
        Frame(first, 8, 0, 0, Number(WindowMax - WindowAtFirst));
        await SendAsync(first);
        _receiving = Task.Run(ReceiveAsync);
    }

    /// <summary>Opens a stream with a watcher on each of the keys.</summary>
    public async Task WatchAsync(IEnumerable<string> keys)
    {
        var stream = _lastStream += 2;
        lock (_streams)
        {
            _streams.Add(stream, new MessageCounter());
        }

        using var frames = new MemoryStream();
        Frame(frames, 1, 4, stream, Headers());
        foreach (var key in keys)
        {
            var request = new WatchRequest
            {
                CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8(key) },
            }.ToByteArray();
            Frame(frames, 0, 0, stream, [0, .. Number(request.Length), .. request]);
        }

        await SendAsync(frames);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _receiving;
    }

    private byte[] Headers()
    {
        var address = Encoding.ASCII.GetBytes(_socket.RemoteEndPoint!.ToString()!);
        // POST, http, then literals without indexing: path, authority, content-type, te.
        return
        [
            0x83, 0x86,
            0x04, .. Text("/etcdserverpb.Watch/Watch"u8),
            0x01, .. Text(address),
            0x0F, 0x10, .. Text("application/grpc"u8),
            0x00, .. Text("te"u8), .. Text("trailers"u8),
        ];
    }

    private static byte[] Text(ReadOnlySpan<byte> text) => [(byte)text.Length, .. text];

    private static byte[] Setting(byte id, int value) => [0, id, .. Number(value)];

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static void Frame(MemoryStream to, byte type, byte flags, int stream, ReadOnlySpan<byte> body)
    {
        to.Write([
            (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, type, flags,
            .. Number(stream),
        ]);
        to.Write(body);
    }

    private async Task SendAsync(MemoryStream frames)
    {
        await _sending.WaitAsync();
        try
        {
            for (var rest = frames.GetBuffer().AsMemory(0, (int)frames.Length); !rest.IsEmpty;)
            {
                rest = rest[await _socket.SendAsync(rest)..];
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[1 << 20];
        var held = 0;
        try
        {
            while (await _socket.ReceiveAsync(buffer.AsMemory(held)) is > 0 and var received)
            {
                held += received;
                var at = 0;
                while (held - at >= 9 && held - at - 9 >= FrameLength(buffer.AsSpan(at)))
                {
                    var length = FrameLength(buffer.AsSpan(at));
                    await TakeAsync(buffer.AsMemory(at, 9 + length));
                    at += 9 + length;
                }

                buffer.AsSpan(at, held - at).CopyTo(buffer);
                held -= at;
            }

            Failure = "the server has closed the connection";
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException
            or InvalidDataException)
        {
            Failure = failure.Message;
        }
    }

    private static int FrameLength(ReadOnlySpan<byte> head) => (head[0] << 16) | (head[1] << 8) | head[2];

    private async Task TakeAsync(ReadOnlyMemory<byte> frame)
    {
        var (type, flags) = (frame.Span[3], frame.Span[4]);
        var stream = BinaryPrimitives.ReadInt32BigEndian(frame.Span[5..]) & int.MaxValue;
        using var answer = new MemoryStream();
        switch (type)
        {
            case 0:
                Count(stream, frame.Span[9..]);
                _unacknowledged += frame.Length - 9;
                if (_unacknowledged >= WindowStep)
                {
                    Frame(answer, 8, 0, 0, Number(_unacknowledged));
                    _unacknowledged = 0;
                }

                break;
            case 3 or 7:
                throw new InvalidDataException(
                    $"the server has ended stream {stream} (frame type {type}, {frame.Length} bytes)");
            case 1 when (flags & 1) != 0:
                throw new InvalidDataException($"the server has answered stream {stream} with an error");
            case 4 when (flags & 1) == 0:
                Frame(answer, 4, 1, 0, []);
                break;
            case 6 when (flags & 1) == 0:
                Frame(answer, 6, 1, 0, frame.Span[9..]);
                break;
            default:
                break;
        }

        if (answer.Length > 0)
        {
            await SendAsync(answer);
        }
    }

    private void Count(int stream, ReadOnlySpan<byte> data)
    {
        MessageCounter counter;
        lock (_streams)
        {
            counter = _streams[stream];
        }

        var (created, events) = counter.Take(data);
        Volatile.Write(ref _created, _created + created);
        Volatile.Write(ref _events, _events + events);
    }
}
