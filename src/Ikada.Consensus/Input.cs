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

    /// <summary>Somebody wants the membership or the group's settings changed.</summary>
    MembershipProposed,

    /// <summary>Somebody wants another node to lead; also a leader that is about to stop.</summary>
    TransferRequested,

    /// <summary>The host compacted the log: a durable snapshot (or durable applied state) covers everything
    /// up to a position.</summary>
    LogCompacted,

    /// <summary>Leader: a snapshot is on its way to a peer, as asked by
    /// <see cref="EffectKind.SendSnapshot"/>.</summary>
    SnapshotStarted,

    /// <summary>Leader: the transfer of a snapshot ended, arrived whole or failed.</summary>
    SnapshotEnded,

    /// <summary>Follower: a snapshot arrived whole; the core decides whether it is installed.</summary>
    SnapshotReceived,

    /// <summary>Follower: the snapshot that <see cref="EffectKind.InstallSnapshot"/> asked for is durable and
    /// in force in log and state machine.</summary>
    SnapshotInstalled,

    /// <summary>Entries that <see cref="EffectKind.RepairLog"/> asked for are durable in place of the damaged
    /// ones.</summary>
    LogRepaired,

    /// <summary>The heartbeat of another process that stands in for sleeping groups is overdue by an election
    /// timeout.</summary>
    HostSilent,

    /// <summary>The host handed something of a client's to the leader: a sleeping member wakes, so that it
    /// notices if the leader is gone.</summary>
    Forwarded,

    /// <summary>The log has no room for further commands, or has again.</summary>
    SpaceChanged,

    /// <summary>The host has heard of every other founder that it holds nothing: no group exists yet, and
    /// this node, which started in doubt (<see cref="RestoredLog.IsStartedOver"/>), may help to found
    /// one.</summary>
    FoundersAreNew,

    /// <summary>Follower: the state machine's state is wrong, since a majority holds another one. It counts
    /// as lost until a snapshot takes its place.</summary>
    StateCondemned,
}

/// <summary>The process that sent a message: whose directory, opened how often.</summary>
/// <param name="Incarnation">Its directory's incarnation; 0 where no directory stands behind it, as in some
/// tests: then incarnations are not looked at.</param>
/// <param name="StartCount">How often the directory had been opened when it started.</param>
public readonly record struct PeerIdentity(Incarnation Incarnation, StartCount StartCount)
{
    /// <summary>Whether no directory stands behind it.</summary>
    public bool IsNone => Incarnation == default;
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

    /// <summary>Received: which process sent it.</summary>
    public PeerIdentity Sender { get; private init; }

    /// <summary>Received: the entries of an Append or EntryReply, in order from
    /// <c>Message.Position.Index + 1</c>. Proposed: what to append.</summary>
    public ReadOnlySpan<EntryHeader> Entries { get; private init; }

    /// <summary>Connection inputs, congestion, drops, snapshots, silence: the peer. TransferRequested: the
    /// wanted node, or none for the best.</summary>
    public NodeId Peer { get; private init; }

    /// <summary>ReadRequested: the caller's number, given back in AnswerRead or RefuseRead.</summary>
    public ulong ReadId { get; private init; }

    /// <summary>ReadRequested: whether a lease must not answer it.</summary>
    public bool WithoutLease { get; private init; }

    /// <summary>LogFlushed: the last entry that the completed write covers. LogCompacted: the new base.
    /// Snapshots: the last entry covered. LogRepaired: the last entry repaired.</summary>
    public LogPosition Position { get; private init; }

    /// <summary>LogFlushed: the generation that came with AppendToLog.</summary>
    public ulong Generation { get; private init; }

    /// <summary>HardStateSaved: what is durable now.</summary>
    public HardState HardState { get; private init; }

    /// <summary>MembershipProposed: what is wanted.</summary>
    public MembershipChange? Change { get; private init; }

    /// <summary>SnapshotReceived, LogCompacted: the membership as of Position.</summary>
    public Membership? Membership { get; private init; }

    /// <summary>SnapshotEnded: whether it arrived whole.</summary>
    public bool Succeeded { get; private init; }

    /// <summary>SpaceChanged: whether there is no room for commands.</summary>
    public bool IsFull { get; private init; }

    /// <summary>LogRepaired: the first entry repaired.</summary>
    public LogIndex First { get; private init; }

    /// <summary>Time has passed.</summary>
    public static Input Tick(Instant now) => new() { Kind = InputKind.Tick, Now = now };

    /// <summary>A message arrived, for an Append or EntryReply with its entries.</summary>
    public static Input Received(
        Instant now, in Message message, ReadOnlySpan<EntryHeader> entries = default,
        PeerIdentity sender = default) =>
        new()
        {
            Kind = InputKind.Received, Now = now, Message = message, Entries = entries, Sender = sender,
        };

    /// <summary>Clients want these appended, all or none.</summary>
    public static Input Proposed(Instant now, ReadOnlySpan<EntryHeader> entries) =>
        new() { Kind = InputKind.Proposed, Now = now, Entries = entries };

    /// <summary>A client wants the read index. <paramref name="now"/> is read after it asked.</summary>
    public static Input ReadRequested(Instant now, ulong readId, bool withoutLease = false) => new()
    {
        Kind = InputKind.ReadRequested, Now = now, ReadId = readId, WithoutLease = withoutLease,
    };

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

    /// <summary>Somebody wants the membership or the group's settings changed.</summary>
    public static Input MembershipProposed(Instant now, MembershipChange change) =>
        new() { Kind = InputKind.MembershipProposed, Now = now, Change = change };

    /// <summary>Somebody wants <paramref name="target"/> to lead, or (none) whoever is best.</summary>
    public static Input TransferRequested(Instant now, NodeId target) =>
        new() { Kind = InputKind.TransferRequested, Now = now, Peer = target };

    /// <summary>The log starts after <paramref name="newBase"/> from now on, where
    /// <paramref name="membership"/> was in force.</summary>
    public static Input LogCompacted(Instant now, LogPosition newBase, Membership membership) => new()
    {
        Kind = InputKind.LogCompacted, Now = now, Position = newBase, Membership = membership,
    };

    /// <summary>A snapshot that ends at <paramref name="position"/> is on its way to
    /// <paramref name="peer"/>.</summary>
    public static Input SnapshotStarted(Instant now, NodeId peer, LogPosition position) =>
        new() { Kind = InputKind.SnapshotStarted, Now = now, Peer = peer, Position = position };

    /// <summary>The transfer to <paramref name="peer"/> ended.</summary>
    public static Input SnapshotEnded(Instant now, NodeId peer, bool succeeded) =>
        new() { Kind = InputKind.SnapshotEnded, Now = now, Peer = peer, Succeeded = succeeded };

    /// <summary>A snapshot arrived whole: <paramref name="message"/> is an
    /// <see cref="MessageType.InstallSnapshot"/>, <paramref name="membership"/> as of its last
    /// entry.</summary>
    public static Input SnapshotReceived(
        Instant now, scoped in Message message, Membership membership, PeerIdentity sender = default) =>
        new()
        {
            Kind = InputKind.SnapshotReceived, Now = now, Message = message, Membership = membership,
            Sender = sender, Position = message.Position,
        };

    /// <summary>The snapshot that ends at <paramref name="position"/> is in force and durable.</summary>
    public static Input SnapshotInstalled(Instant now, LogPosition position) =>
        new() { Kind = InputKind.SnapshotInstalled, Now = now, Position = position };

    /// <summary>The entries from <paramref name="first"/> to <paramref name="last"/> are whole again, on
    /// disk.</summary>
    public static Input LogRepaired(Instant now, LogIndex first, LogIndex last) => new()
    {
        Kind = InputKind.LogRepaired, Now = now, First = first, Position = new LogPosition(last, default),
    };

    /// <summary>The process of <paramref name="peer"/> has not been heard for an election timeout.</summary>
    public static Input HostSilent(Instant now, NodeId peer) =>
        new() { Kind = InputKind.HostSilent, Now = now, Peer = peer };

    /// <summary>Something was handed to the leader on a client's behalf.</summary>
    public static Input Forwarded(Instant now) => new() { Kind = InputKind.Forwarded, Now = now };

    /// <summary>The log has no room for further commands, or (false) has again. Hard states, truncations,
    /// bases, memberships and empty entries it takes all the same.</summary>
    public static Input SpaceChanged(Instant now, bool isFull) =>
        new() { Kind = InputKind.SpaceChanged, Now = now, IsFull = isFull };

    /// <summary>Nobody holds anything of the group: this node votes from now on.</summary>
    public static Input FoundersAreNew(Instant now) => new() { Kind = InputKind.FoundersAreNew, Now = now };

    /// <summary>See <see cref="InputKind.StateCondemned"/>.</summary>
    public static Input StateCondemned(Instant now) => new() { Kind = InputKind.StateCondemned, Now = now };
}
