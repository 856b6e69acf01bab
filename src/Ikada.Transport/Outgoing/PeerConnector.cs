using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Ikada.Wire;

namespace Ikada.Transport;

/// <summary>Makes a connection to a peer: finds its address, connects, starts TLS where it is set, shakes
/// hands.</summary>
internal sealed class PeerConnector(
    TransportOptions options, HandshakeRules rules, PeerTls? tls, bool isAside = false)
{
    private uint _attempts;

    /// <summary>The connection, ready for messages, and what the peer said of itself.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="ConnectException">It failed; says why.</exception>
    public async Task<(PeerLink Link, Greeting Greeting)> ConnectAsync(
        PeerAddress peer, CancellationToken stop)
    {
        try
        {
            return await TryConnectAsync(peer, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new ConnectException(
                ConnectException.TimedOut,
                $"no answer within {options.HandshakeTimeout.TotalMilliseconds} ms");
        }
        catch (SocketException error)
        {
            throw new ConnectException(ConnectException.Connect, error.Message, error);
        }
        catch (AuthenticationException error)
        {
            throw new ConnectException(ConnectException.Tls, error.Message, error);
        }
        catch (Exception error) when (error is IOException and not ConnectException
            or ObjectDisposedException)
        {
            throw new ConnectException(ConnectException.Handshake, error.Message, error);
        }
    }

    private async Task<(PeerLink Link, Greeting Greeting)> TryConnectAsync(
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
            throw new ConnectException(
                ConnectException.Name,
                $"the name '{name.Host}' does not resolve ({error.Message}); check its spelling and this "
                + "machine's DNS",
                error);
        }

        throw new ConnectException(
            ConnectException.Name, $"the name '{name.Host}' has no address; check its records in the DNS");
    }

    private async Task<Greeting> GreetAsync(PeerLink link, PeerAddress peer, CancellationToken stop)
    {
        var hello = new Chunk();
        var greeting = Greeting.Create(options.Cluster, options.FrameBytesMax);
        if (isAside)
        {
            FrameWriter.WriteSnapshotHello(hello, options.Self, peer.Node, greeting);
        }
        else
        {
            FrameWriter.WriteHello(hello, options.Self, peer.Node, greeting);
        }

        await link.SendAsync(hello.Written, stop).ConfigureAwait(false);
        hello.Release();
        var buffer = new FrameBuffer();
        while (true)
        {
            var room = buffer.Room(WireFormat.FrameBytesMaxLeast);
            var count = await link.ReceiveAsync(room, stop).ConfigureAwait(false);
            buffer.Received(count);
            if (TryReadAnswer(buffer.Unread, peer, out var answer))
            {
                return answer;
            }

            if (count == 0)
            {
                throw Unfit("it closed the connection without an answer");
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
                : throw Unfit(reader.Error.Text);
        }

        if (reader.Header.Type == FrameType.Reject)
        {
            throw reader.TryReadRejection(out var rejection)
                ? new ConnectException(
                    ConnectException.Refused, $"it refuses us ({rejection.Reason}): {rejection.Text}")
                : Unfit(reader.Error.Text);
        }

        if (reader.Header.Type != FrameType.Accept || !reader.TryReadGreeting(out greeting))
        {
            throw Unfit($"it answered with a frame of type {reader.Header.Type}: {reader.Error.Text}");
        }

        if (reader.Header.Sender.Node != peer.Node)
        {
            throw Unfit($"node {reader.Header.Sender.Node} answers there, not node {peer.Node}");
        }

        return rules.Judge(reader.Header, greeting) is { } refusal
            ? throw Unfit($"we refuse it ({refusal.Reason}): {refusal.Text}")
            : true;
    }

    private static ConnectException Unfit(string message) => new(ConnectException.Handshake, message);
}
