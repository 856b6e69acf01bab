using Ikada.Log;
using Ikada.Log.Snapshots;

namespace Ikada.Replica.Tests.Harness;

/// <summary>One replica over a real log on a disk in memory, driven by hand.</summary>
internal sealed class ReplicaNode : IReplicaPorts, ILogEvents, IDiskQueue
{
    private readonly Queue<DiskOperation> _operations = new();
    private readonly List<DiskOperation> _heldReads = [];
    private readonly Queue<MachineWork> _requests = new();
    private readonly Queue<SnapshotOperation> _snapshots = new();
    private readonly WriteAheadLog _log;

    public ReplicaNode(NodePlan plan, int id, Instant now, MemoryDisk? disk = null, ulong starts = 1,
        MachineFiles? files = null)
    {
        Id = new NodeId((ulong)id);
        Now = now;
        Disk = disk ?? new MemoryDisk();
        Files = plan.IsDurable ? files ?? new MachineFiles() : null;
        Machine = new Recorder(Files);
        Starts = starts;
        var identity = new DirectoryIdentity(new ClusterId(9), Id, new Incarnation((ulong)id),
            new StartCount(starts));
        var logOptions = new LogOptions
        {
            SegmentBytes = 1 << 18, PreparationBytes = 1 << 18, TailBytesMax = plan.TailBytes,
        };
        _log = WriteAheadLog.Open(Disk, this, this, logOptions, identity, new RandomSource((ulong)id));
        Group = _log.OpenGroup(GroupIds.One, plan.Membership);
        var shelf = SnapshotShelf.Open(Disk, GroupIds.One);
        Opened = OpeningState.Restore(Disk, shelf, Group, Machine);
        Replica = new RaftReplica(
            new ReplicaStart
            {
                Self = Id, Identity = new PeerIdentity(default, new StartCount(starts)),
                Log = Group, Snapshots = shelf, Opened = Opened,
                Seed = (ulong)id * 7919, Replica = plan.Options, Consensus = plan.Consensus,
            },
            this,
            now);
    }

    public MemoryDisk Disk { get; }

    public GroupLog Group { get; }

    public OpenedState Opened { get; }

    /// <summary>How often it was started.</summary>
    public ulong Starts { get; }

    /// <summary>Why it wanted to stop; null: it did not.</summary>
    public string? Stopped { get; private set; }

    public List<(Fact Fact, NodeId Peer)> Facts { get; } = [];

    public List<SnapshotFact> SnapshotFacts { get; } = [];

    public List<StateFact> StateFacts { get; } = [];

    public NodeId Id { get; }

    public Instant Now { get; set; }

    public RaftReplica Replica { get; }

    public Recorder Machine { get; }

    /// <summary>What the machine has made durable.</summary>
    public MachineFiles? Files { get; }

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
        }
        while (DoOne());
    }

    private bool DoOne()
    {
        if (!HoldsDisk && _operations.TryDequeue(out var operation))
        {
            operation.Execute(Disk);
            _log.Complete(operation);
        }
        else if (!HoldsApply && _requests.TryDequeue(out var request))
        {
            request.Execute(Machine);
            Replica.MachineDone(Now, request);
        }
        else if (!HoldsSnapshots && _snapshots.TryDequeue(out var snapshot))
        {
            snapshot.Execute(Disk);
            Replica.SnapshotWorkDone(Now, snapshot);
        }
        else
        {
            return false;
        }

        return true;
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

    /// <summary>The snapshot thread does the first of what it holds back.</summary>
    public void DoOneOfSnapshots()
    {
        var operation = _snapshots.Dequeue();
        operation.Execute(Disk);
        Replica.SnapshotWorkDone(Now, operation);
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

    void IReplicaPorts.Observe(in StateFact fact) => StateFacts.Add(fact);

    void IReplicaPorts.Stop(string message) => Stopped = message;

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
