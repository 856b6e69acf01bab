using Ikada.Primitives;
using Ikada.Simulation.Network;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Faults;

/// <summary>What befalls links for a while: slow wires behind small queues, messages of one type lost, frames
/// that may only be short.</summary>
internal sealed class LinkTroubles(World world, RandomSource random)
{
    /// <summary>Strikes some links, all of one node, or all, in place of what it had struck before.</summary>
    public void Strike(FaultKind kind)
    {
        End(kind);
        var one = random.NextBelow(4) switch
        {
            0 => (world.Operators.Leader() ?? world.Nodes[0]).Index,
            1 => random.NextBelow(world.NodeCount),
            _ => -1,
        };
        var (outward, some) = (random.OneIn(2), random.OneIn(2));
        var detail = Detail(kind);
        var struck = 0;
        foreach (var link in world.Network.Links)
        {
            var isMeant = one >= 0 ? (outward ? link.From : link.To) == one : !some || random.OneIn(2);
            if (isMeant && link.From != link.To)
            {
                struck++;
                Strike(kind, link, detail);
            }
        }

        world.Log.Add(world.Now, TraceKind.LinksTroubled, -1, -1, (long)kind, detail, struck);
        world.Queue.Add(world.Now + random.Exponential(2 * Draw.Second), new SimEvent
        {
            Kind = SimEventKind.FaultEnds, Number = (long)kind,
        });
    }

    /// <summary>The links are as before.</summary>
    public void End(FaultKind kind)
    {
        foreach (var link in world.Network.Links)
        {
            switch (kind)
            {
                case FaultKind.Congest:
                    world.Network.Queues.Widen(link);
                    break;
                case FaultKind.TypeLoss:
                    link.LostTypes = 0;
                    break;
                default:
                    (link.SendBytesMax, link.TakeBytesMax) = (int.MaxValue, int.MaxValue);
                    break;
            }
        }
    }

    // Frames in the queue; the class that is lost; the longest frame.
    private int Detail(FaultKind kind) => kind switch
    {
        FaultKind.Congest => 2 << random.NextBelow(7),
        FaultKind.TypeLoss => random.NextBelow(MessageClasses.Count),
        _ => 256 << random.NextBelow(7),
    };

    private void Strike(FaultKind kind, Link link, int detail)
    {
        switch (kind)
        {
            case FaultKind.Congest:
                var bytes = 4096L << random.NextBelow(9);
                world.Network.Queues.Narrow(
                    link, new SlowQueue(detail, bytes, (16L << 10) << random.NextBelow(10)));
                break;
            case FaultKind.TypeLoss:
                link.LostTypes = MessageClasses.TypesOf((MessageClass)detail);
                break;
            default:
                // Who knows the other's limit does not send; who does not has his connection closed.
                (link.SendBytesMax, link.TakeBytesMax) =
                    random.OneIn(2) ? (detail, int.MaxValue) : (int.MaxValue, detail);
                break;
        }
    }
}
