using System.Diagnostics;
using Ikada.Consensus;
using Ikada.Log;
using Ikada.Primitives;

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
    private readonly GroupLog _log;
    private readonly IReplicaPorts _ports;
    private readonly ReplicaOptions _options;
    private readonly ConsensusCore _core;
    private readonly OutstandingWrites _writes = new();
    private readonly ReadWaiters _reads = new();
    private readonly ApplyPump _apply;
    private readonly AppendSender _sender;
    private readonly LogRepair _repair;
    private readonly Forwarding _forwarding;
    private readonly List<Proposal> _gathered = [];
    private readonly List<NodeId> _droppedTo = [];
    private readonly HeaderBuffer _headers = new();
    private readonly TransferWishes _transfers = new();
    private readonly ICoreObserver? _observer;
    private readonly OwnEntries _own;

    /// <summary>Starts a replica over an opened log.</summary>
    /// <exception cref="InvariantException">Log and state machine contradict each other: entries are
    /// missing.</exception>
    public RaftReplica(ReplicaStart start, IReplicaPorts ports, Instant now)
    {
        ArgumentNullException.ThrowIfNull(start);
        _log = start.Log;
        _ports = ports;
        _options = start.Replica;
        _observer = start.Observer;
        _core = new ConsensusCore(start.Consensus, start.Self, LogRepair.Restore(start), start.Seed, now);
        _repair = new LogRepair(_core, _log, ports, start.Consensus.AppendBytesMax);
        _apply = new ApplyPump(_core, _log, ports, _writes, _options, start.Applied);
        _sender = new AppendSender(_core, _log, ports, _options.AppendsBehindReadMax);
        _forwarding = new Forwarding(
            _log.Group, _core, ports, _writes, _reads, start.Identity.StartCount, _options.ForwardWindow);
        _own = new OwnEntries(_log, _writes, _forwarding);
    }

    /// <summary>When <see cref="Tick"/> is due next.</summary>
    public Instant NextDeadline => _core.NextDeadline;

    /// <summary>The membership in force: the newest in the log, committed or not.</summary>
    public Membership Membership => _core.Membership;

    /// <summary>Where the replica stands.</summary>
    public ReplicaStatus Status => new(
        _core.Self, _core.Role, _core.Term, _core.Leader, _core.Commit, _apply.Applied, _core.Last,
        _core.Durable)
    {
        DamagedEntries = LogRepair.Count(_core.Damage), IsUnsure = _core.IsUnsure,
        IsTreatedAsWiped = _core.IsTreatedAsWiped, IsFull = _core.IsFull,
    };

    /// <summary>Time has passed.</summary>
    public void Tick(Instant now) => Step(Input.Tick(now));

    /// <summary>A message arrived; the receiver has verified its frame and the entries' checksums.</summary>
    public void Receive(
        Instant now, in Message message, ReadOnlySpan<LogEntry> entries, PeerIdentity sender)
    {
        switch (message.Type)
        {
            case MessageType.ForwardProposal:
                ReceiveForwarded(now, message, entries);
                break;
            case MessageType.ForwardProposalReply:
                _forwarding.ProposalsAnswered(message, _apply.HandedOver);
                break;
            case MessageType.ForwardRead:
                ReceiveForwardedRead(now, message);
                break;
            case MessageType.ForwardReadReply:
                _forwarding.ReadAnswered(message, _apply.Applied);
                break;
            default:
                Step(Input.Received(now, message, _headers.Of(entries), sender), received: entries);
                break;
        }
    }

    /// <summary>A client writes. The proposals of one batch of inputs are appended together, in
    /// order.</summary>
    public void Propose(Proposal proposal) => _gathered.Add(proposal);

    /// <summary>Somebody wants membership or settings changed. Only the leader takes it; elsewhere it is
    /// refused.</summary>
    public void ChangeMembership(Instant now, MembershipProposal proposal)
    {
        ArgumentNullException.ThrowIfNull(proposal);
        Step(Input.MembershipProposed(now, proposal.Change), proposals: [proposal]);
    }

    /// <summary>Somebody wants another node to lead.</summary>
    public void Transfer(Instant now, TransferRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        _transfers.Add(request);
        Step(Input.TransferRequested(now, request.Target));
        _transfers.Asked();
    }

    /// <summary>A client reads. The reads of one batch of inputs share a read index.</summary>
    public void Read(ReadRequest request) => _reads.Gather(request);

    /// <summary>From <see cref="ILogEvents.EntriesFlushed"/>.</summary>
    public void EntriesFlushed(Instant now, LogPosition last, ulong generation) =>
        Step(Input.LogFlushed(now, last, generation));

    /// <summary>From <see cref="ILogEvents.HardStateSaved"/>.</summary>
    public void HardStateSaved(Instant now, HardState saved) => Step(Input.HardStateSaved(now, saved));

    /// <summary>From <see cref="ILogEvents.EntriesRepaired"/>.</summary>
    public void EntriesRepaired(Instant now, LogIndex first, LogIndex last) =>
        Step(Input.LogRepaired(now, first, last));

    /// <summary>From <see cref="ILogEvents.BaseSaved"/>.</summary>
    public void BaseSaved(Instant now, LogPosition position) =>
        throw new NotSupportedException($"{now} {position}");

    /// <summary>From <see cref="ILogEvents.SpaceChanged"/>.</summary>
    public void SpaceChanged(Instant now, bool isFull) => Step(Input.SpaceChanged(now, isFull));

    /// <summary>From <see cref="ILogEvents.EntriesRead"/>.</summary>
    public void EntriesRead(Instant now, ulong cookie, ReadOnlySpan<LogEntry> entries)
    {
        if (cookie == ApplyCookie)
        {
            _apply.EntriesRead(entries);
        }
        else if (LogRepair.Owns(cookie))
        {
            _repair.EntriesRead(cookie, entries);
        }
        else if (!_sender.EntriesRead(cookie, entries, out var peer))
        {
            Step(Input.SendDropped(now, peer));
        }
    }

    /// <summary>An <see cref="ApplyRequest"/> has been executed.</summary>
    public void Applied(ApplyRequest request)
    {
        _apply.Done(request);
        _reads.Applied(_apply.Applied);
        _apply.Pump();
    }

    /// <summary>A peer's connection opened.</summary>
    public void ConnectionOpened(Instant now, NodeId peer) => Step(Input.ConnectionOpened(now, peer));

    /// <summary>A peer's connection closed: what was sent on it and not answered is unknown.</summary>
    public void ConnectionClosed(Instant now, NodeId peer)
    {
        _forwarding.GiveUp(peer);
        Step(Input.ConnectionClosed(now, peer));
    }

    /// <summary>The queue to a peer is nearly full.</summary>
    public void PeerCongested(Instant now, NodeId peer) => Step(Input.PeerCongested(now, peer));

    /// <summary>The queue to a peer has room again.</summary>
    public void PeerDrained(Instant now, NodeId peer) => Step(Input.PeerDrained(now, peer));

    /// <summary>A queued message was dropped before it was sent.</summary>
    public void SendDropped(Instant now, in Message message)
    {
        switch (message.Type)
        {
            case MessageType.ForwardProposal or MessageType.ForwardRead:
                _forwarding.Dropped(message.Type, message.Sequence);
                break;
            case MessageType.Append:
                Step(Input.SendDropped(now, message.To));
                break;
            default:
                // Votes, heartbeats and answers: their sender asks again in time.
                break;
        }
    }

    /// <summary>Ends a batch of inputs: appends the gathered proposals, asks for the gathered
    /// reads.</summary>
    public void EndBatch(Instant now)
    {
        if (_gathered.Count > 0)
        {
            ProposeGathered(now);
        }

        if (_reads.HasGathered)
        {
            AskGathered(now);
        }
    }

    private void ProposeGathered(Instant now)
    {
        var proposals = _gathered.ToArray();
        _gathered.Clear();
        if (_core.Role != Role.Leader && _options.ForwardsProposals && _forwarding.CanForward)
        {
            WakeToForward(now);
            ForwardInBatches(proposals);
            return;
        }

        Step(Input.Proposed(now, _headers.OfCommands(proposals)), proposals: proposals);
    }

    // A sleeping group has no election timer: who waits for its leader must notice if it is gone.
    private void WakeToForward(Instant now)
    {
        if (_core.IsAsleep)
        {
            Step(Input.Forwarded(now));
        }
    }

    private void ForwardInBatches(Proposal[] proposals)
    {
        var start = 0;
        long bytes = 0;
        for (var i = 0; i < proposals.Length; i++)
        {
            bytes += proposals[i].Command.Length;
            if (i > start && bytes > _options.ForwardBytesMax)
            {
                _forwarding.SendProposals(proposals[start..i]);
                start = i;
                bytes = proposals[i].Command.Length;
            }
        }

        _forwarding.SendProposals(proposals[start..]);
    }

    private void AskGathered(Instant now)
    {
        var readId = _forwarding.NextSequence();
        var withoutLease = _reads.WithoutLease;
        _reads.Ask(readId);
        if (_core.Role != Role.Leader && _forwarding.CanForward)
        {
            WakeToForward(now);
            _forwarding.SendRead(readId);
        }
        else
        {
            Step(Input.ReadRequested(now, readId, withoutLease));
        }
    }

    private void ReceiveForwarded(Instant now, in Message message, ReadOnlySpan<LogEntry> entries)
    {
        if (entries.IsEmpty || !_forwarding.TryTake(message))
        {
            return;
        }

        var bodies = new ReadOnlyMemory<byte>[entries.Length];
        for (var i = 0; i < bodies.Length; i++)
        {
            bodies[i] = entries[i].Body;
        }

        Step(
            Input.Proposed(now, _headers.OfCommands(bodies)),
            forwarded: new ForwardedBatch(message.From, message.Sequence, bodies));
    }

    private void ReceiveForwardedRead(Instant now, in Message message)
    {
        if (_forwarding.TryTake(message))
        {
            var readId = _forwarding.NextSequence();
            _forwarding.AskedForOther(readId, message.From, message.Sequence);
            // The end of a lease means nothing by another node's clock.
            Step(Input.ReadRequested(now, readId, withoutLease: true));
        }
    }

    // One input through the core, and all that follows from it.
    private void Step(
        in Input input,
        ReadOnlySpan<LogEntry> received = default,
        Proposal[]? proposals = null,
        ForwardedBatch? forwarded = null)
    {
        _core.Step(input);
        _observer?.Stepped(input, _core);
        foreach (ref readonly var effect in _core.Effects)
        {
            Carry(effect, received, proposals, forwarded);
        }

        _repair.After();
        _apply.Pump();
        while (_droppedTo.Count > 0)
        {
            var peer = _droppedTo[^1];
            _droppedTo.RemoveAt(_droppedTo.Count - 1);
            Step(Input.SendDropped(input.Now, peer));
        }
    }

    private void Carry(
        in Effect effect, ReadOnlySpan<LogEntry> received, Proposal[]? proposals, ForwardedBatch? forwarded)
    {
        switch (effect.Kind)
        {
            case EffectKind.SaveHardState:
                _log.SaveHardState(effect.Term, effect.Vote);
                break;
            case EffectKind.TruncateLog:
                _log.Truncate(effect.First);
                break;
            case EffectKind.AppendToLog when received.IsEmpty || effect.Membership is not null:
                _own.Append(effect, proposals, forwarded);
                break;
            case EffectKind.AppendToLog:
                // A full log takes only the first ones.
                var count = (int)(effect.Last - effect.First) + 1;
                _log.Append(received.Slice(effect.Skip, count), effect.Generation);
                break;
            case EffectKind.RepairLog:
                _repair.Replace(effect, received);
                break;
            case EffectKind.Send:
                SendOut(effect);
                break;
            case EffectKind.Commit:
                // Only what is durable here: a commit index ahead of the log on disk would be damage at the
                // next start.
                _log.NoteCommit(LogIndex.Min(effect.Last, _core.Durable));
                break;
            case EffectKind.AcceptProposal:
                _own.Accept(effect, proposals, forwarded);
                break;
            case EffectKind.RefuseProposal:
                _own.Refuse(effect, proposals, forwarded);
                break;
            case EffectKind.AnswerRead:
                AnswerRead(effect);
                break;
            case EffectKind.RefuseRead:
                RefuseRead(effect);
                break;
            case EffectKind.ObserveRole:
                _writes.RoleChanged(_core);
                _forwarding.GiveUp(NodeId.None);
                _ports.ObserveRole(effect.Role, effect.Term, effect.Leader);
                break;
            case EffectKind.Observe:
                _ports.Observe(effect.Fact, effect.Peer);
                break;
            case EffectKind.EndTransfer:
                _transfers.End(effect, _core.Leader);
                break;
            default:
                throw new UnreachableException($"effect of kind {effect.Kind}");
        }
    }

    private void AnswerRead(in Effect effect)
    {
        if (!_forwarding.TryAnswerOther(effect.ReadId, effect.Last, reject: false))
        {
            _reads.Confirm(effect.ReadId, effect.Last, _apply.Applied, effect.ExpiresAt);
        }
    }

    private void RefuseRead(in Effect effect)
    {
        if (!_forwarding.TryAnswerOther(effect.ReadId, default, reject: true))
        {
            _reads.Refuse(effect.ReadId, effect.Refusal, effect.Leader);
        }
    }

    private void SendOut(in Effect effect)
    {
        if (effect.Message.Type == MessageType.EntryReply)
        {
            _repair.Supply(effect.Message, effect.LastTerm);
        }
        else if (effect.Message.Type != MessageType.Append)
        {
            _ = _ports.Send(effect.Message, default);
        }
        else if (!_sender.Send(effect.Message, effect.LastTerm) && !_droppedTo.Contains(effect.Message.To))
        {
            _droppedTo.Add(effect.Message.To);
        }
    }
}
