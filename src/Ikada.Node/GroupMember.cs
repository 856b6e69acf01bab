using Ikada.Consensus;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.StateMachine;
using Microsoft.Extensions.Logging;

namespace Ikada.Node;

/// <summary>
/// This process's member of one group: the replica, and what belongs to it alone. Owned by the consensus
/// thread; what other threads may use says so.
/// </summary>
internal sealed class GroupMember : IReplicaPorts
{
    private readonly HostParts _host;
    private NodeView _view = NodeView.None;

    public GroupMember(NodeOptions options, IStateMachine machine, HostParts host, string? name)
    {
        Options = options;
        Machine = machine;
        Label = name ?? options.Group.ToString();
        Name = name is null ? string.Empty : $" of group {name}";
        Pending = new Pending(options);
        _host = host;
        Logger = name is null ? host.Logger : host.Loggers.CreateLogger($"{HostParts.LogCategory}.{name}");
    }

    public GroupId Group => Options.Group;

    public NodeOptions Options { get; }

    public ILogger Logger { get; }

    /// <summary>" of group …", or nothing where there is only one. From any thread.</summary>
    public string Name { get; }

    /// <summary>What the group is called in measurements. From any thread.</summary>
    public string Label { get; }

    /// <summary>The thread that applies alone may call it, once the replica runs.</summary>
    public IStateMachine Machine { get; }

    /// <summary>From any thread.</summary>
    public RoleSignal Roles { get; } = new();

    /// <summary>From any thread.</summary>
    public Pending Pending { get; }

    /// <summary>Where the replica stood after the last batch that touched it. From any thread.</summary>
    public NodeView View => Volatile.Read(ref _view);

    /// <summary>Null until the group is open.</summary>
    public RaftReplica Replica { get; private set; } = null!;

    /// <summary>It acts no more: what comes back for it is late.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Whether the batch under way has something for it.</summary>
    public bool IsTouched { get; set; }

    /// <summary>The earliest deadline that stands in the queue for it; <see cref="Instant.Never"/>: none.
    /// </summary>
    public Instant QueuedDeadline { get; set; } = Instant.Never;

    /// <summary>Makes the replica.</summary>
    public void Start(ReplicaStart start, Instant now)
    {
        Replica = new RaftReplica(start, this, now);
        Publish();
    }

    /// <summary>Makes public where the replica stands. True: others are to be reached than before.</summary>
    public bool Publish()
    {
        var status = Replica.Status;
        var (membership, reachable) = (Replica.Membership, Replica.Reachable);
        var before = _view;
        if (before.Status == status && ReferenceEquals(before.Membership, membership)
            && ReferenceEquals(before.Reachable, reachable))
        {
            return false;
        }

        Volatile.Write(ref _view, new NodeView(status, membership, reachable));
        // Raised after the view is public: who waited for the change must see it.
        if (before.Status.Role != status.Role || before.Status.Leader != status.Leader
            || before.Status.Term != status.Term)
        {
            Roles.Raise();
        }

        return !ReferenceEquals(before.Reachable, reachable);
    }

    bool IReplicaPorts.Send(in Message message, ReadOnlySpan<LogEntry> entries) =>
        _host.Transport.Send(Group, message, entries);

    void IReplicaPorts.Apply(MachineWork work) =>
        _host.Apply.Submit(new MemberWork<MachineWork>(this, work));

    void IReplicaPorts.Submit(SnapshotOperation operation)
    {
        if (operation is ScrubState scrub)
        {
            _host.Scrubs.Submit(new MemberWork<ScrubState>(this, scrub));
        }
        else
        {
            _host.Snapshots.Submit(new MemberWork<SnapshotOperation>(this, operation));
        }
    }

    void IReplicaPorts.Observe(in SnapshotFact fact)
    {
        SnapshotLog.Tell(Logger, _host.Self, fact);
        _host.Metrics.Observed(fact);
    }

    void IReplicaPorts.Observe(in StateFact fact)
    {
        StateLog.Tell(Logger, _host.Self, fact);
        _host.Metrics.Observed(fact);
    }

    void IReplicaPorts.Stop(string message) => throw new NodeStoppedException(message);

    void IReplicaPorts.ObserveRole(Role role, Term term, NodeId leader)
    {
        NodeLog.RoleChanged(Logger, _host.Self, role, term, leader);
        _host.Metrics.RoleChanged(role);
    }

    void IReplicaPorts.Observe(Fact fact, NodeId peer)
    {
        if (fact is Fact.Quiesced or Fact.Awake)
        {
            NodeLog.Slept(Logger, _host.Self, fact);
            return;
        }

        NodeLog.Observed(Logger, _host.Self, fact, peer);
        if (fact == Fact.LostLog)
        {
            throw LostLog.Stops(Replica.Status);
        }
    }
}

/// <summary>Work for one of the shared threads, and whose it is.</summary>
internal readonly record struct MemberWork<TWork>(GroupMember Member, TWork Work);

/// <summary>Where a replica stands, for other threads.</summary>
internal sealed record NodeView(ReplicaStatus Status, Membership Membership, Membership Reachable)
{
    public static NodeView None { get; } = new(default, Membership.Empty, Membership.Empty);
}
