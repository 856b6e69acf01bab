using System.Net.Sockets;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Wire;
using Microsoft.Extensions.Logging;

namespace Ikada.Transport;

/// <summary>Keeps a connection to one peer: dials, shakes hands, watches for its end, dials again.</summary>
internal sealed class PeerDialer : IDisposable
{
    private readonly TransportOptions _options;
    private readonly PeerConnector _connector;
    private readonly PeerHub _hub;
    private readonly ILogger _logger;
    private readonly SnapshotLane _snapshots;
    private readonly DialState _state;
    private readonly CancellationTokenSource _leave = new();
    private volatile PeerAddress _peer;
    private bool _lingers;
    private volatile OutgoingConnection? _current;
    private string _lastProblem = string.Empty;

    public PeerDialer(
        PeerAddress address,
        TransportOptions options,
        HandshakeRules rules,
        PeerTls? tls,
        PeerHub hub,
        ILogger logger)
    {
        (_peer, _options, _hub, _logger) = (address, options, hub, logger);
        _connector = new PeerConnector(options, rules, tls);
        _state = new DialState(options.Time);
        Traffic = hub.TrafficOf(address.Node);
        var aside = new PeerConnector(options, rules, tls, isAside: true);
        _snapshots = new SnapshotLane(() => _peer, options, aside, Traffic, hub, logger);
    }

    public PeerTraffic Traffic { get; }

    public bool IsConnected => _current is not null;

    /// <summary>What waits to be sent.</summary>
    public long QueueBytes => (_current?.QueueBytes ?? 0) + _snapshots.QueueBytes;

    /// <summary>The time to the peer's machine and back; null while it is not known.</summary>
    public TimeSpan? RoundTrip => _current?.RoundTrip;

    // The snapshots' offers and answers keep their place among the other messages: a piece leaves only once
    // its offer has been answered, so no piece can overtake what it depends on.
    public bool Send(GroupId group, in Message message, ReadOnlySpan<LogEntry> entries)
    {
        if (message.Type == MessageType.SnapshotPiece)
        {
            return _snapshots.Send(group, message, entries);
        }

        if (message.Type == MessageType.SnapshotOffer)
        {
            _snapshots.Prepare();
        }

        return _current?.Send(group, message, entries) ?? false;
    }

    public void Flush()
    {
        _current?.Flush();
        _snapshots.Flush();
    }

    /// <summary>How it stands now. From any thread.</summary>
    public PeerStatus Status()
    {
        var peer = _peer;
        return _state.Read(peer, _hub.IsIncoming(peer.Node));
    }

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
        var messages = KeepConnectedAsync(either.Token);
        var snapshots = _snapshots.RunAsync(either.Token);
        // Whichever ends early has failed, which is told at once.
        await (await Task.WhenAny(messages, snapshots).ConfigureAwait(false)).ConfigureAwait(false);
        await Task.WhenAll(messages, snapshots).ConfigureAwait(false);
    }

    private async Task KeepConnectedAsync(CancellationToken stop)
    {
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
        try
        {
            var (link, greeting) = await _connector.ConnectAsync(_peer, stop).ConfigureAwait(false);
            using (link)
            {
                await ServeAsync(link, greeting, stop).ConfigureAwait(false);
            }

            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }
        catch (ConnectException error)
        {
            Problem(error);
            return false;
        }
    }

    private async Task ServeAsync(PeerLink link, Greeting greeting, CancellationToken stop)
    {
        using var connection = new OutgoingConnection(
            Traffic, _peer.Node, link, _options, greeting, _hub, _logger, isAside: false);
        _lastProblem = string.Empty;
        var version = WireFormat.Versions.HighestCommon(greeting.Versions);
        _state.Connected(version);
        TransportLog.Connected(_logger, _peer.Node, _peer.EndPoint, version);
        _current = connection;
        _hub.Metrics.Opened(Traffic, isOutgoing: true, isAside: false);
        _hub.OutgoingOpened(_peer.Node);
        var reason = "the peer closed it";
        try
        {
            // The peer sends nothing more here: what ends the wait is the end of the connection.
            var count = await link.ReceiveAsync(new byte[1], stop).ConfigureAwait(false);
            reason = count == 0 ? reason : "the peer sent where it must be silent";
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or IOException)
        {
            reason = error.Message;
        }
        catch (OperationCanceledException)
        {
            reason = "we stop";
        }

        _current = null;
        _hub.Metrics.Failed(Traffic, ConnectException.Lost);
        _state.Failed(reason);
        TransportLog.OutgoingEnded(_logger, _peer.Node, _peer.EndPoint, reason);
    }

    private void Problem(ConnectException error)
    {
        var text = error.Message;
        _hub.Metrics.Failed(Traffic, error.Reason);
        _state.Failed(text);
        if (text == _lastProblem)
        {
            TransportLog.StillCannotConnect(_logger, _peer.Node, _peer.EndPoint, text);
            return;
        }

        _lastProblem = text;
        TransportLog.CannotConnect(_logger, _peer.Node, _peer.EndPoint, text);
    }

    private async Task WaitAsync(int failures, CancellationToken stop)
    {
        // Half to the whole of the doubled delay: two nodes that lost each other do not dial in step.
        var longest = Math.Min(
            _options.ReconnectDelayMin.TotalMilliseconds * Math.Pow(2, failures),
            _options.ReconnectDelayMax.TotalMilliseconds);
        var delay = longest * (0.5 + (Random.Shared.NextDouble() / 2));
        _state.Waits(TimeSpan.FromMilliseconds(delay));
        await Task.Delay(TimeSpan.FromMilliseconds(delay), stop)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _state.Dials();
    }
}
