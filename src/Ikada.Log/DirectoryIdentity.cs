using Ikada.Primitives;

namespace Ikada.Log;

/// <summary>Whose directory it is, and how often it was opened.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Node">The member.</param>
/// <param name="Incarnation">Drawn when the directory was created.</param>
/// <param name="StartCount">Raised durably at each open, before the first frame is sent.</param>
public sealed record DirectoryIdentity(
    ClusterId Cluster, NodeId Node, Incarnation Incarnation, StartCount StartCount)
{
    /// <summary>Whether the member had a log under another incarnation and lost it. Until a membership in the
    /// log names this incarnation it must not vote, not even as one of the founders.</summary>
    public bool IsStartedOver { get; init; }
}
