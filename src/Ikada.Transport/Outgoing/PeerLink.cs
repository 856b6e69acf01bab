using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Ikada.Transport;

/// <summary>A connection that we dialled, in plain text or through TLS.</summary>
internal sealed class PeerLink(Socket socket) : IDisposable
{
    private SslStream? _tls;

    public Socket Socket => socket;

    /// <summary>Where it leads: a name's address as well.</summary>
    public EndPoint? EndPoint { get; set; }

    /// <summary>Null: the connection is closed, or its kernel does not tell.</summary>
    public TimeSpan? RoundTrip => SocketSettings.RoundTrip(socket);

    /// <summary>All that follows goes through TLS.</summary>
    public void Secure(SslStream stream) => _tls = stream;

    public ByteSink OpenSink(Action completed) =>
        _tls is null ? new PlainSink(socket, completed) : new TlsSink(_tls, completed);

    public ValueTask<int> ReceiveAsync(Memory<byte> room, CancellationToken stop) =>
        _tls?.ReadAsync(room, stop) ?? socket.ReceiveAsync(room, stop);

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        if (_tls is not null)
        {
            await _tls.WriteAsync(bytes, stop).ConfigureAwait(false);
            return;
        }

        for (var rest = bytes; !rest.IsEmpty;)
        {
            rest = rest[await socket.SendAsync(rest, stop).ConfigureAwait(false)..];
        }
    }

    public void Dispose()
    {
        // The socket first: a write that waits for the other side ends with it.
        socket.Dispose();
        _tls?.Dispose();
    }
}
