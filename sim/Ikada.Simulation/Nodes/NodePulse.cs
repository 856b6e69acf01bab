using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Coverage;

namespace Ikada.Simulation.Nodes;

/// <summary>The heartbeat of a node's process to the others: what Ikada.Node does for all its groups, done
/// for the one.</summary>
internal sealed class NodePulse : IPulsePeers
{
    private readonly World _world;
    private readonly SimulatedNode _node;
    private readonly HostPulse _pulse;

    public NodePulse(World world, SimulatedNode node, Instant now)
    {
        (_world, _node) = (world, node);
        _pulse = new HostPulse(world.ConsensusOptions, this, now);
        world.Sleep?.Excused(node.Index, world.Now);
    }

    /// <summary>When the next beat is due.</summary>
    public Instant Deadline => _pulse.Deadline;

    /// <summary>A frame has been taken. Returns whether it is one of the group, not of the process
    /// itself.</summary>
    public bool Heard(NodeId from, GroupId group)
    {
        _pulse.Heard(from, _node.LocalNow);
        _world.Sleep?.Heard(_node.Index, from, _world.Now);
        return group != HostPulse.Group;
    }

    /// <summary>A connection has closed.</summary>
    public void Closed(NodeId peer) => _pulse.Closed(peer);

    /// <summary>If it is time, shows that the process lives, and looks who else does.</summary>
    public void Beat(Instant now) => _pulse.Beat(now);

    void IPulsePeers.Beat()
    {
        foreach (var peer in _node.Process!.Replica.Reachable.Members)
        {
            if (peer.Id != _node.Id)
            {
                var frame = _world.Network.Frames.Take();
                var beat = new Message { Type = MessageType.Heartbeat, From = _node.Id, To = peer.Id };
                _node.Machine.Codec.Encode(frame, HostPulse.Group, beat, default);
                _world.Network.Send(_node.Index, (int)peer.Id.Value - 1, frame);
            }
        }
    }

    void IPulsePeers.Silent(NodeId peer, Instant now)
    {
        var replica = _node.Process!.Replica;
        if (replica.Reachable.Contains(peer))
        {
            if (replica.IsAsleep && replica.Status.Leader == peer)
            {
                _world.Counts.Reached(Mark.LeaderSilentInSleep);
            }

            replica.HostSilent(now, peer);
        }
    }
}
