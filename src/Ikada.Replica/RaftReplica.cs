using Ikada.Consensus;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Replica.Divergence;

namespace Ikada.Replica;

/// <summary>
/// One group on one node: joins ① consensus, ② log and ③ state machine, and holds the order between
/// them. Deterministic and single-threaded: time, network, disk and apply are ports. The host calls the
/// inputs as they come, then <see cref="EndBatch"/> once per batch of them, then
/// <see cref="WriteAheadLog.Flush"/>.
/// </summary>
public sealed class RaftReplica
{
    internal const ulong ApplyCookie = 0;
    private readonly ReplicaParts _parts;
    private readonly Stepper _stepper;
    private readonly ClientDesk _clients;

    /// <summary>Starts a replica over an opened log.</summary>
    /// <exception cref="InvariantException">Log and state machine contradict each other: entries are
    /// missing.</exception>
    public RaftReplica(ReplicaStart start, IReplicaPorts ports, Instant now)
    {
        ArgumentNullException.ThrowIfNull(start);
        _parts = new ReplicaParts(start, ports, now);
        _stepper = new Stepper(_parts, start.Observer);
        _clients = new ClientDesk(_parts, _stepper);
    }

    /// <summary>When <see cref="Tick"/> is due next.</summary>
    public Instant NextDeadline =>
        Instant.Min(
            Instant.Min(_parts.Core.NextDeadline, _parts.Snapshots.Deadline),
            Instant.Min(
                _parts.Forwarding.Deadline,
                Instant.Min(_parts.Divergence.Deadline, _parts.Scrub.Deadline)));

    /// <summary>The membership in force: the newest in the log, committed or not.</summary>
    public Membership Membership => _parts.Core.Membership;

    /// <summary>The same with those that an uncommitted change removes: to be kept in touch with.</summary>
    public Membership Reachable => _parts.Core.Reachable;

    /// <summary>Whether the group sleeps, as far as this node knows: only something that happens wakes
    /// it.</summary>
    public bool IsAsleep => _parts.Core.IsAsleep;

    /// <summary>Where the replica stands.</summary>
    public ReplicaStatus Status
    {
        get
        {
            var core = _parts.Core;
            return new ReplicaStatus(
                core.Self, core.Role, core.Term, core.Leader, core.Commit, _parts.Apply.Applied, core.Last,
                core.Durable)
            {
                DamagedEntries = LogRepair.Count(core.Damage), IsUnsure = core.IsUnsure,
                IsTreatedAsWiped = core.IsTreatedAsWiped, IsStateMissing = core.IsStateMissing,
                LogFirst = core.Base.Index.Next, SnapshotIndex = _parts.Snapshots.Newest,
                SnapshotsSending = _parts.Snapshots.Sending,
                IsReceivingSnapshot = _parts.Snapshots.IsReceiving,
                IsQuarantined = _parts.Divergence.IsQuarantined,
                StatesAgreedAt = _parts.Divergence.Range.Agreed,
                StatesDifferAt = _parts.Divergence.Range.Differs,
                StatesDisputedAt = _parts.Divergence.Disputed,
                OddMembers = _parts.Divergence.OddMembers,
                ScrubbedAt = _parts.Scrub.Newest, IsStateUnreadable = _parts.Scrub.IsUnreadable,
                IsFull = core.IsFull, DurableApplied = _parts.Snapshots.DurableApplied,
            };
        }
    }

    /// <summary>Time has passed.</summary>
    public void Tick(Instant now)
    {
        _parts.Forwarding.Tick(now);
        if (now >= _parts.Core.NextDeadline)
        {
            _stepper.Step(Input.Tick(now));
        }
    }

    /// <summary>A message arrived; the receiver has verified its frame and the entries' checksums.</summary>
    public void Receive(
        Instant now, in Message message, ReadOnlySpan<LogEntry> entries, PeerIdentity sender)
    {
        switch (message.Type)
        {
            case MessageType.ForwardProposal:
                _clients.ReceiveForwarded(now, message, entries, sender);
                break;
            case MessageType.ForwardProposalReply:
                _parts.Forwarding.ProposalsAnswered(message, _parts.Apply.HandedOver);
                break;
            case MessageType.ForwardRead:
                _clients.ReceiveForwardedRead(now, message, sender);
                break;
            case MessageType.ForwardReadReply:
                _parts.Forwarding.ReadAnswered(message, _parts.Apply.Applied);
                break;
            case MessageType.SnapshotOffer or MessageType.SnapshotAnswer or MessageType.SnapshotPiece
                or MessageType.SnapshotRequest:
                _parts.Snapshots.Receive(now, message, entries, sender);
                _stepper.Follow(now);
                break;
            case MessageType.StateVerdict when message.Round == 1:
                _parts.Scrub.Told(message);
                break;
            case MessageType.StateScrub or MessageType.StateScrubbed:
                _parts.Scrub.Receive(message, now);
                _stepper.Follow(now);
                break;
            case MessageType.StateVerdict:
                _parts.Divergence.Told(message);
                break;
            case MessageType.HeartbeatReply:
                _stepper.Step(Input.Received(now, message, default, sender));
                _parts.Divergence.Answered(message, now);
                break;
            default:
                _stepper.Step(
                    Input.Received(now, message, _parts.Headers.Of(entries), sender), received: entries);
                break;
        }
    }

    /// <summary>A client writes. The proposals of one batch of inputs are appended together, in
    /// order.</summary>
    public void Propose(Proposal proposal) => _clients.Propose(proposal);

    /// <summary>Somebody wants membership or settings changed. Only the leader takes it; elsewhere it is
    /// refused.</summary>
    public void ChangeMembership(Instant now, MembershipProposal proposal)
    {
        ArgumentNullException.ThrowIfNull(proposal);
        _stepper.Step(Input.MembershipProposed(now, proposal.Change), proposals: [proposal]);
    }

    /// <summary>Somebody wants another node to lead.</summary>
    public void Transfer(Instant now, TransferRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        _parts.Transfers.Add(request);
        _stepper.Step(Input.TransferRequested(now, request.Target));
        _parts.Transfers.Asked();
    }

    /// <summary>Somebody wants a snapshot of what is applied now, whether or not one is due.</summary>
    public void TakeSnapshot(SnapshotWish wish)
    {
        ArgumentNullException.ThrowIfNull(wish);
        _parts.Snapshots.Wish(wish);
    }

    /// <summary>The stored bytes of all members are to be compared now, whether or not it is time. Only the
    /// leader takes it, and only where <see cref="ReplicaOptions.ScrubInterval"/> is not zero.</summary>
    public void CompareStores(Instant now) => _parts.Scrub.Wish(now);

    /// <summary>A client reads. The reads of one batch of inputs share a read index.</summary>
    public void Read(ReadRequest request) => _clients.Read(request);

    /// <summary>From <see cref="ILogEvents.EntriesFlushed"/>.</summary>
    public void EntriesFlushed(Instant now, LogPosition last, ulong generation) =>
        _stepper.Step(Input.LogFlushed(now, last, generation));

    /// <summary>From <see cref="ILogEvents.HardStateSaved"/>.</summary>
    public void HardStateSaved(Instant now, HardState saved) =>
        _stepper.Step(Input.HardStateSaved(now, saved));

    /// <summary>From <see cref="ILogEvents.EntriesRepaired"/>.</summary>
    public void EntriesRepaired(Instant now, LogIndex first, LogIndex last) =>
        _stepper.Step(Input.LogRepaired(now, first, last));

    /// <summary>From <see cref="ILogEvents.BaseSaved"/>.</summary>
    public void BaseSaved(Instant now, LogPosition position)
    {
        _parts.Snapshots.BaseSaved(position);
        _stepper.Follow(now);
    }

    /// <summary>From <see cref="ILogEvents.SpaceChanged"/>.</summary>
    public void SpaceChanged(Instant now, bool isFull) => _stepper.Step(Input.SpaceChanged(now, isFull));

    /// <summary>Every other founder has said that it holds nothing.</summary>
    public void FoundersAreNew(Instant now) => _stepper.Step(Input.FoundersAreNew(now));

    /// <summary>From <see cref="ILogEvents.EntriesRead"/>.</summary>
    public void EntriesRead(Instant now, ulong cookie, ReadOnlySpan<LogEntry> entries)
    {
        if (cookie == ApplyCookie)
        {
            _parts.Apply.EntriesRead(entries);
        }
        else if (LogRepair.Owns(cookie))
        {
            _parts.Repair.EntriesRead(cookie, entries);
        }
        else if (!_parts.Sender.EntriesRead(cookie, entries, out var peer))
        {
            _stepper.Step(Input.SendDropped(now, peer));
        }
    }

    /// <summary>What <see cref="IReplicaPorts.Apply"/> was given has been done.</summary>
    public void MachineDone(Instant now, MachineWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        _parts.Snapshots.DurablyApplied(work.DurableApplied);
        _parts.Divergence.Done(work);
        if (work is ApplyRequest request)
        {
            _parts.Apply.Done(request);
            _parts.Reads.Applied(_parts.Apply.Applied);
            _parts.Apply.Pump();
        }
        else if (work is ScrubRequest scrub)
        {
            _parts.Scrub.Captured(scrub, now);
        }
        else
        {
            _parts.Snapshots.MachineDone(now, work);
        }

        _stepper.Follow(now);
    }

    /// <summary>What <see cref="IReplicaPorts.Submit"/> was given has been done.</summary>
    public void SnapshotWorkDone(Instant now, SnapshotOperation operation)
    {
        if (operation is ScrubState scrub)
        {
            _parts.Scrub.Done(scrub, now);
        }
        else
        {
            _parts.Snapshots.Done(now, operation);
        }

        _stepper.Follow(now);
    }

    /// <summary>A peer's connection opened.</summary>
    public void ConnectionOpened(Instant now, NodeId peer) =>
        _stepper.Step(Input.ConnectionOpened(now, peer));

    /// <summary>A peer's connection closed: what was sent on it and not answered is unknown.</summary>
    public void ConnectionClosed(Instant now, NodeId peer)
    {
        _parts.Forwarding.GiveUp(peer);
        _parts.Snapshots.ConnectionClosed(peer);
        _stepper.Step(Input.ConnectionClosed(now, peer));
    }

    /// <summary>The peer's process, whose heartbeat stands in for those of sleeping groups, has not been
    /// heard for an election timeout.</summary>
    public void HostSilent(Instant now, NodeId peer) => _stepper.Step(Input.HostSilent(now, peer));

    /// <summary>The queue to a peer is nearly full.</summary>
    public void PeerCongested(Instant now, NodeId peer) => _stepper.Step(Input.PeerCongested(now, peer));

    /// <summary>The queue to a peer has room again.</summary>
    public void PeerDrained(Instant now, NodeId peer) => _stepper.Step(Input.PeerDrained(now, peer));

    /// <summary>A queued message was dropped before it was sent.</summary>
    public void SendDropped(Instant now, in Message message)
    {
        switch (message.Type)
        {
            case MessageType.ForwardProposal or MessageType.ForwardRead:
                _parts.Forwarding.Dropped(message.Type, message.Sequence);
                break;
            case MessageType.Append:
                _stepper.Step(Input.SendDropped(now, message.To));
                break;
            default:
                // Votes, heartbeats and answers: their sender asks again in time.
                break;
        }
    }

    /// <summary>Ends a batch of inputs: appends the gathered proposals, asks for the gathered
    /// reads, looks after snapshots.</summary>
    public void EndBatch(Instant now)
    {
        _clients.EndBatch(now);
        _parts.Divergence.Look(now, _stepper);
        _parts.Scrub.Look(now);
        _parts.Snapshots.EndBatch(now);
        _stepper.Follow(now);
    }
}
