using Ikada.Consensus;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Ikada.Primitives;
using Ikada.Wire;

namespace Ikada.Transport;

/// <summary>
/// A connection that a peer dialled. Its own thread waits in the receive call, decodes and hands over: no
/// thread lies between the kernel and the node's inbox. Whatever comes, the worst outcome is that this
/// connection closes.
/// </summary>
internal sealed class IncomingConnection
{
    private readonly Socket _socket;
    private readonly EndPoint? _from;
    private readonly Reception _reception;
    private readonly FrameBuffer _buffer = new();
    private SslStream? _tls;
    private Rejection? _refusal;
    private bool _isAside;
    private Deadline? _deadline;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IncomingConnection(Socket socket, Reception reception)
    {
        _socket = socket;
        _from = socket.RemoteEndPoint;
        _reception = reception;
    }

    public EndPoint? From => _from;

    /// <summary>Ends with the connection.</summary>
    public Task Ended => _ended.Task;

    public void Start() => new Thread(Run) { IsBackground = true, Name = "ikada-receive" }.Start();

    /// <summary>Makes the receive call return. From any thread, more than once.</summary>
    public void Abort()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Closed already, which is what is wanted.
            _ = error;
        }

        _socket.Dispose();
    }

    private void Run()
    {
        try
        {
            if (ShakeHands() is { } sender)
            {
                Serve(sender);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or IOException)
        {
            BrokenOff($"handshake broken off: {error.Message}");
        }
        catch (AuthenticationException error)
        {
            Log("TlsFailed", $"TLS could not be started: {error.Message} If it does not trust our "
                + "certificate, its log says why");
        }
        finally
        {
            _socket.Dispose();
            _tls?.Dispose();
            _ended.TrySetResult();
        }
    }

    private FrameSender? ShakeHands()
    {
        SocketSettings.Apply(_socket, _reception.Options);
        var timeout = _reception.Options.HandshakeTimeout;
        _socket.ReceiveTimeout = _socket.SendTimeout = (int)timeout.TotalMilliseconds;
        // The socket's limit begins anew with each byte: whoever sends one now and then would hold a place.
        using var deadline = _deadline = new Deadline(timeout, Abort);
        StartTls();
        while (true)
        {
            // A message cannot be a peer's first word: until the hello is read, no more than it takes is
            // waited for.
            var reader = new FrameReader(_buffer.Unread, WireFormat.FrameBytesMaxLeast);
            if (reader.TryRead() && deadline.TryMeet())
            {
                return Answer(ref reader);
            }

            if (reader.Error.Kind != WireErrorKind.Incomplete)
            {
                return Refuse(NodeId.None, NoHello(reader.Error));
            }

            if (!Receive(reader.BytesNeeded))
            {
                BrokenOff("it closed before its hello");
                return null;
            }
        }
    }

    // What is wrong is told once the hello is read: inside TLS where that stands, so that the other side can
    // log it.
    private void StartTls()
    {
        if (_reception.Tls is not { } tls)
        {
            return;
        }

        var first = new byte[1];
        if (_socket.Receive(first, SocketFlags.Peek) > 0 && first[0] != PeerTls.FirstByte)
        {
            _refusal = new Rejection(
                RejectReason.TlsRequired,
                $"node {_reception.Options.Self.Node} takes connections with TLS only and this one begins in "
                + "plain text: give all members TLS settings, or none");
            return;
        }

        _tls = tls.Accepted(_socket, out var problem);
        _refusal = problem is null ? null : new Rejection(
            RejectReason.CertificateRefused, $"node {_reception.Options.Self.Node} refuses: {problem}");
    }

    private Rejection NoHello(WireError error) =>
        error.Kind == WireErrorKind.UnsupportedVersion
            ? new Rejection(RejectReason.UnsupportedVersion, error.Text)
            : _tls is null && error.Kind == WireErrorKind.WrongMagic
                && _buffer.Unread[0] == PeerTls.FirstByte
            ? new Rejection(
                RejectReason.NotAGreeting,
                "it begins with TLS and this node takes plain text only: give all members TLS settings, or "
                + "none")
            : new Rejection(RejectReason.NotAGreeting, error.Text);

    private FrameSender? Answer(ref FrameReader reader)
    {
        var header = reader.Header;
        if (header.Type == FrameType.Ask)
        {
            Tell(ref reader);
            return null;
        }

        _isAside = header.Type == FrameType.SnapshotHello;
        if (header.Type != FrameType.Hello && !_isAside || !reader.TryReadGreeting(out var greeting))
        {
            return Refuse(header.Sender.Node, new Rejection(
                RejectReason.NotAGreeting, $"the first frame is {header.Type}: {reader.Error.Text}"));
        }

        if ((_refusal ?? _reception.Rules.Judge(header, greeting)) is { } refusal)
        {
            return Refuse(header.Sender.Node, refusal);
        }

        var accept = new Chunk();
        FrameWriter.WriteAccept(
            accept,
            _reception.Options.Self,
            header.Sender.Node,
            Greeting.Create(_reception.Options.Cluster, _reception.Options.FrameBytesMax));
        SendAll(accept);
        _buffer.Read(header.LengthBytes);
        return header.Sender;
    }

    // A question is the only frame of its connection.
    private void Tell(ref FrameReader reader)
    {
        var header = reader.Header;
        if (_refusal is { } unfit)
        {
            Refuse(header.Sender.Node, unfit);
        }
        else if (_reception.Options.Answers is { } answers && reader.TryReadQuestion(out var question))
        {
            var tell = new Chunk();
            FrameWriter.WriteTell(
                tell, header.Group, _reception.Options.Self, header.Sender.Node, answers(header, question));
            SendAll(tell);
        }
        else
        {
            Refuse(header.Sender.Node, new Rejection(
                RejectReason.NotAGreeting, $"this node does not answer the question. {reader.Error.Text}"));
        }
    }

    private FrameSender? Refuse(NodeId to, Rejection refusal)
    {
        Log(refusal.Reason.ToString(), refusal.Text);
        var reject = new Chunk();
        FrameWriter.WriteReject(reject, _reception.Options.Self, to, refusal);
        SendAll(reject);
        return null;
    }

    private void Serve(FrameSender sender)
    {
        _socket.ReceiveTimeout = 0;
        TransportLog.Accepted(_reception.Logger, sender.Node, _from);
        var traffic = _reception.Hub.TrafficOf(sender.Node);
        _reception.Hub.Metrics.Opened(traffic, isOutgoing: false, _isAside);
        _reception.Hub.IncomingOpened(sender.Node, this, _isAside);
        string? breach = null;
        var reason = "the peer closed it";
        try
        {
            int needed;
            do
            {
                breach = HandOver(sender, traffic, out needed);
            }
            while (breach is null && Receive(needed));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or IOException)
        {
            reason = error.Message;
        }

        // The node first, then the log: a lost leader's connection starts an election.
        _reception.Hub.IncomingClosed(sender.Node, this, _isAside);
        if (breach is not null)
        {
            TransportLog.ProtocolBroken(_reception.Logger, sender.Node, _from, breach);
        }
        else
        {
            TransportLog.IncomingEnded(_reception.Logger, sender.Node, _from, reason);
        }
    }

    // Hands over every whole frame; returns what is wrong with the next one, or null when it is merely not
    // there yet.
    private string? HandOver(FrameSender sender, PeerTraffic traffic, out int needed)
    {
        while (true)
        {
            var reader = new FrameReader(_buffer.Unread, _reception.Options.FrameBytesMax);
            if (!reader.TryRead())
            {
                needed = reader.BytesNeeded;
                return reader.Error.Kind == WireErrorKind.Incomplete ? null : reader.Error.Text;
            }

            needed = 0;
            var header = reader.Header;
            if (header.Sender != sender || header.To != _reception.Options.Self.Node)
            {
                return $"a frame from {header.Sender} to {header.To} came on the connection of {sender}";
            }

            if (!reader.TryReadMessage(out var message, out var entries))
            {
                return reader.Error.Text;
            }

            if (_isAside && message.Type != MessageType.SnapshotPiece)
            {
                return $"{message.Type} came on a connection for pieces of snapshots";
            }

            traffic.Received(header.LengthBytes);
            var process = new PeerIdentity(header.Sender.Incarnation, header.Sender.StartCount);
            _reception.Hub.Events.Received(header.Group, message, entries, process);
            _buffer.Read(header.LengthBytes);
        }
    }

    private bool Receive(int needed)
    {
        var room = _buffer.Room(needed).Span;
        var count = _tls is null ? _socket.Receive(room) : _tls.Read(room);
        _buffer.Received(count);
        return count > 0;
    }

    private void SendAll(Chunk chunk)
    {
        if (_tls is not null)
        {
            _tls.Write(chunk.Written.Span);
        }
        else
        {
            for (var rest = chunk.Written.Span; !rest.IsEmpty;)
            {
                rest = rest[_socket.Send(rest)..];
            }
        }

        chunk.Release();
    }

    private void BrokenOff(string how)
    {
        how = _deadline is { HasPassed: true }
            ? $"its hello was not there after {_reception.Options.HandshakeTimeout.TotalMilliseconds} ms, "
                + "which is the limit (HandshakeTimeout)"
            : how;
        // What was wrong with its certificate is the better reason, also for one that did not wait for it.
        if (_refusal is { } refusal)
        {
            Log(refusal.Reason.ToString(), refusal.Text);
        }
        else
        {
            // With TLS 1.3 we are through when the other side judges our certificate.
            Log("BrokenOff", _tls is null ? how
                : $"{how}; if it does not trust our certificate, its log says why");
        }
    }

    private void Log(string kind, string reason) => _reception.Refusals.Refused(_from, kind, reason);
}
