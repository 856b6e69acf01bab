using System.Diagnostics;
using System.Runtime.InteropServices;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Replica;
using Microsoft.Extensions.Logging;

namespace Ikada.Node;

/// <summary>
/// The thread that owns the log and the replicas of all groups. It takes all that lies in the inbox, steps
/// through it, then once per batch ends the batch of each group that had a part in it, hands the log's writes
/// to the disk thread and flushes the transport, in this order: the disk works while the peers receive (diss.
/// §10.2.1).
/// </summary>
internal sealed class ConsensusThread : ILogEvents
{
    private static readonly TimeSpan UnknownGroupLogInterval = TimeSpan.FromSeconds(1);
    private readonly NodeOptions _options;
    private readonly HostParts _parts;
    private readonly Inbox _inbox;
    private readonly PeerProcesses _peers;
    private readonly HostPulse _pulse;
    private readonly ILogger _logger;
    private readonly NodeId _self;
    private readonly TaskCompletionSource<NodeStoppedException?> _ended =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WriteAheadLog _log = null!;
    private Instant _now;
    private Instant _idleSince;
    private Instant _sealBy = Instant.Never;

    // While the log is full: when it tries next whether there is space.
    private Instant _askForSpaceAt = Instant.Never;
    private Instant _nextUnknownGroupLog;

    public ConsensusThread(NodeOptions options, HostParts parts, MemberTable members)
    {
        Members = members;
        _options = options;
        _parts = parts;
        _inbox = parts.Inbox;
        _self = parts.Self;
        _logger = parts.Logger;
        _now = _idleSince = BootClock.Now;
        _peers = new PeerProcesses(parts, members);
        _pulse = new HostPulse(options.Consensus, _peers, _now);
    }

    /// <summary>Ends with the thread; the result says why, or is null after a stop that was asked
    /// for.</summary>
    public Task<NodeStoppedException?> Ended => _ended.Task;

    /// <summary>The groups of this process.</summary>
    public MemberTable Members { get; }

    /// <summary>The log. For others than this thread only before <see cref="Start"/>.</summary>
    public WriteAheadLog Log => _log;

    /// <summary>Gives the thread what it owns from now on. Before <see cref="Start"/>.</summary>
    public void Own(WriteAheadLog log) => _log = log;

    /// <summary>Everybody that some group wants to reach. On this thread, or before <see cref="Start"/>.
    /// </summary>
    public Membership Reachable => _peers.Reachable;

    /// <summary>A group begins to act. On this thread, or before <see cref="Start"/>.</summary>
    public void Add(GroupMember member)
    {
        Members.Add(member);
        Members.Touch(member);
        _peers.Joined(member, _now);
    }

    /// <summary>A group ceases to act: its replica stops as if the process had. On this thread.</summary>
    public void Remove(GroupMember member)
    {
        Members.Remove(member);
        _peers.Update();
    }

    public void Start() => new Thread(Run) { IsBackground = true, Name = "ikada-consensus" }.Start();

    // Of a group whose opening failed, or that is closed, the log may still complete what it was given.
    void ILogEvents.EntriesFlushed(GroupId group, LogPosition last, ulong generation) =>
        Find(group)?.EntriesFlushed(_now, last, generation);

    void ILogEvents.HardStateSaved(GroupId group, HardState saved) =>
        Find(group)?.HardStateSaved(_now, saved);

    void ILogEvents.EntriesRead(GroupId group, ulong cookie, ReadOnlySpan<LogEntry> entries) =>
        Find(group)?.EntriesRead(_now, cookie, entries);

    void ILogEvents.EntriesRepaired(GroupId group, LogIndex first, LogIndex last) =>
        Find(group)?.EntriesRepaired(_now, first, last);

    void ILogEvents.BaseSaved(GroupId group, LogPosition position) => Find(group)?.BaseSaved(_now, position);

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

        foreach (var member in Members.All)
        {
            Members.Touch(member).Replica.SpaceChanged(_now, isFull);
        }
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
            ? Instant.Min(
                Instant.Min(Members.NextDeadline, _pulse.Deadline), _idleSince + _options.SealAfterIdle)
            : _sealBy;
        until = Instant.Min(until, _askForSpaceAt);
        return until - BootClock.Now;
    }

    private void DoBatch(List<InboxItem> batch)
    {
        _parts.Metrics.Batch(batch.Count);
        foreach (ref readonly var item in CollectionsMarshal.AsSpan(batch))
        {
            _now = BootClock.Now;
            Take(item);
        }

        _now = BootClock.Now;
        if (_sealBy == Instant.Never)
        {
            EndBatch();
        }

        FlushLog();
        _parts.Transport.Flush();
        _parts.Metrics.Log.Observe(_log);
        _parts.Pauses.Look(_now);
        Publish();
    }

    private void EndBatch()
    {
        // Only now: what has arrived counts before the time that passed, or a mere pause would start an
        // election.
        Members.TouchDue(_now);
        _pulse.Beat(_now);
        foreach (var member in Members.Touched)
        {
            if (_now >= member.Replica.NextDeadline)
            {
                member.Replica.Tick(_now);
            }

            member.Replica.EndBatch(_now);
        }
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
            case InboxKind.MachineDone when !item.Member!.IsClosed:
                Touched(item).MachineDone(_now, (MachineWork)item.Load!);
                break;
            // A stopping node cancels what is long; what became of it then, the next start sees.
            case InboxKind.SnapshotDone when !item.Member!.IsClosed && _sealBy == Instant.Never:
                Touched(item).SnapshotWorkDone(_now, (SnapshotOperation)item.Load!);
                break;
            case InboxKind.MachineDone or InboxKind.SnapshotDone:
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
                TakeMessage((PeerMessage)item.Load!);
                break;
            case InboxKind.SendDropped:
                var dropped = (PeerMessage)item.Load!;
                Find(dropped.Group)?.SendDropped(_now, dropped.Message);
                break;
            case InboxKind.Call:
                ((HostCall)item.Load!).Execute();
                break;
            case InboxKind.ConnectionOpened or InboxKind.ConnectionClosed or InboxKind.PeerCongested
                or InboxKind.PeerDrained:
                TakePeerEvent(item);
                break;
            default:
                // What clients wanted of a closed group has been answered.
                if (!item.Member!.IsClosed)
                {
                    TakeWish(item, Touched(item));
                }

                break;
        }
    }

    private void TakeWish(in InboxItem item, RaftReplica replica)
    {
        switch (item.Kind)
        {
            case InboxKind.Propose:
                replica.Propose((Proposal)item.Load!);
                break;
            case InboxKind.Read:
                replica.Read((ReadRequest)item.Load!);
                break;
            case InboxKind.ChangeMembership:
                replica.ChangeMembership(_now, (MembershipProposal)item.Load!);
                break;
            case InboxKind.Transfer:
                replica.Transfer(_now, (TransferRequest)item.Load!);
                break;
            case InboxKind.TakeSnapshot:
                replica.TakeSnapshot((SnapshotWish)item.Load!);
                break;
            case InboxKind.FoundersAreNew:
                replica.FoundersAreNew(_now);
                break;
            default:
                throw new UnreachableException($"an input of kind {item.Kind}");
        }
    }

    // Connections are those of the process: all its groups are told.
    private void TakePeerEvent(in InboxItem item)
    {
        switch (item.Kind)
        {
            case InboxKind.ConnectionClosed:
                NodeLog.ConnectionLost(_logger, _self, item.Peer);
                _pulse.Closed(item.Peer);
                break;
            case InboxKind.PeerCongested:
                NodeLog.PeerCongested(_logger, _self, item.Peer);
                break;
            default:
                break;
        }

        _peers.Take(item.Kind, item.Peer, _now);
    }

    private void TakeMessage(PeerMessage received)
    {
        _pulse.Heard(received.Message.From, _now);
        if (received.Group == HostPulse.Group)
        {
            return;
        }

        if (Find(received.Group) is { } replica)
        {
            replica.Receive(_now, received.Message, received.Entries, received.Sender);
        }
        else if (_now >= _nextUnknownGroupLog)
        {
            _nextUnknownGroupLog = _now + UnknownGroupLogInterval;
            NodeLog.UnknownGroup(_logger, _self, received.Group, received.Message.From);
        }
    }

    // The replica of a group that is open here, which then has a part in this batch.
    private RaftReplica? Find(GroupId group) =>
        Members.Find(group) is { } member ? Members.Touch(member).Replica : null;

    private RaftReplica Touched(in InboxItem item) => Members.Touch(item.Member!).Replica;

    private void Publish()
    {
        var isMoved = false;
        foreach (var member in Members.Touched)
        {
            isMoved |= member.Publish();
        }

        Members.EndBatch();
        if (isMoved)
        {
            _peers.Update();
        }
    }
}
