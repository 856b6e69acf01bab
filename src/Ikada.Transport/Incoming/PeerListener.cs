using System.Net;
using System.Net.Sockets;

namespace Ikada.Transport;

/// <summary>Accepts connections on one address.</summary>
internal sealed class PeerListener : IDisposable
{
    private readonly Socket _socket;
    private readonly Reception _reception;
    private readonly IncomingConnections _connections;

    /// <summary>Binds and listens.</summary>
    /// <exception cref="IOException">It cannot; names the address.</exception>
    public PeerListener(IPEndPoint endPoint, Reception reception, IncomingConnections connections)
    {
        _reception = reception;
        _connections = connections;
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(endPoint);
            _socket.Listen();
        }
        catch (SocketException error)
        {
            _socket.Dispose();
            var remedy = error.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? "another process listens there; stop it or choose another address"
                : "choose an address of this machine and a port you may use";
            throw new IOException($"cannot listen for peers on {endPoint}: {error.Message}; {remedy}", error);
        }

        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
    }

    /// <summary>Where it listens, with the port it got.</summary>
    public IPEndPoint EndPoint { get; }

    public void Dispose() => _socket.Dispose();

    public async Task RunAsync(CancellationToken stop)
    {
        TransportLog.Listening(_reception.Logger, EndPoint);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _socket.AcceptAsync(stop).ConfigureAwait(false);
                Take(socket);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException error)
            {
                // Out of file handles, say: it passes, and without the wait it would spin.
                TransportLog.CannotAccept(_reception.Logger, EndPoint, error.Message);
                await Task.Delay(_reception.Options.ReconnectDelayMax, stop)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Take(Socket socket)
    {
        IncomingConnection connection;
        try
        {
            connection = new IncomingConnection(socket, _reception);
        }
        catch (SocketException)
        {
            // Reset between its arrival and now.
            socket.Dispose();
            return;
        }

        if (!_connections.TryAdd(connection))
        {
            _reception.Refusals.Refused(
                connection.From,
                "TooMany",
                $"{_reception.Options.IncomingConnectionsMax} connections are open, which is the limit");
            connection.Abort();
            return;
        }

        connection.Start();
    }
}
