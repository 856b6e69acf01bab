using Ikada.Consensus;
using System.Net;
using System.Net.Sockets;
using Ikada.Primitives;
using Ikada.Wire;
using Microsoft.Extensions.Logging;

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
    private readonly TransportOptions _options;
    private readonly HandshakeRules _rules;
    private readonly PeerHub _hub;
    private readonly ILogger _logger;
    private readonly FrameBuffer _buffer = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IncomingConnection(
        Socket socket, TransportOptions options, HandshakeRules rules, PeerHub hub, ILogger logger)
    {
        _socket = socket;
        _from = socket.RemoteEndPoint;
        _options = options;
        _rules = rules;
        _hub = hub;
        _logger = logger;
    }

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
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            TransportLog.Refused(_logger, _from, $"handshake broken off: {error.Message}");
        }
        finally
        {
            _socket.Dispose();
            _ended.TrySetResult();
        }
    }

    private FrameSender? ShakeHands()
    {
        SocketSettings.Apply(_socket, _options);
        _socket.ReceiveTimeout = _socket.SendTimeout = (int)_options.HandshakeTimeout.TotalMilliseconds;
        while (true)
        {
            // A message cannot be a peer's first word: until the hello is read, no more than it takes is
            // waited for.
            var reader = new FrameReader(_buffer.Unread, WireFormat.FrameBytesMaxLeast);
            if (reader.TryRead())
            {
                return Answer(ref reader);
            }

            if (reader.Error.Kind != WireErrorKind.Incomplete)
            {
                var reason = reader.Error.Kind == WireErrorKind.UnsupportedVersion
                    ? RejectReason.UnsupportedVersion
                    : RejectReason.NotAGreeting;
                return Refuse(NodeId.None, new Rejection(reason, reader.Error.Text));
            }

            if (!Receive(reader.BytesNeeded))
            {
                TransportLog.Refused(_logger, _from, "it closed before its hello");
                return null;
            }
        }
    }

    private FrameSender? Answer(ref FrameReader reader)
    {
        var header = reader.Header;
        if (header.Type == FrameType.Ask && _options.Answers is { } answers
            && reader.TryReadQuestion(out var question))
        {
            var tell = new Chunk();
            FrameWriter.WriteTell(
                tell, header.Group, _options.Self, header.Sender.Node, answers(header, question));
            SendAll(tell);
            return null;
        }

        if (header.Type != FrameType.Hello || !reader.TryReadGreeting(out var greeting))
        {
            return Refuse(header.Sender.Node, new Rejection(
                RejectReason.NotAGreeting, $"the first frame is {header.Type}: {reader.Error.Text}"));
        }

        if (_rules.Judge(header, greeting) is { } refusal)
        {
            return Refuse(header.Sender.Node, refusal);
        }

        var accept = new Chunk();
        FrameWriter.WriteAccept(
            accept,
            _options.Self,
            header.Sender.Node,
            Greeting.Create(_options.Cluster, _options.FrameBytesMax));
        SendAll(accept);
        _buffer.Read(header.LengthBytes);
        return header.Sender;
    }

    private FrameSender? Refuse(NodeId to, Rejection refusal)
    {
        TransportLog.Refused(_logger, _from, $"{refusal.Reason}: {refusal.Text}");
        var reject = new Chunk();
        FrameWriter.WriteReject(reject, _options.Self, to, refusal);
        SendAll(reject);
        return null;
    }

    private void Serve(FrameSender sender)
    {
        _socket.ReceiveTimeout = 0;
        TransportLog.Accepted(_logger, sender.Node, _from);
        _hub.IncomingOpened(sender.Node, this);
        string? breach = null;
        var reason = "the peer closed it";
        try
        {
            int needed;
            do
            {
                breach = HandOver(sender, out needed);
            }
            while (breach is null && Receive(needed));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            reason = error.Message;
        }

        // The node first, then the log: a lost leader's connection starts an election.
        _hub.IncomingClosed(sender.Node, this);
        if (breach is not null)
        {
            TransportLog.ProtocolBroken(_logger, sender.Node, _from, breach);
        }
        else
        {
            TransportLog.IncomingEnded(_logger, sender.Node, _from, reason);
        }
    }

    // Hands over every whole frame; returns what is wrong with the next one, or null when it is merely not
    // there yet.
    private string? HandOver(FrameSender sender, out int needed)
    {
        while (true)
        {
            var reader = new FrameReader(_buffer.Unread, _options.FrameBytesMax);
            if (!reader.TryRead())
            {
                needed = reader.BytesNeeded;
                return reader.Error.Kind == WireErrorKind.Incomplete ? null : reader.Error.Text;
            }

            needed = 0;
            var header = reader.Header;
            if (header.Sender != sender || header.To != _options.Self.Node)
            {
                return $"a frame from {header.Sender} to {header.To} came on the connection of {sender}";
            }

            if (!reader.TryReadMessage(out var message, out var entries))
            {
                return reader.Error.Text;
            }

            var process = new PeerIdentity(header.Sender.Incarnation, header.Sender.StartCount);
            _hub.Events.Received(header.Group, message, entries, process);
            _buffer.Read(header.LengthBytes);
        }
    }

    private bool Receive(int needed)
    {
        var count = _socket.Receive(_buffer.Room(needed).Span);
        _buffer.Received(count);
        return count > 0;
    }

    private void SendAll(Chunk chunk)
    {
        for (var rest = chunk.Written.Span; !rest.IsEmpty;)
        {
            rest = rest[_socket.Send(rest)..];
        }

        chunk.Release();
    }
}
