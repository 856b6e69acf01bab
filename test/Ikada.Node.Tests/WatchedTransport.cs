using System.Collections.Concurrent;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Node.Tests;

/// <summary>Counts what a process sends of each group, and can cut it off without closing a connection: what
/// it sends is lost, and what is sent to it.</summary>
internal sealed class WatchedTransport(IPeerTransport inner) : IPeerTransport
{
    private readonly ConcurrentDictionary<GroupId, int> _sent = new();

    public bool IsCutOff { get; set; }

    public int Sent(GroupId group) => _sent.GetValueOrDefault(group);

    public int SentOfGroups => _sent.Where(one => one.Key != default).Sum(one => one.Value);

    public Task StartAsync(Membership membership, IPeerEvents events, CancellationToken cancellation) =>
        inner.StartAsync(membership, new Events(this, events), cancellation);

    public void Update(Membership membership) => inner.Update(membership);

    public bool Send(GroupId group, in Message message, ReadOnlySpan<LogEntry> entries)
    {
        _sent.AddOrUpdate(group, 1, static (_, count) => count + 1);
        return IsCutOff || inner.Send(group, message, entries);
    }

    public void Flush() => inner.Flush();

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Events(WatchedTransport transport, IPeerEvents inner) : IPeerEvents
    {
        public void Received(GroupId group, in Message message, LogEntry[] entries, PeerIdentity sender)
        {
            if (!transport.IsCutOff)
            {
                inner.Received(group, message, entries, sender);
            }
        }

        public void ConnectionOpened(NodeId peer) => inner.ConnectionOpened(peer);

        public void ConnectionClosed(NodeId peer) => inner.ConnectionClosed(peer);

        public void PeerCongested(NodeId peer) => inner.PeerCongested(peer);

        public void PeerDrained(NodeId peer) => inner.PeerDrained(peer);

        public void SendDropped(GroupId group, in Message message) => inner.SendDropped(group, message);
    }
}
