using Ikada.Primitives;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Operators;

/// <summary>Takes a node's disk away, where the group can live through that: the node comes back under its
/// old id with an empty directory and the membership that every new directory starts with.</summary>
internal sealed class DiskLoss(World world, RandomSource random)
{
    /// <summary>A node loses its disk.</summary>
    public void Wipe()
    {
        var leader = random.OneIn(3) ? world.Operators.Leader() : null;
        var node = leader ?? world.Nodes[random.NextBelow(world.NodeCount)];
        if (world.Checks.View(node.Index).Incarnation == default || !Survival.MayLose(world, node.Index))
        {
            return;
        }

        Lose(node);
    }

    /// <summary>A node whose word counts for nothing any more, since it lost a vote, gets an empty
    /// disk.</summary>
    public bool Replace(SimulatedNode node)
    {
        var may = Survival.MayLose(world, node.Index);
        if (may)
        {
            Lose(node);
        }

        return may;
    }

    private void Lose(SimulatedNode node)
    {
        world.Counts.Fired(FaultKind.Wipe);
        var wasUp = node.IsUp;
        node.Crash(losesPower: true);
        node.Machine.Wipe();
        world.Log.Add(world.Now, TraceKind.DiskWiped, node.Index);
        if (wasUp)
        {
            world.Schedule.StartLater(node.Index);
        }
    }
}
