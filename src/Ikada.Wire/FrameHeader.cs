using Ikada.Primitives;

namespace Ikada.Wire;

/// <summary>What stands at the head of every frame.</summary>
/// <param name="Type">What the frame is.</param>
/// <param name="LengthBytes">The length of the whole frame, header included.</param>
/// <param name="Group">The consensus group; 0 in handshake frames.</param>
/// <param name="To">The node it is meant for.</param>
/// <param name="Sender">The process that sent it.</param>
public readonly record struct FrameHeader(
    FrameType Type, int LengthBytes, GroupId Group, NodeId To, FrameSender Sender);

/// <summary>The process that sends: which node, whose directory, opened how often.</summary>
/// <param name="Node">The node.</param>
/// <param name="Incarnation">Its directory's incarnation.</param>
/// <param name="StartCount">How often the directory had been opened when the process started.</param>
public readonly record struct FrameSender(NodeId Node, Incarnation Incarnation, StartCount StartCount)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Node} (incarnation {Incarnation}, start {StartCount})";
}
