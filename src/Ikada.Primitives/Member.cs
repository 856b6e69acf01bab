namespace Ikada.Primitives;

/// <summary>A member of a group as the membership entry carries it.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Incarnation">The incarnation bound to it, or null while none is (before its node was first
/// heard).</param>
/// <param name="Attributes">Opaque to consensus: name, peer URLs and client URLs, as the host encodes
/// them.</param>
public sealed record Member(NodeId Id, Incarnation? Incarnation, ReadOnlyMemory<byte> Attributes);
