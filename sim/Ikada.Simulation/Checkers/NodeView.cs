using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Simulation.Checkers;

/// <summary>What the checkers know of a node: its log in memory and on disk, its vote on disk, its status
/// after its last step, and what the directories held that were wiped.</summary>
internal sealed class NodeView(int node, Membership start)
{
    private readonly List<(Incarnation Incarnation, LogMirror Log)> _wiped = [];

    public int Node { get; } = node;

    public NodeId Id => new((ulong)Node + 1);

    /// <summary>Whether it runs.</summary>
    public bool IsUp { get; set; }

    /// <summary>The incarnation of its directory, since it first started with it.</summary>
    public Incarnation Incarnation { get; set; }

    /// <summary>How many directories it had before this one.</summary>
    public int Life => _wiped.Count;

    /// <summary>The log as the node's memory has it.</summary>
    public LogMirror Memory { get; private set; } = new(start);

    /// <summary>The base of the log in memory.</summary>
    public ulong Base { get; set; }

    /// <summary>The log as a power cut would leave it.</summary>
    public LogMirror Durable { get; private set; } = new(start);

    /// <summary>The base of the log on the disk: what lies up to it is in a snapshot.</summary>
    public ulong DurableBase { get; set; }

    /// <summary>The term on the disk.</summary>
    public ulong DurableTerm { get; set; }

    /// <summary>The vote on the disk, in <see cref="DurableTerm"/>.</summary>
    public NodeId DurableVote { get; set; }

    /// <summary>The status after the last step.</summary>
    public ReplicaStatus Status { get; private set; }

    /// <summary>The batches that stand where bits of the disk were turned over, and the entries that each may
    /// cost, until the log is whole again.</summary>
    public List<(BatchPlace Place, BatchPlace Cost)> Injured { get; } = [];

    /// <summary>Whether bits of its log were ever turned over, or a file of it taken.</summary>
    public bool WasInjured { get; set; }

    /// <summary>The memberships that were in force since the last look.</summary>
    public List<Membership> InForce { get; } = [start];

    /// <summary>Whether bits of its snapshots were turned over, until it is known that a state is
    /// there.</summary>
    public bool IsStateInjured { get; set; }

    /// <summary>Whether its log and its state are what its disk made durable, as far as the node
    /// knows.</summary>
    public bool IsWhole =>
        Injured.Count == 0 && !IsStateInjured
            && Status is
            {
                IsUnsure: false, IsTreatedAsWiped: false, DamagedEntries: 0, IsStateMissing: false,
            };

    /// <summary>The status after a step.</summary>
    public void Became(in ReplicaStatus status)
    {
        Status = status;
        if (Injured.Count > 0 && status is { DamagedEntries: 0, IsUnsure: false, IsTreatedAsWiped: false })
        {
            Injured.Clear();
        }

        IsStateInjured &= status.IsStateMissing;
    }

    /// <summary>A new run of the process begins: memory and status are empty.</summary>
    public void Restart()
    {
        Memory = new LogMirror(start);
        Base = 0;
        Status = default;
        IsUp = true;
        InForce.Clear();
    }

    /// <summary>The disk is lost.</summary>
    public void Wipe()
    {
        _wiped.Add((Incarnation, Durable));
        Injured.Clear();
        (IsStateInjured, WasInjured) = (false, false);
        Durable = new LogMirror(start);
        (DurableBase, DurableTerm, DurableVote, Incarnation) = (0, 0, NodeId.None, default);
    }

    /// <summary>The durable log of the directory that a membership counts: the one bound, or, where none is,
    /// the present one. Null: a directory that is not known.</summary>
    public LogMirror? DurableOf(Incarnation? bound)
    {
        if (bound is null || bound.Value == Incarnation)
        {
            return Durable;
        }

        foreach (var (incarnation, log) in _wiped)
        {
            if (incarnation == bound.Value)
            {
                return log;
            }
        }

        return null;
    }

    /// <summary>Which of its directories an incarnation is; -1 if none.</summary>
    public int LifeOf(Incarnation incarnation) =>
        incarnation == Incarnation ? Life : _wiped.FindIndex(wiped => wiped.Incarnation == incarnation);
}
