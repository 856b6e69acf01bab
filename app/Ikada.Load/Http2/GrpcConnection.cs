using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;

namespace Ikada.Load.Http2;

/// <summary>
/// One HTTP/2 connection that carries many calls, and costs as little as it can: frames are written as they
/// are
/// into one buffer, all answers that one read gives are handled before what they gave rise to is sent by one
/// write, and whoever receives blocks in the read. What is not understood ends the connection.
/// </summary>
public sealed class GrpcConnection : IDisposable
{
    private const int BufferBytes = 256 << 10;
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly Lock _gate = new();
    private readonly FrameBuffer _out = new();
    private readonly byte[] _in = new byte[BufferBytes];
    private readonly Streams _streams;
    private readonly FrameReader _reader;
    private int _inLength;
    private volatile bool _isClosing;

    private GrpcConnection(GrpcTarget target, Socket socket, Stream stream)
    {
        Target = target;
        (_socket, _stream) = (socket, stream);
        _streams = new Streams(new RequestHeaders(target.Authority, target.Tls is not null), _out);
        _reader = new FrameReader(_streams, _out);
    }

    public GrpcTarget Target { get; }

    /// <summary>Connects, and waits until the server has told its settings.</summary>
    /// <exception cref="GrpcConnectionException">It cannot be reached, or does not speak HTTP/2.</exception>
    public static GrpcConnection Open(GrpcTarget target, TimeSpan timeout)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true, ReceiveTimeout = (int)timeout.TotalMilliseconds,
        };
        try
        {
            socket.Connect(target.Host, target.Port);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (target.Tls is { } options)
            {
                var secured = new SslStream(stream);
                secured.AuthenticateAsClient(options);
                stream = secured;
            }

            var connection = new GrpcConnection(target, socket, stream);
            connection.Greet();
            socket.ReceiveTimeout = 0;
            return connection;
        }
        catch (Exception failure) when (failure is SocketException or IOException
            or System.Security.Authentication.AuthenticationException)
        {
            socket.Dispose();
            throw new GrpcConnectionException($"{target}: {failure.Message}", failure);
        }
    }

    /// <summary>Begins a call; it is on its way after the next <see cref="Flush"/>, or once the server has
    /// room
    /// for one more. Within what a call is told, no flush is needed.</summary>
    /// <param name="method">What is called.</param>
    /// <param name="message">Its message, which is copied.</param>
    /// <param name="call">Is told of the answer.</param>
    /// <param name="isLast">Whether no further message follows.</param>
    public void Begin(GrpcMethod method, ReadOnlySpan<byte> message, GrpcCall call, bool isLast = true)
    {
        lock (_gate)
        {
            _streams.Begin(method, message, call, isLast);
        }
    }

    /// <summary>One more message of a call that was begun without being the last.</summary>
    public void Continue(ReadOnlySpan<byte> message, GrpcCall call)
    {
        lock (_gate)
        {
            _streams.Send(message, call, isLast: false);
        }
    }

    /// <summary>Sends what was begun.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_out.Length > 0)
            {
                _stream.Write(_out.Written);
                _out.Clear();
            }
        }
    }

    /// <summary>Waits for bytes and handles what is complete; false once <see cref="Close"/> was
    /// called.</summary>
    /// <exception cref="GrpcConnectionException">The connection is lost, or the server ends it.</exception>
    public bool Receive()
    {
        try
        {
            var read = _stream.Read(_in, _inLength, _in.Length - _inLength);
            if (_isClosing)
            {
                return false;
            }

            if (read == 0)
            {
                throw new GrpcConnectionException($"{Target} has closed the connection");
            }

            _inLength += read;
            lock (_gate)
            {
                var used = _reader.Take(_in.AsSpan(0, _inLength));
                _in.AsSpan(used, _inLength - used).CopyTo(_in);
                _inLength -= used;
                Flush();
            }

            return true;
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            return _isClosing ? false
                : throw new GrpcConnectionException($"{Target}: {failure.Message}", failure);
        }
    }

    /// <summary>Wakes who receives, for good.</summary>
    public void Close()
    {
        _isClosing = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The server was first: it is closed all the same.
            _socket.Close();
        }
    }

    public void Dispose()
    {
        _isClosing = true;
        _stream.Dispose();
    }

    private void Greet()
    {
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.CopyTo(_out.Raw(24));
        // No pushes (2), and windows (4) so large that the server never waits for us.
        var settings = _out.Add(FrameType.Settings, 0, 0, 12);
        BinaryPrimitives.WriteInt16BigEndian(settings, 2);
        BinaryPrimitives.WriteInt32BigEndian(settings[2..], 0);
        BinaryPrimitives.WriteInt16BigEndian(settings[6..], 4);
        BinaryPrimitives.WriteInt32BigEndian(settings[8..], int.MaxValue);
        BinaryPrimitives.WriteInt32BigEndian(
            _out.Add(FrameType.WindowUpdate, 0, 0, 4), int.MaxValue - Streams.WindowAtFirst);
        Flush();
        while (!_reader.HasSettings)
        {
            if (!Receive())
            {
                throw new GrpcConnectionException($"{Target}: closed before it was open");
            }
        }
    }
}
