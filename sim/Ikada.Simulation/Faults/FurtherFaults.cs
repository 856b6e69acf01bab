using Ikada.Primitives;
using Ikada.Simulation.Nodes;

namespace Ikada.Simulation.Faults;

/// <summary>The kinds of faults that came after <see cref="FaultKind.DiskError"/>, by what they
/// strike.</summary>
internal sealed class FurtherFaults
{
    private readonly World _world;
    private readonly LinkTroubles _links;
    private readonly NodeTroubles _nodes;
    private readonly WrongEffects _effects;

    public FurtherFaults(World world, RandomSource random)
    {
        _world = world;
        _links = new LinkTroubles(world, world.Schedule.Draws);
        _effects = new WrongEffects(world, world.Schedule.Draws);
        _nodes = new NodeTroubles(world, world.Schedule.Draws, random);
    }

    /// <summary>Whether a kind strikes now and then; else it is so all the time, or lies in the
    /// conditions of the links.</summary>
    public static bool Strikes(FaultKind kind) => kind > FaultKind.DiskError
        && kind is not (FaultKind.Truncate or FaultKind.Interleave or FaultKind.Retry or FaultKind.Twice
            or FaultKind.ClientCrash or FaultKind.StaleRead);

    /// <summary>A fault strikes.</summary>
    public void Strike(FaultKind kind)
    {
        if (kind is FaultKind.Congest or FaultKind.TypeLoss or FaultKind.Oversize)
        {
            _links.Strike(kind);
        }
        else if (kind is FaultKind.WrongEffect or FaultKind.BitRot)
        {
            _effects.Strike(kind);
        }
        else if (kind == FaultKind.Overload)
        {
            _world.Clients.Troubles!.Overload();
        }
        else
        {
            _nodes.Strike(kind);
        }
    }

    /// <summary>A fault ends.</summary>
    public void End(FaultKind kind, int node)
    {
        if (kind is FaultKind.Congest or FaultKind.TypeLoss or FaultKind.Oversize)
        {
            _links.End(kind);
        }
        else if (kind == FaultKind.ClockJump)
        {
            _nodes.GoOn(node);
        }
    }

    /// <summary>The world begins.</summary>
    public void Begin() => _nodes.Begin();

    /// <summary>A process is about to start.</summary>
    public void Starting(SimulatedNode node) => _nodes.Starting(node);

    /// <summary>Everything heals.</summary>
    public void Heal() => _nodes.Heal();
}
