using Ikada.Primitives;
using Ikada.Simulation.Disk;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Faults;

/// <summary>What befalls disks while their nodes run: they fill up, or fail a call; and absences so long that
/// the others' logs do not reach back to what the absent one needs.</summary>
internal sealed class StorageFaults(World world, RandomSource random)
{
    /// <summary>One of the three strikes.</summary>
    public void Strike(FaultKind kind)
    {
        var leader = random.OneIn(3) ? world.Operators.Leader() : null;
        var node = leader ?? world.Nodes[random.NextBelow(world.NodeCount)];
        if (!node.IsUp)
        {
            return;
        }

        switch (kind)
        {
            case FaultKind.NoSpace:
                FillUp(node);
                break;
            case FaultKind.DiskError:
                Fail(node);
                break;
            default:
                world.Counts.Fired(kind);
                node.Crash(losesPower: random.OneIn(2));
                world.Schedule.StartAfter(node.Index, random.Between(4 * Draw.Second, 25 * Draw.Second));
                break;
        }
    }

    /// <summary>Somebody made room.</summary>
    public void SpaceIsBack(SimulatedNode node)
    {
        node.Machine.SpaceLeft = -1;
        world.Log.Add(world.Now, TraceKind.SpaceChanged, node.Index, -1, -1);
    }

    private void FillUp(SimulatedNode node)
    {
        var left = random.OneIn(3) ? 0 : random.NextBelow(1 << (9 + random.NextBelow(10)));
        node.Machine.SpaceLeft = left;
        world.Log.Add(world.Now, TraceKind.SpaceChanged, node.Index, -1, left);
        var lasts = random.Exponential(random.OneIn(3) ? 10 * Draw.Second : 2 * Draw.Second);
        world.Queue.Add(world.Now + lasts, new SimEvent
        {
            Kind = SimEventKind.FaultEnds, Node = (short)node.Index, Number = (long)FaultKind.NoSpace,
        });
    }

    // Mostly the sync: what it should have made durable is gone, and the next one succeeds.
    private void Fail(SimulatedNode node)
    {
        var call = random.NextBelow(8) switch
        {
            0 => DiskOperationKind.Create,
            1 => DiskOperationKind.Rename,
            2 => DiskOperationKind.SyncDirectory,
            3 or 4 => DiskOperationKind.Write,
            _ => DiskOperationKind.Sync,
        };
        node.Machine.FailCall(call, random.NextBelow(6));
    }
}
