using System.Net;
using System.Net.Sockets;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Wire;
using Microsoft.Extensions.Logging;

namespace Ikada.Transport;

/// <summary>Keeps a connection to one peer: dials, shakes hands, watches for its end, dials again.</summary>
internal sealed class PeerDialer(
    PeerAddress address, TransportOptions options, HandshakeRules rules, PeerHub hub, ILogger logger)
    : IDisposable
{
    private readonly CancellationTokenSource _leave = new();
    private volatile PeerAddress _peer = address;
    private bool _lingers;
    private volatile OutgoingConnection? _current;
    private string _lastProblem = string.Empty;
    private uint _attempts;

    public bool Send(GroupId group, in Message message, ReadOnlySpan<LogEntry> entries) =>
        _current?.Send(group, message, entries) ?? false;

    public void Flush() => _current?.Flush();

    /// <summary>After <see cref="RunAsync"/> has ended.</summary>
    public void Dispose() => _leave.Dispose();

    /// <summary>Whether the time of a member that left is over: it is not dialled any more.</summary>
    public bool HasEnded => _leave.IsCancellationRequested;

    /// <summary>The peer is reached elsewhere from now on. A connection that stands is left alone.</summary>
    public void Redirect(PeerAddress other) => _peer = other;

    /// <summary>The peer left the membership: after <paramref name="time"/> it is served no more. Null: it is
    /// a member (again).</summary>
    public void Linger(TimeSpan? time)
    {
        if (_lingers != time.HasValue)
        {
            _lingers = time.HasValue;
            _leave.CancelAfter(time ?? Timeout.InfiniteTimeSpan);
        }
    }

    public async Task RunAsync(CancellationToken stopAll)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopAll, _leave.Token);
        var stop = either.Token;
        var failures = 0;
        while (!stop.IsCancellationRequested)
        {
            if (await TryServeAsync(stop).ConfigureAwait(false))
            {
                failures = 0;
            }
            else
            {
                failures = Math.Min(failures + 1, 30);
            }

            await WaitAsync(failures, stop).ConfigureAwait(false);
        }
    }

    // True: there was a connection. It has ended.
    private async Task<bool> TryServeAsync(CancellationToken stop)
    {
        Socket? socket = null;
        try
        {
            var endPoint = await ResolveAsync(stop).ConfigureAwait(false);
            socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            var greeting = await ConnectAsync(socket, endPoint, stop).ConfigureAwait(false);
            await ServeAsync(socket, greeting, stop).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            Problem($"no answer within {options.HandshakeTimeout.TotalMilliseconds} ms");
            return false;
        }
        catch (Exception error) when (error is SocketException or IOException or ObjectDisposedException)
        {
            Problem(error.Message);
            return false;
        }
        finally
        {
            socket?.Dispose();
        }
    }

    // A name may have several addresses and they may change: each attempt resolves it and takes the next one.
    private async Task<EndPoint> ResolveAsync(CancellationToken stop)
    {
        if (_peer.EndPoint is not DnsEndPoint name)
        {
            return _peer.EndPoint;
        }

        var addresses = await Dns.GetHostAddressesAsync(name.Host, stop).ConfigureAwait(false);
        return addresses.Length == 0
            ? throw new IOException($"{name.Host} has no address")
            : new IPEndPoint(addresses[_attempts++ % addresses.Length], name.Port);
    }

    private async Task<Greeting> ConnectAsync(Socket socket, EndPoint endPoint, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(options.HandshakeTimeout);
        SocketSettings.Apply(socket, options);
        await socket.ConnectAsync(endPoint, limit.Token).ConfigureAwait(false);
        // TLS will start here, and on the other side before the hello is read.
        var hello = new Chunk();
        FrameWriter.WriteHello(
            hello, options.Self, _peer.Node, Greeting.Create(options.Cluster, options.FrameBytesMax));
        for (var rest = hello.Written; !rest.IsEmpty;)
        {
            rest = rest[await socket.SendAsync(rest, limit.Token).ConfigureAwait(false)..];
        }

        hello.Release();
        var buffer = new FrameBuffer();
        while (true)
        {
            var room = buffer.Room(WireFormat.FrameBytesMaxLeast);
            var count = await socket.ReceiveAsync(room, limit.Token).ConfigureAwait(false);
            buffer.Received(count);
            if (TryReadAnswer(buffer.Unread, out var greeting))
            {
                return greeting;
            }

            if (count == 0)
            {
                throw new IOException("it closed the connection without an answer");
            }
        }
    }

    private bool TryReadAnswer(ReadOnlySpan<byte> bytes, out Greeting greeting)
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

        if (reader.Header.Sender.Node != _peer.Node)
        {
            throw new IOException($"node {reader.Header.Sender.Node} answers there, not node {_peer.Node}");
        }

        return rules.Judge(reader.Header, greeting) is { } refusal
            ? throw new IOException($"we refuse it ({refusal.Reason}): {refusal.Text}")
            : true;
    }

    private async Task ServeAsync(Socket socket, Greeting greeting, CancellationToken stop)
    {
        using var connection = new OutgoingConnection(_peer.Node, socket, options, greeting, hub, logger);
        _lastProblem = string.Empty;
        TransportLog.Connected(logger, _peer.Node, _peer.EndPoint);
        _current = connection;
        hub.OutgoingOpened(_peer.Node);
        var reason = "the peer closed it";
        try
        {
            // The peer sends nothing more here: what ends the wait is the end of the connection.
            var count = await socket.ReceiveAsync(new byte[1], stop).ConfigureAwait(false);
            reason = count == 0 ? reason : "the peer sent where it must be silent";
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            reason = error.Message;
        }
        catch (OperationCanceledException)
        {
            reason = "we stop";
        }

        _current = null;
        TransportLog.OutgoingEnded(logger, _peer.Node, _peer.EndPoint, reason);
    }

    private void Problem(string text)
    {
        if (text == _lastProblem)
        {
            TransportLog.StillCannotConnect(logger, _peer.Node, _peer.EndPoint, text);
            return;
        }

        _lastProblem = text;
        TransportLog.CannotConnect(logger, _peer.Node, _peer.EndPoint, text);
    }

    private async Task WaitAsync(int failures, CancellationToken stop)
    {
        // Half to the whole of the doubled delay: two nodes that lost each other do not dial in step.
        var longest = Math.Min(
            options.ReconnectDelayMin.TotalMilliseconds * Math.Pow(2, failures),
            options.ReconnectDelayMax.TotalMilliseconds);
        var delay = longest * (0.5 + (Random.Shared.NextDouble() / 2));
        await Task.Delay(TimeSpan.FromMilliseconds(delay), stop)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
