using Ikada.Node;
using Ikada.Node.Disk;
using Ikada.Transport;

namespace Ikada;

/// <summary>What stands behind a group that runs.</summary>
/// <param name="Node">This process's member of the group.</param>
/// <param name="Transport">The process's connections.</param>
/// <param name="Inquiries">What it asks of other members.</param>
/// <param name="Owner">Disposed when the group is.</param>
/// <param name="Disk">Disposed after that; null: it is not the group's.</param>
internal sealed record RaftParts(
    RaftNode Node, TcpPeerTransport Transport, Inquiries Inquiries, IAsyncDisposable Owner, FileDisk? Disk);
