using Ikada.Node;
using Ikada.Primitives;

namespace Ikada.Transport;

/// <summary>
/// Which peers have an incoming connection; tells the node of changes. Events are raised under the lock, so
/// that they come in the order in which things happened; they must not block or call back.
/// </summary>
internal sealed class PeerHub(IPeerEvents events, TransportMetrics metrics)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, IncomingConnection> _incoming = [];

    // Those for snapshots. They raise no events: that one opens or ends says nothing of the peer.
    private readonly Dictionary<NodeId, IncomingConnection> _aside = [];
    private readonly Dictionary<NodeId, PeerTraffic> _traffic = [];

    public IPeerEvents Events => events;

    public TransportMetrics Metrics => metrics;

    /// <summary>All that was counted, of peers that left too.</summary>
    public PeerTraffic[] Traffic
    {
        get
        {
            lock (_gate)
            {
                return [.. _traffic.Values];
            }
        }
    }

    /// <summary>Where the traffic with a member is counted.</summary>
    public PeerTraffic TrafficOf(NodeId peer)
    {
        lock (_gate)
        {
            if (!_traffic.TryGetValue(peer, out var traffic))
            {
                _traffic.Add(peer, traffic = new PeerTraffic(peer));
            }

            return traffic;
        }
    }

    /// <summary>Whether the peer is connected to us.</summary>
    public bool IsIncoming(NodeId peer)
    {
        lock (_gate)
        {
            return _incoming.ContainsKey(peer);
        }
    }

    public void IncomingOpened(NodeId peer, IncomingConnection connection, bool isAside)
    {
        lock (_gate)
        {
            if (isAside)
            {
                _aside.GetValueOrDefault(peer)?.Abort();
                _aside[peer] = connection;
                return;
            }

            if (_incoming.TryGetValue(peer, out var older))
            {
                // The peer dialled again before we saw its old connection end: the old one carries nothing
                // new.
                older.Abort();
                events.ConnectionClosed(peer);
            }

            _incoming[peer] = connection;
            events.ConnectionOpened(peer);
        }
    }

    public void IncomingClosed(NodeId peer, IncomingConnection connection, bool isAside)
    {
        lock (_gate)
        {
            if (isAside)
            {
                if (ReferenceEquals(_aside.GetValueOrDefault(peer), connection))
                {
                    _aside.Remove(peer);
                }
            }
            else if (_incoming.TryGetValue(peer, out var current) && ReferenceEquals(current, connection))
            {
                _incoming.Remove(peer);
                events.ConnectionClosed(peer);
            }
        }
    }

    /// <summary>We can send to the peer: if it is connected to us as well, what waited for that may go
    /// on.</summary>
    public void OutgoingOpened(NodeId peer)
    {
        lock (_gate)
        {
            if (_incoming.ContainsKey(peer))
            {
                events.ConnectionOpened(peer);
            }
        }
    }

    /// <summary>What was sent to the peer may be lost. Its own connection to us may still stand.</summary>
    public void OutgoingBroken(NodeId peer)
    {
        lock (_gate)
        {
            events.ConnectionClosed(peer);
            if (_incoming.ContainsKey(peer))
            {
                events.ConnectionOpened(peer);
            }
        }
    }
}
