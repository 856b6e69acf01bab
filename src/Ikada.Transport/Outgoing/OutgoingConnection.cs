using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Wire;
using Microsoft.Extensions.Logging;

namespace Ikada.Transport;

/// <summary>
/// An open connection to a peer. The consensus thread queues and flushes; a flush makes the send call itself,
/// so that a message reaches the kernel without another thread. While the kernel takes no more, the rest
/// follows from the completion of the send.
/// </summary>
internal sealed class OutgoingConnection : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PeerTraffic _traffic;
    private readonly NodeId _peer;
    private readonly PeerLink _link;
    private readonly ByteSink _sink;
    private readonly FrameSender _self;
    private readonly SendQueue _queue;
    private readonly int _frameBytesMax;
    private readonly PeerHub _hub;
    private readonly ILogger _logger;
    private readonly bool _isAside;
    private bool _closed;
    private bool _sentAny;

    public OutgoingConnection(
        PeerTraffic traffic,
        NodeId peer,
        PeerLink link,
        TransportOptions options,
        in Greeting greeting,
        PeerHub hub,
        ILogger logger,
        bool isAside)
    {
        _isAside = isAside;
        _traffic = traffic;
        _peer = peer;
        _link = link;
        _sink = link.OpenSink(Completed);
        _self = options.Self;
        _frameBytesMax = Math.Min(options.FrameBytesMax, greeting.FrameBytesMax);
        _queue = new SendQueue(options, _frameBytesMax);
        _hub = hub;
        _logger = logger;
    }

    public long QueueBytes => _queue.Bytes;

    public TimeSpan? RoundTrip => _link.RoundTrip;

    /// <summary>Queues a message. False: it is not queued and never sent.</summary>
    public bool Send(GroupId group, in Message message, ReadOnlySpan<LogEntry> entries)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            switch (_queue.TryAdd(group, _self, message, entries))
            {
                case Offer.Queued:
                    return true;
                case Offer.Full:
                    Congested();
                    return false;
                default:
                    var length = FrameWriter.MeasureMessage(message, entries);
                    TransportLog.MessageTooLarge(_logger, message.Type, length, _peer, _frameBytesMax);
                    return false;
            }
        }
    }

    /// <summary>Sends what is queued, unless a send is under way that will be followed by it.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (!_closed && _queue.InFlight is null)
            {
                Pump();
            }
        }
    }

    /// <summary>Ends the connection, reporting what was not sent as dropped and what was sent as perhaps
    /// lost. Once.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            Close();
        }
    }

    private void Completed()
    {
        lock (_gate)
        {
            if (!_closed && Advance(_sink.Resume()))
            {
                Pump();
            }
        }
    }

    private void Pump()
    {
        while (_queue.TakeNext() is { } chunk)
        {
            _sentAny = true;
            if (!Advance(_sink.Send(chunk.Written)))
            {
                return;
            }
        }
    }

    // False: the connection is closed, or the rest of the chunk is still being sent.
    private bool Advance(SendState state)
    {
        if (state != SendState.Sent)
        {
            if (state == SendState.Broken)
            {
                Close();
            }

            return false;
        }

        _traffic.Sent(_queue.InFlight!.Count, _queue.InFlight.Frames.Count);
        _queue.Sent();
        if (!_isAside && _queue.IsCongested && _queue.IsHalfEmpty)
        {
            _queue.IsCongested = false;
            TransportLog.Drained(_logger, _peer);
            _hub.Events.PeerDrained(_peer);
        }

        return true;
    }

    private void Congested()
    {
        // Whoever sends pieces tries a refused one again by itself; consensus need not hold back for them.
        if (!_isAside && !_queue.IsCongested)
        {
            _queue.IsCongested = true;
            TransportLog.Congested(_logger, _peer);
            _hub.Events.PeerCongested(_peer);
        }
    }

    private void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _link.Dispose();
        _sink.Dispose();
        // First what surely was not sent, so that it can be refused; then the rest becomes unknown.
        _queue.DropUnsent((group, message) => _hub.Events.SendDropped(group, message));
        if (_sentAny && !_isAside)
        {
            _hub.OutgoingBroken(_peer);
        }
    }
}
