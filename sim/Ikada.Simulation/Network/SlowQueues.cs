using Ikada.Primitives;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Time;
using Ikada.Wire;

namespace Ikada.Simulation.Network;

/// <summary>
/// The queues to peers, and what the transport tells its node of them: that one is full, that it is half
/// empty again, and what was never sent since its connection broke. Nothing is dropped unseen.
/// </summary>
internal sealed class SlowQueues(World world, SimulatedNetwork network)
{
    /// <summary>Offers a frame to the queue of a link. False: it is full, and its node is told.</summary>
    public bool Offer(Link link, SimFrame frame)
    {
        var queue = link.Queue!;
        var wasEmpty = queue.IsEmpty;
        if (!queue.TryAdd(frame, SendPriority.IsUrgent((Consensus.MessageType)frame.Type)))
        {
            world.Counts.Fired(FaultKind.Congest);
            Congested(link);
            network.Frames.Release(frame);
            return false;
        }

        if (wasEmpty)
        {
            Depart(link);
        }

        return true;
    }

    /// <summary>The wire has taken the next frame.</summary>
    public void Departs(Link link, int epoch)
    {
        if (link.Epoch != epoch || link.Queue is not { IsEmpty: false } queue)
        {
            return;
        }

        network.Pass(link, queue.Take());
        if (link.IsCongested && queue.IsHalfEmpty)
        {
            Drained(link);
        }

        if (!queue.IsEmpty)
        {
            Depart(link);
        }
    }

    /// <summary>Too much is on its way: the sender is told, once.</summary>
    public void Congested(Link link)
    {
        if (!link.IsCongested)
        {
            link.IsCongested = true;
            world.Counts.Reached(Mark.QueueFull);
            Tell(link, NodeInputKind.PeerCongested, null);
        }
    }

    /// <summary>There is room again.</summary>
    public void Drained(Link link)
    {
        link.IsCongested = false;
        world.Counts.Reached(Mark.QueueDrained);
        Tell(link, NodeInputKind.PeerDrained, null);
    }

    /// <summary>The wire is slow from now on, and what it can take is bounded.</summary>
    public void Narrow(Link link, SlowQueue queue)
    {
        Widen(link);
        link.Queue = queue;
    }

    /// <summary>The wire is fast again.</summary>
    public void Widen(Link link)
    {
        if (link.Queue is not { } queue)
        {
            return;
        }

        link.Queue = null;
        while (!queue.IsEmpty)
        {
            network.Pass(link, queue.Take());
        }

        if (link.IsCongested)
        {
            Drained(link);
        }
    }

    /// <summary>The connection of a link ends: its sender is told of every message that was never
    /// sent.</summary>
    public void Drop(Link link)
    {
        link.IsCongested = false;
        while (link.Queue is { IsEmpty: false } queue)
        {
            var frame = queue.Take();
            var reader = new FrameReader(frame.Bytes, int.MaxValue);
            var isWhole = reader.TryRead() & reader.TryReadMessage(out var message, out _);
            Invariant.Check(isWhole, $"a frame that waits cannot be read: {reader.Error}");
            world.Counts.Reached(Mark.QueueDropped);
            Tell(link, NodeInputKind.SendDropped, message);
            network.Frames.Release(frame);
        }
    }

    private void Depart(Link link) => world.Queue.Add(world.Now + link.Queue!.TimeOfNext, new SimEvent
    {
        Kind = SimEventKind.FrameDeparts, Node = (short)link.From, Peer = (short)link.To, Epoch = link.Epoch,
    });

    private void Tell(Link link, NodeInputKind kind, object? what)
    {
        var node = world.Nodes[link.From];
        if (node.IsUp)
        {
            world.Queue.Add(network.Notices.Next(link.From, link.To, 0), new SimEvent
            {
                Kind = SimEventKind.TransportTells, Node = (short)link.From, Epoch = node.Epoch,
                Payload = new NodeInput(kind, link.To, what),
            });
        }
    }
}
