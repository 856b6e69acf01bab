using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Ikada.Wire;

namespace Ikada.Transport;

/// <summary>Makes a connection to a peer: finds its address, connects, starts TLS where it is set, shakes
/// hands.</summary>
internal sealed class PeerConnector(TransportOptions options, HandshakeRules rules, PeerTls? tls)
{
    private uint _attempts;

    /// <summary>The connection, ready for messages, and what the peer said of itself.</summary>
    /// <exception cref="OperationCanceledException">It was stopped, or took longer than it may.</exception>
    /// <exception cref="SocketException">It cannot be reached.</exception>
    /// <exception cref="IOException">The handshake failed; says why.</exception>
    /// <exception cref="AuthenticationException">TLS did; says why.</exception>
    public async Task<(PeerLink Link, Greeting Greeting)> ConnectAsync(
        PeerAddress peer, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(options.HandshakeTimeout);
        var link = await DialAsync(peer.EndPoint, limit.Token).ConfigureAwait(false);
        try
        {
            return (link, await GreetAsync(link, peer, limit.Token).ConfigureAwait(false));
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    /// <summary>The connection before the handshake, with TLS where it is set.</summary>
    /// <inheritdoc cref="ConnectAsync" path="/exception"/>
    public async Task<PeerLink> DialAsync(EndPoint address, CancellationToken stop)
    {
        var endPoint = await ResolveAsync(address, stop).ConfigureAwait(false);
        var link = new PeerLink(new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp))
        {
            EndPoint = endPoint,
        };
        try
        {
            SocketSettings.Apply(link.Socket, options);
            await link.Socket.ConnectAsync(endPoint, stop).ConfigureAwait(false);
            if (tls is not null)
            {
                link.Secure(await tls.DialledAsync(link.Socket, HostOf(address), stop).ConfigureAwait(false));
            }

            return link;
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    private static string HostOf(EndPoint address) => address switch
    {
        DnsEndPoint name => name.Host,
        IPEndPoint ip => ip.Address.ToString(),
        _ => string.Empty,
    };

    // A name may have several addresses and they may change: each attempt resolves it and takes the next one.
    private async Task<EndPoint> ResolveAsync(EndPoint address, CancellationToken stop)
    {
        if (address is not DnsEndPoint name)
        {
            return address;
        }

        try
        {
            var addresses = await Dns.GetHostAddressesAsync(name.Host, stop).ConfigureAwait(false);
            if (addresses.Length > 0)
            {
                return new IPEndPoint(addresses[_attempts++ % addresses.Length], name.Port);
            }
        }
        catch (SocketException error)
        {
            throw new IOException(
                $"the name '{name.Host}' does not resolve ({error.Message}); check its spelling and this "
                + "machine's DNS",
                error);
        }

        throw new IOException($"the name '{name.Host}' has no address; check its records in the DNS");
    }

    private async Task<Greeting> GreetAsync(PeerLink link, PeerAddress peer, CancellationToken stop)
    {
        var hello = new Chunk();
        FrameWriter.WriteHello(
            hello, options.Self, peer.Node, Greeting.Create(options.Cluster, options.FrameBytesMax));
        await link.SendAsync(hello.Written, stop).ConfigureAwait(false);
        hello.Release();
        var buffer = new FrameBuffer();
        while (true)
        {
            var room = buffer.Room(WireFormat.FrameBytesMaxLeast);
            var count = await link.ReceiveAsync(room, stop).ConfigureAwait(false);
            buffer.Received(count);
            if (TryReadAnswer(buffer.Unread, peer, out var greeting))
            {
                return greeting;
            }

            if (count == 0)
            {
                throw new IOException("it closed the connection without an answer");
            }
        }
    }

    private bool TryReadAnswer(ReadOnlySpan<byte> bytes, PeerAddress peer, out Greeting greeting)
    {
        greeting = default;
        var reader = new FrameReader(bytes, WireFormat.FrameBytesMaxLeast);
        if (!reader.TryRead())
        {
            return reader.Error.Kind == WireErrorKind.Incomplete
                ? false
                : throw new IOException(reader.Error.Text);
        }

        if (reader.Header.Type == FrameType.Reject)
        {
            throw new IOException(reader.TryReadRejection(out var rejection)
                ? $"it refuses us ({rejection.Reason}): {rejection.Text}"
                : reader.Error.Text);
        }

        if (reader.Header.Type != FrameType.Accept || !reader.TryReadGreeting(out greeting))
        {
            throw new IOException(
                $"it answered with a frame of type {reader.Header.Type}: {reader.Error.Text}");
        }

        if (reader.Header.Sender.Node != peer.Node)
        {
            throw new IOException($"node {reader.Header.Sender.Node} answers there, not node {peer.Node}");
        }

        return rules.Judge(reader.Header, greeting) is { } refusal
            ? throw new IOException($"we refuse it ({refusal.Reason}): {refusal.Text}")
            : true;
    }
}
