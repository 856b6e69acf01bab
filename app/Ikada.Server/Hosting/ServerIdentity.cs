using Ikada.Primitives;

namespace Ikada.Server;

/// <summary>Who this server is.</summary>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Member">Its member id.</param>
public sealed record ServerIdentity(ClusterId Cluster, NodeId Member);
