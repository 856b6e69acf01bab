using Ikada.Consensus;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Node;

/// <summary>What lies in the inbox.</summary>
internal enum InboxKind : byte
{
    None = 0,
    Received,
    ConnectionOpened,
    ConnectionClosed,
    PeerCongested,
    PeerDrained,
    SendDropped,
    Propose,
    Read,
    ChangeMembership,
    Transfer,
    TakeSnapshot,
    FoundersAreNew,
    DiskDone,
    MachineDone,
    SnapshotDone,
    Call,
    Fail,
    Stop,
}

/// <summary>A message that came, or that could not be sent.</summary>
/// <param name="Group">Of which group.</param>
/// <param name="Message">The message.</param>
/// <param name="Entries">Received: beside it.</param>
/// <param name="Sender">Received: the process that sent it.</param>
internal sealed record PeerMessage(
    GroupId Group, Message Message, LogEntry[] Entries, PeerIdentity Sender);

/// <summary>One input on its way to the consensus thread. Small: most are clients' calls, and all are copied
/// under the inbox's lock.</summary>
internal readonly struct InboxItem
{
    public InboxKind Kind { get; private init; }

    public NodeId Peer { get; private init; }

    /// <summary>What clients want, and what the threads have done: of which group.</summary>
    public GroupMember? Member { get; private init; }

    /// <summary>What the kind says.</summary>
    public object? Load { get; private init; }

    public static InboxItem Received(PeerMessage message) =>
        new() { Kind = InboxKind.Received, Load = message };

    public static InboxItem Dropped(GroupId group, in Message message) =>
        new() { Kind = InboxKind.SendDropped, Load = new PeerMessage(group, message, [], default) };

    public static InboxItem OfPeer(InboxKind kind, NodeId peer) => new() { Kind = kind, Peer = peer };

    public static InboxItem Of(GroupMember member, Proposal proposal) =>
        new() { Kind = InboxKind.Propose, Member = member, Load = proposal };

    public static InboxItem Of(GroupMember member, MembershipProposal proposal) =>
        new() { Kind = InboxKind.ChangeMembership, Member = member, Load = proposal };

    public static InboxItem Of(GroupMember member, TransferRequest request) =>
        new() { Kind = InboxKind.Transfer, Member = member, Load = request };

    public static InboxItem Of(GroupMember member, SnapshotWish wish) =>
        new() { Kind = InboxKind.TakeSnapshot, Member = member, Load = wish };

    public static InboxItem Of(GroupMember member, ReadRequest read) =>
        new() { Kind = InboxKind.Read, Member = member, Load = read };

    public static InboxItem Of(DiskOperation done) => new() { Kind = InboxKind.DiskDone, Load = done };

    public static InboxItem Of(GroupMember member, SnapshotOperation done) =>
        new() { Kind = InboxKind.SnapshotDone, Member = member, Load = done };

    public static InboxItem Of(GroupMember member, MachineWork done) =>
        new() { Kind = InboxKind.MachineDone, Member = member, Load = done };

    public static InboxItem Of(HostCall call) => new() { Kind = InboxKind.Call, Load = call };

    public static InboxItem Failure(Exception error) => new() { Kind = InboxKind.Fail, Load = error };

    public static InboxItem FoundersAreNew(GroupMember member) =>
        new() { Kind = InboxKind.FoundersAreNew, Member = member };

    public static InboxItem Stop() => new() { Kind = InboxKind.Stop };
}

/// <summary>
/// Many producers, one consumer. The consumer takes all there is at once and is woken once per batch, by the
/// first item that finds the inbox empty. What clients put in is bounded at the door, what the disk and apply
/// threads put in by what was given to them; what peers put in is bounded here, by making their connection's
/// thread wait.
/// </summary>
internal sealed class Inbox(long receivedBytesMax) : IDisposable
{
    private readonly object _gate = new();
    private readonly ManualResetEventSlim _filled = new(false, spinCount: 0);
    private List<InboxItem> _items = [];
    private long _receivedBytes;
    private bool _closed;

    /// <summary>Puts one in. False once the inbox is closed.</summary>
    public bool Post(in InboxItem item)
    {
        lock (_gate)
        {
            return Add(item);
        }
    }

    /// <summary>Puts in a received message, waiting while too many bytes of them lie here.</summary>
    public void PostReceived(
        GroupId group, in Message message, LogEntry[] entries, PeerIdentity sender)
    {
        long bytes = LogEntry.OverheadBytes;
        foreach (ref readonly var entry in entries.AsSpan())
        {
            bytes += entry.Body.Length + LogEntry.OverheadBytes;
        }

        var received = InboxItem.Received(new PeerMessage(group, message, entries, sender));
        lock (_gate)
        {
            while (_receivedBytes > receivedBytesMax && !_closed)
            {
                Monitor.Wait(_gate);
            }

            _receivedBytes += bytes;
            Add(received);
        }
    }

    /// <summary>Takes all there is, waiting for the first at most so long. <paramref name="emptied"/> is a
    /// cleared list, which the inbox fills next.</summary>
    public List<InboxItem> Take(List<InboxItem> emptied, TimeSpan wait)
    {
        if (TrySwap(emptied) is { } ready)
        {
            return ready;
        }

        if (wait > TimeSpan.Zero)
        {
            // Rounded up: to wake a fraction of a millisecond early would only mean to wait again.
            _filled.Wait((int)Math.Min(Math.Ceiling(wait.TotalMilliseconds), 60_000));
        }

        return TrySwap(emptied) ?? emptied;
    }

    /// <summary>Takes nothing more; what lies here is given back, to be answered. Waiting producers go
    /// on.</summary>
    public List<InboxItem> Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
            var rest = _items;
            _items = [];
            return rest;
        }
    }

    public void Dispose() => _filled.Dispose();

    private bool Add(in InboxItem item)
    {
        if (_closed)
        {
            return false;
        }

        _items.Add(item);
        if (_items.Count == 1)
        {
            _filled.Set();
        }

        return true;
    }

    private List<InboxItem>? TrySwap(List<InboxItem> emptied)
    {
        lock (_gate)
        {
            if (_items.Count == 0)
            {
                _filled.Reset();
                return null;
            }

            var taken = _items;
            _items = emptied;
            _receivedBytes = 0;
            Monitor.PulseAll(_gate);
            return taken;
        }
    }
}
