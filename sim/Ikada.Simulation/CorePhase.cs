using Ikada.Primitives;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Operators;
using Ikada.Simulation.Time;

namespace Ikada.Simulation;

/// <summary>What becomes of a node outside the core while that serves.</summary>
internal enum Outside
{
    /// <summary>It stays down.</summary>
    Down = 0,

    /// <summary>Nothing reaches it, nothing comes from it.</summary>
    CutOff,

    /// <summary>Nothing reaches it; what it says is heard.</summary>
    Deaf,

    /// <summary>Nothing comes from it; it hears all.</summary>
    Mute,

    /// <summary>Its disk and its state machine take long.</summary>
    Slow,
}

/// <summary>
/// The first half of the liveness phase, in half of the runs: a core is picked, so small that it is just a
/// quorum of every membership that may come into force, of nodes that hold everything committed. It heals,
/// and must elect, serve and converge, while all others stay down, cut off, deaf, mute or slow.
/// </summary>
internal sealed class CorePhase(World world, RandomSource random)
{
    private readonly bool[] _isCore = new bool[world.NodeCount];
    private readonly bool[] _isDown = new bool[world.NodeCount];

    /// <summary>Whether only a core has healed so far.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Whether a node must serve and converge now.</summary>
    public bool Demands(int node) => !IsOn || _isCore[node];

    /// <summary>Whether a node must not start yet.</summary>
    public bool KeepsDown(int node) => IsOn && _isDown[node];

    /// <summary>A node that is down starts, unless it must not yet.</summary>
    public void Start(int node)
    {
        if (!KeepsDown(node))
        {
            world.Nodes[node].StartProcess();
        }
    }

    /// <summary>Picks a core, where one can be picked, and strikes the others.</summary>
    public void TryBegin()
    {
        if (random.OneIn(2) || world.Wishes.Changes > 0)
        {
            return;
        }

        for (var node = 0; node < world.NodeCount; node++)
        {
            _isCore[node] = Survival.IsIntact(world, node);
        }

        if (!Survival.HasIntactQuorum(world, node => _isCore[node]))
        {
            return;
        }

        var first = random.NextBelow(world.NodeCount);
        for (var i = 0; i < world.NodeCount; i++)
        {
            var node = (first + i) % world.NodeCount;
            var wasCore = _isCore[node];
            _isCore[node] = false;
            if (!Survival.HasIntactQuorum(world, one => _isCore[one]))
            {
                _isCore[node] = wasCore;
                continue;
            }

            IsOn = true;
            Strike(node, (Outside)random.NextBelow((int)Outside.Slow + 1));
        }
    }

    /// <summary>The core has served: the others may heal.</summary>
    public void End()
    {
        IsOn = false;
        Array.Clear(_isDown);
        world.Counts.Reached(Mark.CoreServed);
    }

    /// <summary>Which wish at a node of the core has not ended, or null.</summary>
    public string? Missing()
    {
        foreach (var wish in world.Wishes.UnderWay)
        {
            if (_isCore[wish.Node])
            {
                return $"wish {wish.Number} at n{wish.Node + 1} has not ended";
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var names = new List<string>();
        for (var node = 0; node < world.NodeCount; node++)
        {
            if (_isCore[node])
            {
                names.Add($"n{node + 1}");
            }
        }

        return string.Join(", ", names);
    }

    private void Strike(int node, Outside how)
    {
        world.Counts.Reached(Mark.OutsideDown + (int)how);
        switch (how)
        {
            case Outside.Down:
                _isDown[node] = true;
                world.Nodes[node].Crash(losesPower: random.OneIn(2));
                break;
            case Outside.Slow:
                world.Nodes[node].Machine.SlowDisk = 50 * Draw.Millisecond;
                world.Nodes[node].Machine.SlowApply = 50 * Draw.Millisecond;
                break;
            default:
                Cut(node, outward: how != Outside.Deaf, inward: how != Outside.Mute);
                break;
        }
    }

    private void Cut(int node, bool outward, bool inward)
    {
        foreach (var link in world.Network.Links)
        {
            if (link.From != link.To && ((outward && link.From == node) || (inward && link.To == node)))
            {
                world.Network.SetCut(link, true);
            }
        }
    }
}
