using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Operators;

/// <summary>Those who run the cluster: they change its membership, hand leadership over, switch leases, lose
/// disks and put lost nodes right again. The last goes on after everything has healed.</summary>
internal sealed class OperatorTeam
{
    private const long LookEvery = 400 * Draw.Millisecond;
    private readonly World _world;
    private readonly MembershipActor _membership;
    private readonly LeadershipActor _leadership;
    private readonly DiskLoss _losses;
    private readonly Readmission _readmission;
    private readonly SnapshotInjury _snapshots;

    public OperatorTeam(World world, RandomSource random)
    {
        _world = world;
        var strikes = world.Schedule.Draws;
        _membership = new MembershipActor(world, strikes);
        _leadership = new LeadershipActor(world, strikes);
        _losses = new DiskLoss(world, strikes);
        _readmission = new Readmission(world, _losses, random.Split());
        Injuries = new LogInjury(world, strikes);
        _snapshots = new SnapshotInjury(world, strikes);
        var active = world.Plan.Active;
        if (active.Contains(FaultKind.Membership) || active.Contains(FaultKind.Wipe)
            || active.Contains(FaultKind.Damage))
        {
            LookLater();
        }
    }

    public LogInjury Injuries { get; }

    /// <summary>Something is to be done.</summary>
    public void Strike(FaultKind kind)
    {
        switch (kind)
        {
            case FaultKind.Membership:
                _membership.Change();
                break;
            case FaultKind.Transfer:
                _leadership.HandOver();
                break;
            case FaultKind.Lease:
                _leadership.SwitchLease();
                break;
            case FaultKind.Damage:
                Injuries.Strike();
                break;
            case FaultKind.SnapshotDamage:
                _snapshots.Strike();
                break;
            default:
                _losses.Wipe();
                break;
        }
    }

    /// <summary>The operators look whether nodes are to be added again, or a joint state is to be
    /// left.</summary>
    public void Look()
    {
        _readmission.Look();
        LookLater();
    }

    /// <summary>What is still to be done after everything has healed, or null.</summary>
    public string? Missing() => _readmission.Missing();

    /// <summary>The leader of the highest term, if one is up.</summary>
    public SimulatedNode? Leader()
    {
        SimulatedNode? leader = null;
        foreach (var node in _world.Nodes)
        {
            if (node.IsUp && node.Status.Role == Role.Leader
                && (leader is null || node.Status.Term > leader.Status.Term))
            {
                leader = node;
            }
        }

        return leader;
    }

    /// <summary>Whom to ask: mostly the leader, sometimes one that thinks it leads, or anybody.</summary>
    public SimulatedNode? Addressee(RandomSource random)
    {
        var node = random.NextBelow(8) switch
        {
            0 => _world.Nodes[random.NextBelow(_world.NodeCount)],
            1 => Array.Find(_world.Nodes, some => some.IsUp && some.Status.Role == Role.Leader),
            _ => Leader(),
        };
        return node is { IsUp: true } ? node : null;
    }

    private void LookLater() => _world.Queue.Add(
        _world.Now + LookEvery, new SimEvent { Kind = SimEventKind.OperatorLooks });
}
