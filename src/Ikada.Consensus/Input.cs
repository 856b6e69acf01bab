using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>The closed set of things that can happen to a node's consensus.</summary>
public enum InputKind : byte
{
    /// <summary>Not an input.</summary>
    None = 0,

    /// <summary>Time has passed.</summary>
    Tick,

    /// <summary>A message arrived.</summary>
    Received,

    /// <summary>Clients want entries appended.</summary>
    Proposed,

    /// <summary>A client wants to read what is committed now.</summary>
    ReadRequested,

    /// <summary>Appended entries became durable.</summary>
    LogFlushed,

    /// <summary>A term and vote became durable.</summary>
    HardStateSaved,

    /// <summary>A connection from a peer is open.</summary>
    ConnectionOpened,

    /// <summary>The connection from a peer closed.</summary>
    ConnectionClosed,

    /// <summary>The queue towards a peer is full: send it nothing but heartbeats and votes.</summary>
    PeerCongested,

    /// <summary>The queue towards a peer has room again.</summary>
    PeerDrained,

    /// <summary>A message that the core handed out was not sent and never will be.</summary>
    SendDropped,
}

/// <summary>
/// One input of <see cref="ConsensusCore.Step"/>. Each carries the time, read just before the step. A ref
/// struct: what it points to is borrowed for the step.
/// </summary>
public readonly ref struct Input
{
    /// <summary>Which.</summary>
    public InputKind Kind { get; private init; }

    /// <summary>When: the node's monotonic clock just before the step.</summary>
    public Instant Now { get; private init; }

    /// <summary>Received: the message.</summary>
    public Message Message { get; private init; }

    /// <summary>Received: the entries of an Append, in order from <c>Message.Position.Index + 1</c>.
    /// Proposed: what to append.</summary>
    public ReadOnlySpan<EntryHeader> Entries { get; private init; }

    /// <summary>Connection inputs, congestion, drops: the peer.</summary>
    public NodeId Peer { get; private init; }

    /// <summary>ReadRequested: the caller's number, given back in AnswerRead or RefuseRead.</summary>
    public ulong ReadId { get; private init; }

    /// <summary>LogFlushed: the last entry that the completed write covers.</summary>
    public LogPosition Position { get; private init; }

    /// <summary>LogFlushed: the generation that came with AppendToLog.</summary>
    public ulong Generation { get; private init; }

    /// <summary>HardStateSaved: what is durable now.</summary>
    public HardState HardState { get; private init; }

    /// <summary>Time has passed.</summary>
    public static Input Tick(Instant now) => new() { Kind = InputKind.Tick, Now = now };

    /// <summary>A message arrived, for an Append with its entries.</summary>
    public static Input Received(
        Instant now, in Message message, ReadOnlySpan<EntryHeader> entries = default) =>
        new() { Kind = InputKind.Received, Now = now, Message = message, Entries = entries };

    /// <summary>Clients want these appended, all or none.</summary>
    public static Input Proposed(Instant now, ReadOnlySpan<EntryHeader> entries) =>
        new() { Kind = InputKind.Proposed, Now = now, Entries = entries };

    /// <summary>A client wants the read index.</summary>
    public static Input ReadRequested(Instant now, ulong readId) =>
        new() { Kind = InputKind.ReadRequested, Now = now, ReadId = readId };

    /// <summary>All entries up to <paramref name="last"/> that were appended under
    /// <paramref name="generation"/> are durable.</summary>
    public static Input LogFlushed(Instant now, LogPosition last, ulong generation) =>
        new() { Kind = InputKind.LogFlushed, Now = now, Position = last, Generation = generation };

    /// <summary>Term and vote are durable.</summary>
    public static Input HardStateSaved(Instant now, HardState saved) =>
        new() { Kind = InputKind.HardStateSaved, Now = now, HardState = saved };

    /// <summary>A connection from <paramref name="peer"/> is open.</summary>
    public static Input ConnectionOpened(Instant now, NodeId peer) =>
        new() { Kind = InputKind.ConnectionOpened, Now = now, Peer = peer };

    /// <summary>The connection from <paramref name="peer"/> closed.</summary>
    public static Input ConnectionClosed(Instant now, NodeId peer) =>
        new() { Kind = InputKind.ConnectionClosed, Now = now, Peer = peer };

    /// <summary>The queue to <paramref name="peer"/> is full.</summary>
    public static Input PeerCongested(Instant now, NodeId peer) =>
        new() { Kind = InputKind.PeerCongested, Now = now, Peer = peer };

    /// <summary>The queue to <paramref name="peer"/> has room again.</summary>
    public static Input PeerDrained(Instant now, NodeId peer) =>
        new() { Kind = InputKind.PeerDrained, Now = now, Peer = peer };

    /// <summary>A message to <paramref name="peer"/> was dropped before it was sent.</summary>
    public static Input SendDropped(Instant now, NodeId peer) =>
        new() { Kind = InputKind.SendDropped, Now = now, Peer = peer };
}
