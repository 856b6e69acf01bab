using Ikada.Primitives;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Faults;

/// <summary>Cuts links in one of the shapes, and mends them.</summary>
internal sealed class PartitionCutter(World world, RandomSource random)
{
    private int _flapping = -1;
    private bool _isCut;

    /// <summary>Cuts in a shape drawn from <paramref name="seed"/>, in place of what was cut
    /// before.</summary>
    public void Cut(ulong seed)
    {
        random.Restart(seed);
        Mend();
        var shape = (PartitionShape)random.NextBelow(6);
        // Each node on one of two sides; the lone or middle node of some shapes.
        var sides = random.NextUInt64();
        var one = random.NextBelow(world.NodeCount);
        _isCut = true;
        foreach (var link in world.Network.Links)
        {
            if (link.From != link.To && IsCut(shape, sides, one, link.From, link.To))
            {
                link.CutShape = shape;
                world.Network.SetCut(link, true);
            }
        }

        world.Log.Add(world.Now, TraceKind.LinksCut, one, -1, (long)shape,
            (long)(sides & ((1UL << world.NodeCount) - 1)));
        if (shape == PartitionShape.Flapping)
        {
            _flapping = one;
            PlanFlap();
        }
    }

    /// <summary>The flapping node is cut off or back.</summary>
    public void Flap()
    {
        if (_flapping < 0)
        {
            return;
        }

        _isCut = !_isCut;
        foreach (var link in world.Network.Links)
        {
            if (link.From != link.To && (link.From == _flapping || link.To == _flapping))
            {
                link.CutShape = PartitionShape.Flapping;
                world.Network.SetCut(link, _isCut);
            }
        }

        world.Log.Add(
            world.Now, _isCut ? TraceKind.LinksCut : TraceKind.LinksHealed, _flapping, -1,
                (long)PartitionShape.Flapping);
        PlanFlap();
    }

    /// <summary>All links are whole.</summary>
    public void Mend()
    {
        _flapping = -1;
        var mended = false;
        foreach (var link in world.Network.Links)
        {
            if (link.IsCut)
            {
                world.Network.SetCut(link, false);
                mended = true;
            }
        }

        if (mended)
        {
            world.Log.Add(world.Now, TraceKind.LinksHealed, -1);
        }
    }

    private bool IsCut(PartitionShape shape, ulong sides, int one, int from, int to) => shape switch
    {
        PartitionShape.Halves => Side(sides, from) != Side(sides, to),
        PartitionShape.Bridge => from != one && to != one && Side(sides, from) != Side(sides, to),
        PartitionShape.Ring => (from - to + world.NodeCount) % world.NodeCount is not 1
            && (to - from + world.NodeCount) % world.NodeCount != 1,
        PartitionShape.OneWay => (sides & (1UL << ((from * world.NodeCount) + to))) != 0,
        _ => from == one || to == one,
    };

    // Flapping around the election timeout, so that it hits elections half done.
    private void PlanFlap() => world.Queue.Add(
        world.Now + random.Between(100 * Draw.Millisecond, 2 * Draw.Second),
        new SimEvent { Kind = SimEventKind.PartitionFlaps });

    private static ulong Side(ulong sides, int node) => (sides >> node) & 1;
}
