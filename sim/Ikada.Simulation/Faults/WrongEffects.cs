using Ikada.Primitives;

namespace Ikada.Simulation.Faults;

/// <summary>
/// Lets the effect of a command go wrong on one node, or what it has stored change. On one at a time, of
/// three voters at least: else there may be no majority that is right, and nothing could be demanded.
/// </summary>
internal sealed class WrongEffects(World world, RandomSource random)
{
    public void Strike(FaultKind kind)
    {
        var leader = random.OneIn(3) ? world.Operators.Leader() : null;
        var node = leader ?? world.Nodes[random.NextBelow(world.NodeCount)];
        var by = random.NextUInt64();
        if (!MaySpoil())
        {
            return;
        }

        if (kind == FaultKind.BitRot)
        {
            node.Process!.Spoilt!.Rots(by);
            world.Counts.Fired(FaultKind.BitRot);
        }
        else
        {
            node.Process!.Spoilt!.SpoilNext(by, () => world.Counts.Fired(FaultKind.WrongEffect));
        }
    }

    private bool MaySpoil()
    {
        var membership = world.Checks.CommittedMembership;
        return membership.Voters.Length >= 3 && !membership.IsJoint
            && !world.Checks.Quarantines.IsAnyWrong
            && Array.TrueForAll(world.Nodes, node => node is
            {
                IsUp: true, Process.Spoilt.IsSpoilt: false, Status.IsQuarantined: false,
            });
    }
}
