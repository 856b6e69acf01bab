using System.Collections.Concurrent;
using Ikada.Consensus;
using Ikada.Node;
using Ikada.Primitives;

namespace Ikada.Transport.Tests;

/// <summary>Keeps what a transport tells its node.</summary>
internal sealed class Recorder : IPeerEvents
{
    private readonly ConcurrentQueue<string> _events = new();
    private readonly ConcurrentQueue<(GroupId Group, Message Message, LogEntry[] Entries)> _received = new();
    private readonly ConcurrentQueue<Message> _dropped = new();

    public IReadOnlyCollection<string> Events => _events;

    public IReadOnlyCollection<(GroupId Group, Message Message, LogEntry[] Entries)> Messages => _received;

    public IReadOnlyCollection<Message> Dropped => _dropped;

    /// <summary>While it is not set, whoever brings a message that is no heartbeat waits.</summary>
    public ManualResetEventSlim Takes { get; } = new(true);

    public void Received(GroupId group, in Message message, LogEntry[] entries, PeerIdentity sender)
    {
        if (message.Type != MessageType.Heartbeat)
        {
            // Not for ever, so that a test that fails can end.
            Takes.Wait(TimeSpan.FromSeconds(30));
        }

        _received.Enqueue((group, message, entries));
    }

    public void ConnectionOpened(NodeId peer) => _events.Enqueue($"opened {peer}");

    public void ConnectionClosed(NodeId peer) => _events.Enqueue($"closed {peer}");

    public void PeerCongested(NodeId peer) => _events.Enqueue($"congested {peer}");

    public void PeerDrained(NodeId peer) => _events.Enqueue($"drained {peer}");

    public void SendDropped(GroupId group, in Message message) => _dropped.Enqueue(message);

    public int CountOf(string text) => _events.Count(one => one == text);

    public void Forget() => _events.Clear();
}
