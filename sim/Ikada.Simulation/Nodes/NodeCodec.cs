using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Network;
using Ikada.Wire;

namespace Ikada.Simulation.Nodes;

/// <summary>The frames that a process sends and takes, by the production codec.</summary>
internal sealed class NodeCodec(SimulatedNode node)
{
    private const int FrameBytesMax = 16 << 20;

    /// <summary>Who sends.</summary>
    public FrameSender Sender { get; private set; }

    /// <summary>Whom the process speaks with; null before its first start.</summary>
    public Handshake? Handshake { get; private set; }

    /// <summary>A process starts: it has seen nobody yet, and knows all nodes by name.</summary>
    public void Begin(FrameSender sender, int nodes)
    {
        (Sender, Handshake) = (sender, new Handshake(sender, World.Cluster));
        var members = new NodeId[nodes];
        for (var i = 0; i < nodes; i++)
        {
            members[i] = new NodeId((ulong)i + 1);
        }

        Handshake.SetMembers(members);
    }

    /// <summary>The group of the frame read last.</summary>
    public GroupId Group { get; private set; }

    public void Encode(
        SimFrame frame, GroupId group, in Message message, ReadOnlySpan<LogEntry> entries)
    {
        FrameWriter.WriteMessage(frame, group, Sender, message, entries);
        frame.SenderStart = node.Start;
        (frame.Type, frame.Term) = ((long)message.Type, (long)message.Term.Value);
    }

    /// <summary>Reads a frame as the transport does. A corrupted one that is taken is a violation.</summary>
    public bool TryDecode(
        SimFrame frame, out Message message, out LogEntry[] entries, out PeerIdentity sender)
    {
        var reader = new FrameReader(frame.Bytes, FrameBytesMax);
        (message, entries, sender) = (default, [], default);
        if (!reader.TryRead() || !reader.TryReadMessage(out message, out entries))
        {
            return frame.IsCorrupted ? false : throw new PropertyViolatedException(
                "I27 frames are read as they were written", $"n{node.Index + 1} cannot read a frame: "
                + $"{reader.Error}");
        }

        Group = reader.Header.Group;
        sender = new PeerIdentity(reader.Header.Sender.Incarnation, reader.Header.Sender.StartCount);
        return !frame.IsCorrupted ? true : throw new PropertyViolatedException(
            "I27 corrupt data is never taken", $"n{node.Index + 1} took a corrupted frame of type "
            + $"{frame.Type}");
    }
}
