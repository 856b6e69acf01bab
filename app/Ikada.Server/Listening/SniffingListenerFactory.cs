using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ikada.Server;

/// <summary>Binds the endpoints of a <see cref="SniffedPort"/>, one real socket and two listeners, and plain
/// sockets for ports with TLS, where ALPN tells the protocol.</summary>
internal sealed class SniffingListenerFactory(ILoggerFactory loggers)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory _sockets = new(
        Options.Create(new SocketTransportOptions()), loggers);

    public bool CanBind(EndPoint endpoint) => endpoint is SniffedEndPoint or IPEndPoint;

    public async ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        return endpoint is not SniffedEndPoint sniffed ? await _sockets.BindAsync(endpoint, cancellationToken)
            : sniffed.OwnsSocket
            ? new SniffingListener(
                await _sockets.BindAsync(sniffed.Port.Address, cancellationToken), sniffed.Port)
            : new HandedListener(endpoint, sniffed.Port.Http1Connections);
    }
}
