using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Node;

/// <summary>Puts what the transport tells into the inbox.</summary>
internal sealed class PeerEvents(Inbox inbox) : IPeerEvents
{
    public void Received(GroupId group, in Message message, LogEntry[] entries, PeerIdentity sender) =>
        inbox.PostReceived(group, message, entries, sender);

    public void ConnectionOpened(NodeId peer) =>
        inbox.Post(InboxItem.OfPeer(InboxKind.ConnectionOpened, peer));

    public void ConnectionClosed(NodeId peer) =>
        inbox.Post(InboxItem.OfPeer(InboxKind.ConnectionClosed, peer));

    public void PeerCongested(NodeId peer) => inbox.Post(InboxItem.OfPeer(InboxKind.PeerCongested, peer));

    public void PeerDrained(NodeId peer) => inbox.Post(InboxItem.OfPeer(InboxKind.PeerDrained, peer));

    public void SendDropped(GroupId group, in Message message) =>
        inbox.Post(InboxItem.Dropped(group, message));
}
