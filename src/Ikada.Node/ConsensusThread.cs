using System.Diagnostics;
using Ikada.Consensus;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Replica;
using Microsoft.Extensions.Logging;

namespace Ikada.Node;

/// <summary>
/// The thread that owns replica and log. It takes all that lies in the inbox, steps through it, then once per
/// batch ends the batch, hands the log's writes to the disk thread and flushes the transport, in this order:
/// the disk works while the peers receive (diss. §10.2.1).
/// </summary>
internal sealed class ConsensusThread : IReplicaPorts, ILogEvents
{
    private readonly NodeOptions _options;
    private readonly Inbox _inbox;
    private readonly IPeerTransport _transport;
    private readonly NodeMetrics _metrics;
    private readonly RoleSignal _roles;
    private readonly ApplyThread _apply;
    private readonly SnapshotThread _snapshots;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource<NodeStoppedException?> _ended =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RaftReplica _replica = null!;
    private WriteAheadLog _log = null!;
    private NodeId _self;
    private NodeView _view = NodeView.None;
    private Instant _now;
    private Instant _idleSince;
    private Instant _sealBy = Instant.Never;

    // While the log is full: when it tries next whether there is space.
    private Instant _askForSpaceAt = Instant.Never;

    public ConsensusThread(
        NodeOptions options,
        Inbox inbox,
        IPeerTransport transport,
        ApplyThread apply,
        SnapshotThread snapshots,
        NodeMetrics metrics,
        RoleSignal roles,
        ILogger logger)
    {
        _options = options;
        _inbox = inbox;
        _transport = transport;
        _apply = apply;
        _snapshots = snapshots;
        _metrics = metrics;
        _roles = roles;
        _logger = logger;
    }

    /// <summary>Ends with the thread; the result says why, or is null after a stop that was asked
    /// for.</summary>
    public Task<NodeStoppedException?> Ended => _ended.Task;

    /// <summary>Where the replica stood after the last batch.</summary>
    public NodeView View => Volatile.Read(ref _view);

    /// <summary>Gives the thread what it owns from now on. Before <see cref="Start"/>.</summary>
    public void Own(WriteAheadLog log, ReplicaStart start)
    {
        _log = log;
        _self = start.Self;
        _now = _idleSince = BootClock.Now;
        _replica = new RaftReplica(start, this, _now);
        Publish();
    }

    public void Start() => new Thread(Run) { IsBackground = true, Name = "ikada-consensus" }.Start();

    bool IReplicaPorts.Send(in Message message, ReadOnlySpan<LogEntry> entries) =>
        _transport.Send(_options.Group, message, entries);

    void IReplicaPorts.Apply(MachineWork work) => _apply.Submit(work);

    void IReplicaPorts.Submit(SnapshotOperation operation) => _snapshots.Submit(operation);

    void IReplicaPorts.Observe(in SnapshotFact fact)
    {
        SnapshotLog.Tell(_logger, _self, fact);
        _metrics.Observed(fact);
    }

    void IReplicaPorts.Stop(string message) => throw new NodeStoppedException(message);

    void IReplicaPorts.ObserveRole(Role role, Term term, NodeId leader)
    {
        NodeLog.RoleChanged(_logger, _self, role, term, leader);
        _metrics.RoleChanged(role);
    }

    void IReplicaPorts.Observe(Fact fact, NodeId peer)
    {
        NodeLog.Observed(_logger, _self, fact, peer);
        if (fact == Fact.LostLog)
        {
            throw LostLog.Stops(_replica.Status);
        }
    }

    void ILogEvents.EntriesFlushed(GroupId group, LogPosition last, ulong generation) =>
        _replica.EntriesFlushed(_now, last, generation);

    void ILogEvents.HardStateSaved(GroupId group, HardState saved) => _replica.HardStateSaved(_now, saved);

    void ILogEvents.EntriesRead(GroupId group, ulong cookie, ReadOnlySpan<LogEntry> entries) =>
        _replica.EntriesRead(_now, cookie, entries);

    void ILogEvents.EntriesRepaired(GroupId group, LogIndex first, LogIndex last) =>
        _replica.EntriesRepaired(_now, first, last);

    void ILogEvents.BaseSaved(GroupId group, LogPosition position) =>
        _replica.BaseSaved(_now, position);

    void ILogEvents.SpaceChanged(bool isFull)
    {
        if (isFull)
        {
            NodeLog.SpaceExhausted(_logger, _self);
            _askForSpaceAt = _now + _options.SpaceRetryInterval;
        }
        else
        {
            NodeLog.SpaceRegained(_logger, _self);
            _askForSpaceAt = Instant.Never;
        }

        _replica.SpaceChanged(_now, isFull);
    }

    void ILogEvents.LogFailed(string message) =>
        throw new NodeStoppedException($"the log cannot go on: {message}");

    private void Run()
    {
        NodeStoppedException? reason = null;
        try
        {
            var batch = new List<InboxItem>();
            while (!IsDone())
            {
                batch = _inbox.Take(batch, Wait());
                DoBatch(batch);
                batch.Clear();
            }
        }
#pragma warning disable CA1031 // Not swallowed: it is how the node ends.
        catch (Exception error)
#pragma warning restore CA1031
        {
            reason = error as NodeStoppedException
                ?? new NodeStoppedException($"the consensus thread failed: {error.Message}", error);
            NodeLog.Fatal(_logger, _self, reason.Message, error);
        }

        _ended.SetResult(reason);
    }

    // After a stop was asked for: once all is sealed, or it takes too long.
    private bool IsDone()
    {
        if (_sealBy == Instant.Never)
        {
            return false;
        }

        if (_log.IsQuiet)
        {
            NodeLog.Stopped(_logger, _self);
            return true;
        }

        if (BootClock.Now >= _sealBy)
        {
            NodeLog.StoppedUnsealed(_logger, _self, _options.SealTimeMax.TotalMilliseconds);
            return true;
        }

        return false;
    }

    private TimeSpan Wait()
    {
        var until = _sealBy == Instant.Never
            ? Instant.Min(_replica.NextDeadline, _idleSince + _options.SealAfterIdle)
            : _sealBy;
        until = Instant.Min(until, _askForSpaceAt);
        return until - BootClock.Now;
    }

    private void DoBatch(List<InboxItem> batch)
    {
        _metrics.Batch(batch.Count);
        foreach (ref readonly var item in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(batch))
        {
            _now = BootClock.Now;
            Take(item);
        }

        _now = BootClock.Now;
        if (_sealBy == Instant.Never)
        {
            // Only now: what has arrived counts before the time that passed, or a mere pause would start an
            // election.
            if (_now >= _replica.NextDeadline)
            {
                _replica.Tick(_now);
            }

            _replica.EndBatch(_now);
        }

        FlushLog();
        _transport.Flush();
        _metrics.Log.Observe(_log);
        Publish();
    }

    private void FlushLog()
    {
        if (_now >= _askForSpaceAt)
        {
            _askForSpaceAt = _now + _options.SpaceRetryInterval;
            _log.TryRegainSpace();
        }

        if (_sealBy != Instant.Never || (_now - _idleSince >= _options.SealAfterIdle && _log.IsQuiet))
        {
            // Costs nothing where the log is sealed already.
            _log.Seal();
            _idleSince = _now + _options.SealAfterIdle;
            return;
        }

        _log.Flush();
        if (!_log.IsQuiet)
        {
            _idleSince = _now;
        }
    }

    private void Take(in InboxItem item)
    {
        switch (item.Kind)
        {
            case InboxKind.DiskDone:
                _log.Complete((DiskOperation)item.Load!);
                break;
            case InboxKind.MachineDone:
                _replica.MachineDone(_now, (MachineWork)item.Load!);
                break;
            case InboxKind.SnapshotDone:
                // A stopping node cancels what is long; what became of it then, the next start sees.
                if (_sealBy == Instant.Never)
                {
                    _replica.SnapshotWorkDone(_now, (SnapshotOperation)item.Load!);
                }

                break;
            case InboxKind.Fail:
                throw (Exception)item.Load!;
            case InboxKind.Stop when _sealBy == Instant.Never:
                _sealBy = _now + _options.SealTimeMax;
                break;
            case InboxKind.Stop:
                break;
            default:
                // A stopping node only finishes what is under way.
                if (_sealBy == Instant.Never)
                {
                    TakeInput(item);
                }

                break;
        }
    }

    private void TakeInput(in InboxItem item)
    {
        switch (item.Kind)
        {
            case InboxKind.Received:
                TakeMessage(item);
                break;
            case InboxKind.Propose:
                _replica.Propose((Proposal)item.Load!);
                break;
            case InboxKind.Read:
                _replica.Read((ReadRequest)item.Load!);
                break;
            case InboxKind.ChangeMembership:
                _replica.ChangeMembership(_now, (MembershipProposal)item.Load!);
                break;
            case InboxKind.Transfer:
                _replica.Transfer(_now, (TransferRequest)item.Load!);
                break;
            case InboxKind.TakeSnapshot:
                _replica.TakeSnapshot((SnapshotWish)item.Load!);
                break;
            case InboxKind.FoundersAreNew:
                _replica.FoundersAreNew(_now);
                break;
            case InboxKind.ConnectionOpened:
                _replica.ConnectionOpened(_now, item.Peer);
                break;
            case InboxKind.ConnectionClosed:
                NodeLog.ConnectionLost(_logger, _self, item.Peer);
                _replica.ConnectionClosed(_now, item.Peer);
                break;
            case InboxKind.PeerCongested:
                NodeLog.PeerCongested(_logger, _self, item.Peer);
                _replica.PeerCongested(_now, item.Peer);
                break;
            case InboxKind.PeerDrained:
                _replica.PeerDrained(_now, item.Peer);
                break;
            case InboxKind.SendDropped:
                // Messages of other groups were none of ours.
                if (item.Group == _options.Group)
                {
                    _replica.SendDropped(_now, item.Message);
                }

                break;
            default:
                throw new UnreachableException($"an input of kind {item.Kind}");
        }
    }

    private void TakeMessage(in InboxItem item)
    {
        if (item.Group != _options.Group)
        {
            NodeLog.UnknownGroup(_logger, _self, item.Group, item.Message.From, _options.Group);
            return;
        }

        _replica.Receive(_now, item.Message, (LogEntry[])item.Load!, item.Sender);
    }

    private void Publish()
    {
        var status = _replica.Status;
        var (membership, reachable) = (_replica.Membership, _replica.Reachable);
        var before = _view;
        if (before.Status == status && ReferenceEquals(before.Membership, membership))
        {
            return;
        }

        if (!ReferenceEquals(before.Reachable, reachable))
        {
            _transport.Update(reachable);
        }

        Volatile.Write(ref _view, new NodeView(status, membership, reachable));
        // Raised after the view is public: who waited for the change must see it.
        if (before.Status.Role != status.Role || before.Status.Leader != status.Leader
            || before.Status.Term != status.Term)
        {
            _roles.Raise();
        }
    }
}

/// <summary>Where a replica stands, for other threads.</summary>
internal sealed record NodeView(ReplicaStatus Status, Membership Membership, Membership Reachable)
{
    public static NodeView None { get; } = new(default, Membership.Empty, Membership.Empty);
}
