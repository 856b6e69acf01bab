using Ikada.Log;
using Ikada.Log.Snapshots;

namespace Ikada.Replica.Tests.Harness;

/// <summary>One replica over a real log on a disk in memory, driven by hand.</summary>
internal sealed class ReplicaNode : IReplicaPorts, ILogEvents, IDiskQueue
{
    public static readonly GroupId Group = new(1);
    private readonly MemoryDisk _disk = new();
    private readonly Queue<DiskOperation> _operations = new();
    private readonly List<DiskOperation> _heldReads = [];
    private readonly Queue<MachineWork> _requests = new();
    private readonly Queue<SnapshotOperation> _snapshots = new();
    private readonly WriteAheadLog _log;

    public ReplicaNode(
        int id, int size, Instant now, ReplicaOptions? options = null, long tailBytes = 1 << 20,
        Membership? membership = null, ConsensusOptions? consensus = null)
    {
        Id = new NodeId((ulong)id);
        Now = now;
        NodeId[] ids = [.. Enumerable.Range(1, size).Select(each => new NodeId((ulong)each))];
        membership ??= new Membership([.. ids.Select(each => new Member(each, null, default))], ids);
        var identity = new DirectoryIdentity(new ClusterId(9), Id, new Incarnation((ulong)id),
            new StartCount(1));
        var logOptions = new LogOptions
        {
            SegmentBytes = 1 << 18, PreparationBytes = 1 << 18, TailBytesMax = tailBytes,
        };
        _log = WriteAheadLog.Open(_disk, this, this, logOptions, identity, new RandomSource((ulong)id));
        Replica = new RaftReplica(
            new ReplicaStart
            {
                Self = Id, Identity = new PeerIdentity(default, new StartCount(1)),
                Log = _log.OpenGroup(Group, membership),
                Applied = LogIndex.Zero, Seed = (ulong)id * 7919, Replica = options ?? new ReplicaOptions(),
                Consensus = consensus ?? new ConsensusOptions(),
            },
            this,
            now);
    }

    public List<(Fact Fact, NodeId Peer)> Facts { get; } = [];

    public List<SnapshotFact> SnapshotFacts { get; } = [];

    public NodeId Id { get; }

    public Instant Now { get; set; }

    public RaftReplica Replica { get; }

    public Recorder Machine { get; } = new();

    public List<(Message Message, LogEntry[] Entries)> Sent { get; } = [];

    /// <summary>Messages of this type find their queue full.</summary>
    public MessageType FullFor { get; set; }

    public bool HoldsReads { get; set; }

    public bool HoldsApply { get; set; }

    public bool HoldsDisk { get; set; }

    public bool HoldsSnapshots { get; set; }

    public int HeldReads => _heldReads.Count;

    /// <summary>Ends the batch and does all that the disk and the state machine have to do.</summary>
    public void Run()
    {
        do
        {
            Replica.EndBatch(Now);
            _log.Flush();
            if (!HoldsDisk && _operations.TryDequeue(out var operation))
            {
                operation.Execute(_disk);
                _log.Complete(operation);
            }
            else if (!HoldsApply && _requests.TryDequeue(out var request))
            {
                request.Execute(Machine);
                Replica.MachineDone(Now, request);
            }
            else if (!HoldsSnapshots && _snapshots.TryDequeue(out var snapshot))
            {
                snapshot.Execute(_disk);
                Replica.SnapshotWorkDone(Now, snapshot);
            }
        }
        while ((_operations.Count > 0 && !HoldsDisk) || (_requests.Count > 0 && !HoldsApply)
            || (_snapshots.Count > 0 && !HoldsSnapshots));
    }

    public Write Propose(string command)
    {
        var write = new Write(command);
        Replica.Propose(write);
        Run();
        return write;
    }

    public Read Read(bool withoutLease = false)
    {
        var read = new Read(withoutLease);
        Replica.Read(read);
        Run();
        return read;
    }

    public void Receive(in Message message, params LogEntry[] entries)
    {
        Replica.Receive(Now, message, entries, default);
        Run();
    }

    public void Tick()
    {
        Replica.Tick(Now);
        Run();
    }

    public void ReleaseReads()
    {
        HoldsReads = false;
        foreach (var read in _heldReads)
        {
            _operations.Enqueue(read);
        }

        _heldReads.Clear();
        Run();
    }

    bool IReplicaPorts.Send(in Message message, ReadOnlySpan<LogEntry> entries)
    {
        if (message.Type == FullFor)
        {
            return false;
        }

        Sent.Add((message, entries.ToArray()));
        return true;
    }

    void IReplicaPorts.Apply(MachineWork work) => _requests.Enqueue(work);

    void IReplicaPorts.Submit(SnapshotOperation operation) => _snapshots.Enqueue(operation);

    void IReplicaPorts.Observe(in SnapshotFact fact) => SnapshotFacts.Add(fact);

    void IReplicaPorts.Stop(string message) => Assert.Fail(message);

    void IReplicaPorts.ObserveRole(Role role, Term term, NodeId leader)
    {
    }

    void IReplicaPorts.Observe(Fact fact, NodeId peer) => Facts.Add((fact, peer));

    void ILogEvents.EntriesFlushed(GroupId group, LogPosition last, ulong generation) =>
        Replica.EntriesFlushed(Now, last, generation);

    void ILogEvents.HardStateSaved(GroupId group, HardState saved) => Replica.HardStateSaved(Now, saved);

    void ILogEvents.EntriesRead(GroupId group, ulong cookie, ReadOnlySpan<LogEntry> entries) =>
        Replica.EntriesRead(Now, cookie, entries);

    void ILogEvents.EntriesRepaired(GroupId group, LogIndex first, LogIndex last) =>
        Replica.EntriesRepaired(Now, first, last);

    void ILogEvents.BaseSaved(GroupId group, LogPosition position) => Replica.BaseSaved(Now, position);

    void ILogEvents.SpaceChanged(bool isFull) => Replica.SpaceChanged(Now, isFull);

    void ILogEvents.LogFailed(string message) => Assert.Fail(message);

    void IDiskQueue.Submit(DiskOperation operation)
    {
        if (HoldsReads && operation.GetType().Name == "ReadOperation")
        {
            _heldReads.Add(operation);
        }
        else
        {
            _operations.Enqueue(operation);
        }
    }
}
