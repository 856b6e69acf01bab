using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ikada.Server;

/// <summary>Binds the endpoints of a <see cref="SniffedPort"/>, one real socket and two listeners, and plain
/// sockets for ports with TLS, where ALPN tells the protocol.</summary>
/// <param name="options">Kestrel's own: with others, buffers would be of a pool that keeps none.</param>
/// <param name="loggers">Take the logs.</param>
internal sealed class SniffingListenerFactory(
    IOptions<SocketTransportOptions> options, ILoggerFactory loggers)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory _sockets = new(options, loggers);

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
