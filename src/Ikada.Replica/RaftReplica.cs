using Ikada.Consensus;
using Ikada.Log;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>CONTRACT STUB: one group on one node: joins consensus, log and state machine. Deterministic, single-threaded.
/// The host calls inputs as they come and <see cref="EndBatch"/> after each batch of them, then <c>WriteAheadLog.Flush</c>.</summary>
public sealed class RaftReplica
{
    /// <summary>Starts a replica over an opened group log; the state machine stands at <paramref name="applied"/>.</summary>
    public RaftReplica(ConsensusOptions options, NodeId self, GroupLog log, LogIndex applied, IReplicaPorts ports, ulong seed, Instant now) => throw new NotImplementedException();

    /// <summary>When <see cref="Tick"/> is due next.</summary>
    public Instant NextDeadline => throw new NotImplementedException();

    /// <summary>Where the replica stands.</summary>
    public ReplicaStatus Status => throw new NotImplementedException();

    /// <summary>The membership in force.</summary>
    public Membership Membership => throw new NotImplementedException();

    /// <summary>Time has passed.</summary>
    public void Tick(Instant now) => throw new NotImplementedException();

    /// <summary>A message arrived; the entries' checksums were verified by the receiver.</summary>
    public void Receive(Instant now, in Message message, ReadOnlySpan<LogEntry> entries) => throw new NotImplementedException();

    /// <summary>A client writes. Proposals of one batch are appended together.</summary>
    public void Propose(Instant now, Proposal proposal) => throw new NotImplementedException();

    /// <summary>A client reads.</summary>
    public void Read(Instant now, ReadRequest request) => throw new NotImplementedException();

    /// <summary>From <see cref="ILogEvents.EntriesFlushed"/>.</summary>
    public void EntriesFlushed(Instant now, LogPosition last, ulong generation) => throw new NotImplementedException();

    /// <summary>From <see cref="ILogEvents.HardStateSaved"/>.</summary>
    public void HardStateSaved(Instant now, HardState saved) => throw new NotImplementedException();

    /// <summary>From <see cref="ILogEvents.EntriesRead"/>.</summary>
    public void EntriesRead(Instant now, ulong cookie, ReadOnlySpan<LogEntry> entries) => throw new NotImplementedException();

    /// <summary>An <see cref="ApplyRequest"/> has been executed.</summary>
    public void Applied(Instant now, ApplyRequest request) => throw new NotImplementedException();

    /// <summary>A peer's connection opened.</summary>
    public void ConnectionOpened(Instant now, NodeId peer) => throw new NotImplementedException();

    /// <summary>A peer's connection closed: what was sent on it and not answered is unknown.</summary>
    public void ConnectionClosed(Instant now, NodeId peer) => throw new NotImplementedException();

    /// <summary>The queue to a peer is nearly full.</summary>
    public void PeerCongested(Instant now, NodeId peer) => throw new NotImplementedException();

    /// <summary>The queue to a peer has room again.</summary>
    public void PeerDrained(Instant now, NodeId peer) => throw new NotImplementedException();

    /// <summary>A queued frame was dropped before it was sent.</summary>
    public void SendDropped(Instant now, in Message message) => throw new NotImplementedException();

    /// <summary>Ends a batch of inputs: appends the gathered proposals, asks for the gathered reads.</summary>
    public void EndBatch(Instant now) => throw new NotImplementedException();
}

/// <summary>Where a replica stands.</summary>
public readonly record struct ReplicaStatus(
    NodeId Self, Role Role, Term Term, NodeId Leader, LogIndex Commit, LogIndex Applied, LogPosition Last, LogIndex Durable);
