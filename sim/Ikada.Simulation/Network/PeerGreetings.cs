using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Nodes;
using Ikada.Wire;

namespace Ikada.Simulation.Network;

/// <summary>
/// The first words on a connection, by the production codec and rules: both ends judge the other. Who is what
/// it says is welcome; a process of an old copy of a directory, of another cluster, of an unknown node, with
/// another format or meant for somebody else is not, and is told exactly that.
/// </summary>
internal sealed class PeerGreetings(World world, RandomSource random)
{
    public const string Property = "F13 a stale identity is refused, a true one never";
    private readonly SimFrame _frame = new();

    /// <summary>Two nodes shake hands; neither may refuse the other.</summary>
    public void ShakeHands(SimulatedNode dials, SimulatedNode answers)
    {
        var greeting = Greeting.Create(World.Cluster, WireFormat.FrameBytesMaxDefault);
        var refusal = Judge(answers, dials.Machine.Codec.Sender, answers.Id, greeting)
            ?? Judge(dials, answers.Machine.Codec.Sender, dials.Id, greeting);
        if (refusal is { } refused)
        {
            throw new PropertyViolatedException(
                Property, $"n{dials.Index + 1} dials n{answers.Index + 1}: {refused.Text}");
        }
    }

    /// <summary>Somebody who is not what it says dials some node.</summary>
    public void Impose()
    {
        var node = world.Nodes[random.NextBelow(world.NodeCount)];
        var other = world.Nodes[random.NextBelow(world.NodeCount)];
        if (!node.IsUp || node == other)
        {
            return;
        }

        world.Counts.Fired(FaultKind.Stale);
        var sender = other.Machine.Codec.Sender;
        var greeting = Greeting.Create(World.Cluster, WireFormat.FrameBytesMaxDefault);
        switch (random.NextBelow(4))
        {
            case 0:
                Refuses(
                    node, sender, node.Id, greeting with { Cluster = new ClusterId(0xC2) },
                    RejectReason.WrongCluster, Mark.OtherClusterRefused);
                break;
            case 1:
                Refuses(node, sender, other.Id, greeting, RejectReason.WrongTarget, Mark.WrongTargetRefused);
                break;
            case 2:
                Refuses(
                    node, sender with { Node = new NodeId(4711) }, node.Id, greeting,
                    RejectReason.UnknownMember, Mark.StrangerRefused);
                break;
            default:
                var version = (ushort)(WireFormat.Version + 1);
                Refuses(
                    node, sender, node.Id, greeting with { VersionMin = version, VersionMax = version },
                    RejectReason.UnsupportedVersion, Mark.OtherVersionRefused);
                break;
        }
    }

    /// <summary>A process over a copy of a node's directory dials every node that has seen a later start of
    /// it. Each must refuse it.</summary>
    public void Impose(FrameSender copy)
    {
        foreach (var node in world.Nodes)
        {
            if (node.IsUp && node.Id != copy.Node
                && node.Machine.Codec.Handshake!.HighestOf(copy.Node, copy.Incarnation) > copy.StartCount)
            {
                world.Counts.Fired(FaultKind.Stale);
                Refuses(
                    node, copy, node.Id, Greeting.Create(World.Cluster, WireFormat.FrameBytesMaxDefault),
                    RejectReason.StaleStartCount, Mark.CopiedDirectoryRefused);
            }
        }
    }

    private void Refuses(
        SimulatedNode node, FrameSender sender, NodeId to, Greeting greeting, RejectReason reason, Mark mark)
    {
        var refusal = Judge(node, sender, to, greeting);
        if (refusal is not { } refused || refused.Reason != reason)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node.Index + 1} is greeted by {sender}, to be refused for {reason}: "
                + (refusal is null ? "it is welcome" : $"{refusal.Value.Reason}: {refusal.Value.Text}"));
        }

        world.Counts.Reached(mark);
    }

    private Rejection? Judge(SimulatedNode node, FrameSender sender, NodeId to, in Greeting greeting)
    {
        _frame.Clear();
        FrameWriter.WriteHello(_frame, sender, to, greeting);
        var reader = new FrameReader(_frame.Bytes, WireFormat.FrameBytesMaxLeast);
        var isRead = reader.TryRead() & reader.TryReadGreeting(out var read);
        Invariant.Check(isRead && read == greeting, $"a greeting cannot be read: {reader.Error}");
        return node.Machine.Codec.Handshake!.Judge(reader.Header, read);
    }
}
