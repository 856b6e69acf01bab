using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Ikada.Server;

/// <summary>
/// One plain-text port that serves gRPC and HTTP/1.1. Kestrel cannot tell the two apart by itself without
/// TLS, so the port is two of its endpoints, and each connection goes to one of them by its first bytes.
/// </summary>
internal sealed class SniffedPort(IPEndPoint address)
{
    // A connection here is one that Kestrel is about to accept: the queue is short in practice.
    private const int WaitingConnectionsMax = 1024;

    /// <summary>Where to listen; port 0 lets the system choose.</summary>
    public IPEndPoint Address { get; } = address;

    public Channel<ConnectionContext> Http2Connections { get; } =
        Channel.CreateBounded<ConnectionContext>(WaitingConnectionsMax);

    public Channel<ConnectionContext> Http1Connections { get; } =
        Channel.CreateBounded<ConnectionContext>(WaitingConnectionsMax);

    /// <summary>The endpoint that owns the socket. Kestrel must bind it first.</summary>
    public EndPoint Http2 => new SniffedEndPoint(this, ownsSocket: true);

    /// <summary>The endpoint that gets what is not HTTP/2.</summary>
    public EndPoint Http1 => new SniffedEndPoint(this, ownsSocket: false);
}

/// <summary>One of the two endpoints of a port.</summary>
internal sealed class SniffedEndPoint(SniffedPort port, bool ownsSocket) : EndPoint
{
    public SniffedPort Port => port;

    public bool OwnsSocket => ownsSocket;

    public override string ToString() => $"{port.Address} ({(ownsSocket ? "HTTP/2" : "HTTP/1.1")})";
}
