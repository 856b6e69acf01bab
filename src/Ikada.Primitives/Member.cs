namespace Ikada.Primitives;

/// <summary>A member of a group as the membership entry carries it.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Incarnation">The incarnation bound to it, or null while none is (before its node was first
/// heard).</param>
/// <param name="Attributes">Opaque to consensus: name, peer URLs and client URLs, as the host encodes
/// them.</param>
/// <param name="Priority">A leader of lower priority hands over to a voter of higher priority that has caught
/// up. 0 unless set.</param>
public sealed record Member(
    NodeId Id, Incarnation? Incarnation, ReadOnlyMemory<byte> Attributes, byte Priority = 0);
