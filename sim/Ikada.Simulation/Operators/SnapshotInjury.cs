using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Operators;

/// <summary>
/// Turns bits over in the snapshots of a node, one or all, which may cost it the state before its log. So
/// only where the voters that can still lead are a majority by themselves: whoever has no state cannot lead.
/// </summary>
internal sealed class SnapshotInjury(World world, RandomSource random)
{
    /// <summary>Some node.</summary>
    public void Strike()
    {
        var node = world.Nodes[random.NextBelow(world.NodeCount)];
        var image = world.Checks.SnapshotsOf(node.Index);
        if (image.Durable.Count == 0 || !MayLoseState(node))
        {
            return;
        }

        world.Schedule.Crash(node, losesPower: true);
        node.Machine.LosePower();
        world.Counts.Fired(FaultKind.SnapshotDamage);
        world.Checks.View(node.Index).IsStateInjured = true;
        var all = random.OneIn(2);
        string[] files = [.. image.Durable];
        foreach (var file in files)
        {
            if (all || random.OneIn(2))
            {
                Injure(node, image, file);
            }
        }
    }

    private void Injure(SimulatedNode node, SnapshotImage image, string file)
    {
        var at = 0L;
        for (var flips = 1 + random.NextBelow(3); flips > 0; flips--)
        {
            at = (long)random.NextBelow((ulong)node.Machine.LengthOf(file));
            node.Machine.FlipBit(file, at, random.NextBelow(8));
        }

        image.Injured(file);
        world.Log.Add(
            world.Now, TraceKind.SnapshotDamaged, node.Index, -1, (long)SnapshotImage.IndexOf(file), at);
    }

    // Those that can lead elect one of themselves, who has all that is committed.
    private bool MayLoseState(SimulatedNode node)
    {
        // Of a change that is asked for and in no log yet nobody knows to whom it leads.
        if (world.Wishes.Changes > 0)
        {
            return false;
        }

        foreach (var membership in world.Checks.MembershipsToCome())
        {
            if (!Memberships.HasQuorum(membership, member => member.Id != node.Id && CanLead(member)))
            {
                return false;
            }
        }

        return true;
    }

    private bool CanLead(Member member) =>
        Survival.IsCounted(world, member) && member.Id.Value <= (ulong)world.NodeCount
            && world.Checks.View((int)member.Id.Value - 1).IsWhole;
}
