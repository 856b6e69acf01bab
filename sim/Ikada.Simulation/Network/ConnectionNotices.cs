using Ikada.Simulation.Time;

namespace Ikada.Simulation.Network;

/// <summary>Tells nodes that connections opened and closed, each node of each peer in the order in which it
/// happened, as the transport does.</summary>
internal sealed class ConnectionNotices(World world, SimulatedNetwork network)
{
    private readonly long[] _last = new long[world.NodeCount * world.NodeCount];

    /// <summary>When a node is or was last told of a closed connection.</summary>
    public long LastClosing { get; private set; }

    /// <summary>A receiver learns that a peer is connected to it. Its own connection to the peer may stand:
    /// then the peer learns that it can send as well.</summary>
    public void Opened(Link link, long delay)
    {
        Tell(SimEventKind.ConnectionOpens, link.To, link.From, delay);
        TellIfStands(link, 0);
    }

    /// <summary>A receiver learns that a peer is not connected to it any more.</summary>
    public void ClosedAtReceiver(Link link, long delay) =>
        Tell(SimEventKind.ConnectionCloses, link.To, link.From, delay);

    /// <summary>A sender learns that what it sent may be lost. The peer's own connection to it may still
    /// stand.</summary>
    public void ClosedAtSender(Link link, long delay)
    {
        Tell(SimEventKind.ConnectionCloses, link.From, link.To, delay);
        TellIfStands(link, delay);
    }

    /// <summary>When a node is told the next thing of a peer: after all that it was told
    /// before.</summary>
    public long Next(int node, int peer, long delay)
    {
        ref var last = ref _last[(node * world.NodeCount) + peer];
        last = Math.Max(last + 1, world.Now + delay);
        return last;
    }

    private void TellIfStands(Link link, long delay)
    {
        if (network.Between(link.To, link.From).IsOpen)
        {
            Tell(SimEventKind.ConnectionOpens, link.From, link.To, delay);
        }
    }

    private void Tell(SimEventKind kind, int node, int peer, long delay)
    {
        var at = Next(node, peer, delay);
        if (kind == SimEventKind.ConnectionCloses)
        {
            LastClosing = Math.Max(LastClosing, at);
        }

        world.Queue.Add(at, new SimEvent { Kind = kind, Node = (short)node, Peer = (short)peer });
    }
}
