using System.Net.Sockets;
using System.Threading.Channels;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Wire;
using Microsoft.Extensions.Logging;

namespace Ikada.Transport;

/// <summary>
/// The connection to one peer that carries the pieces of snapshots and nothing else, so that no heartbeat or
/// append waits behind them. Opened when there is something to send, closed when it has been idle for a
/// while. Its end is no event: pieces that are lost with it are asked for again, and it says nothing of
/// whether the peer lives.
/// </summary>
internal sealed class SnapshotLane(
    Func<PeerAddress> address,
    TransportOptions options,
    PeerConnector connector,
    PeerTraffic traffic,
    PeerHub hub,
    ILogger logger)
{
    private readonly Channel<bool> _wanted = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private volatile OutgoingConnection? _current;
    private long _usedAt;
    private string _lastProblem = string.Empty;

    public long QueueBytes => _current?.QueueBytes ?? 0;

    /// <summary>Pieces will be sent soon. From the consensus thread.</summary>
    public void Prepare()
    {
        Volatile.Write(ref _usedAt, options.Time.GetTimestamp());
        if (_current is null)
        {
            // One wish is enough, so that a second one is dropped.
            _wanted.Writer.TryWrite(true);
        }
    }

    /// <summary>Queues a piece. False: it is not queued; where there is no connection, one is being
    /// made. From the consensus thread.</summary>
    public bool Send(GroupId group, in Message message, ReadOnlySpan<LogEntry> entries)
    {
        Prepare();
        return _current?.Send(group, message, entries) ?? false;
    }

    public void Flush() => _current?.Flush();

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Task wanted = _wanted.Reader.WaitToReadAsync(stop).AsTask();
            await wanted.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _wanted.Reader.TryRead(out _);
            if (!stop.IsCancellationRequested && !await TryServeAsync(stop).ConfigureAwait(false))
            {
                await Task.Delay(options.ReconnectDelayMax, stop)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> TryServeAsync(CancellationToken stop)
    {
        var peer = address();
        try
        {
            var (link, greeting) = await connector.ConnectAsync(peer, stop).ConfigureAwait(false);
            using (link)
            {
                await ServeAsync(peer, link, greeting, stop).ConfigureAwait(false);
            }

            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }
        catch (ConnectException error)
        {
            hub.Metrics.Failed(traffic, error.Reason);
            if (error.Message != _lastProblem)
            {
                _lastProblem = error.Message;
                TransportLog.CannotSendSnapshots(logger, peer.Node, peer.EndPoint, error.Message);
            }

            return false;
        }
    }

    private async Task ServeAsync(
        PeerAddress peer, PeerLink link, Greeting greeting, CancellationToken stop)
    {
        using var connection =
            new OutgoingConnection(traffic, peer.Node, link, options, greeting, hub, logger, isAside: true);
        _lastProblem = string.Empty;
        hub.Metrics.Opened(traffic, isOutgoing: true, isAside: true);
        TransportLog.SnapshotsOpened(logger, peer.Node, peer.EndPoint);
        _current = connection;
        // What was wanted is here now.
        _wanted.Reader.TryRead(out _);
        var reason = await WaitForEndAsync(link, stop).ConfigureAwait(false);
        _current = null;
        TransportLog.SnapshotsClosed(logger, peer.Node, peer.EndPoint, reason);
    }

    private async Task<string> WaitForEndAsync(PeerLink link, CancellationToken stop)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var end = link.ReceiveAsync(new byte[1], idle.Token).AsTask();
        for (var rest = options.SnapshotConnectionIdleMax; rest > TimeSpan.Zero;)
        {
            await Task.WhenAny(end, Task.Delay(rest, options.Time, idle.Token)).ConfigureAwait(false);
            if (end.IsCompleted || stop.IsCancellationRequested)
            {
                break;
            }

            rest = options.SnapshotConnectionIdleMax
                - options.Time.GetElapsedTime(Volatile.Read(ref _usedAt));
        }

        var isIdle = !end.IsCompleted && !stop.IsCancellationRequested;
        await idle.CancelAsync().ConfigureAwait(false);
        try
        {
            var count = await end.ConfigureAwait(false);
            return count == 0 ? "the peer closed it" : "the peer sent where it must be silent";
        }
        catch (Exception error) when (error is SocketException or IOException or ObjectDisposedException)
        {
            return error.Message;
        }
        catch (OperationCanceledException)
        {
            return isIdle ? "it was idle" : "we stop";
        }
    }
}
