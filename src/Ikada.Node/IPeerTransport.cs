using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Node;

/// <summary>
/// The connections to the other members, as the node sees them. Implementations queue per peer with a bound;
/// calls come from the consensus thread and never block.
/// </summary>
public interface IPeerTransport : IAsyncDisposable
{
    /// <summary>Starts listening, and connecting to the members of the log's
    /// <paramref name="membership"/>, those that an uncommitted change removes included; what arrives goes to
    /// <paramref name="events"/>.</summary>
    Task StartAsync(Membership membership, IPeerEvents events, CancellationToken cancellation);

    /// <summary>Others are to be reached: connects to those that joined. One that left is served for a
    /// while yet, since it must still be told that it left. Called from the consensus thread; before
    /// <see cref="StartAsync"/> it does nothing.</summary>
    void Update(Membership membership);

    /// <summary>Encodes and queues a message. False: not queued (queue full, unknown peer, no connection);
    /// nothing was sent.</summary>
    bool Send(GroupId group, in Message message, ReadOnlySpan<LogEntry> entries);

    /// <summary>Sends what was queued since the last call. Called once per batch of inputs.</summary>
    void Flush();
}

/// <summary>
/// What the transport tells the node, from any thread. Calls may come from under the transport's locks, so
/// that they come in the order in which things happened: they neither block nor call back.
/// <see cref="Received"/> alone may make its caller wait, which holds back the connection that the message
/// came on.
/// </summary>
public interface IPeerEvents
{
    /// <summary>A verified frame arrived. The entries' bodies are owned by the receiver from now on; the
    /// array is not reused.</summary>
    void Received(GroupId group, in Message message, LogEntry[] entries, PeerIdentity sender);

    /// <summary>The incoming connection of a peer completed its handshake, or still stands while ours to the
    /// peer was opened again. May be told more than once.</summary>
    void ConnectionOpened(NodeId peer);

    /// <summary>The last incoming connection of a peer closed, or what was sent to it may be lost.</summary>
    void ConnectionClosed(NodeId peer);

    /// <summary>The queue to a peer passed its bound for everything but heartbeats and votes.</summary>
    void PeerCongested(NodeId peer);

    /// <summary>The queue to a peer has room again.</summary>
    void PeerDrained(NodeId peer);

    /// <summary>A queued message was dropped before it was sent, since its connection was lost. Told before
    /// the
    /// <see cref="ConnectionClosed"/> that makes unknown what was sent.</summary>
    void SendDropped(GroupId group, in Message message);
}
