using Ikada.Log;
using Ikada.Primitives;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Disk;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;
using Ikada.Wire;

namespace Ikada.Simulation.Faults;

/// <summary>What befalls single nodes: clocks that jump or stand still, processes that crash at every
/// start.</summary>
internal sealed class NodeTroubles(World world, RandomSource random, RandomSource starts)
{
    private readonly SimulatedDisk?[] _copies = new SimulatedDisk?[world.NodeCount];
    private readonly int[] _crashesToCome = new int[world.NodeCount];

    /// <summary>Some nodes do not get through their very first start at once.</summary>
    public void Begin()
    {
        foreach (var node in world.Nodes)
        {
            var point = CrashPoints.All[starts.NextBelow(CrashPoints.All.Count)];
            if (point.IsInStart && world.Plan.Active.Contains(FaultKind.CrashPoint))
            {
                node.Machine.Disk.CrashAt = point;
            }
        }
    }

    /// <summary>Strikes a node, often the leader.</summary>
    public void Strike(FaultKind kind)
    {
        var leader = random.OneIn(3) ? world.Operators.Leader() : null;
        var node = leader ?? world.Nodes[random.NextBelow(world.NodeCount)];
        if (kind == FaultKind.CrashLoop)
        {
            world.Counts.Fired(kind);
            _crashesToCome[node.Index] = 2 + random.NextBelow(8);
            world.Schedule.Crash(node, losesPower: random.OneIn(2));
        }
        else if (kind == FaultKind.Stale)
        {
            Impose(node);
        }
        else if (kind == FaultKind.CrashPoint
            && (node.Machine.Disk.CrashAt is null || random.OneIn(4)))
        {
            // A point that is rarely come by is waited for long.
            CrashAt(node, CrashPoints.All[random.NextBelow(CrashPoints.All.Count)]);
        }
        else if (kind is FaultKind.ReadError or FaultKind.Misdirect)
        {
            TroubleReads(node, isMisdirected: kind == FaultKind.Misdirect);
        }
        else if (kind == FaultKind.ClockJump && !world.Plan.Active.Contains(FaultKind.Lease))
        {
            // A lease leans on clocks that differ by what the nodes are told, no more.
            ChangeClock(node);
        }
    }

    /// <summary>A process is about to start: in a loop it will not get far.</summary>
    public void Starting(SimulatedNode node)
    {
        if (_crashesToCome[node.Index] == 0)
        {
            return;
        }

        _crashesToCome[node.Index]--;
        if (starts.OneIn(3))
        {
            node.Machine.BootCalls = starts.NextBelow(24);
        }

        world.Queue.Add(world.Now + starts.Exponential(50 * Draw.Millisecond), new SimEvent
        {
            Kind = SimEventKind.NodeCrashes, Node = (short)node.Index, Epoch = node.Epoch,
            Number = starts.NextBelow(2),
        });
    }

    /// <summary>A clock that stands still goes on.</summary>
    public void GoOn(int node)
    {
        if (world.Nodes[node].Clock.IsStill)
        {
            world.Nodes[node].Clock.Stand(world.Now, still: false);
            world.Nodes[node].ClockChanged();
            world.Log.Add(world.Now, TraceKind.ClockJumped, node);
        }
    }

    /// <summary>No node is in a loop, and every clock runs.</summary>
    public void Heal()
    {
        Array.Clear(_crashesToCome);
        for (var node = 0; node < world.NodeCount; node++)
        {
            GoOn(node);
        }
    }

    /// <summary>The node crashes when its disk comes to that point.</summary>
    public void CrashAt(SimulatedNode node, CrashPoint point)
    {
        node.Machine.Disk.CrashAt = point;
        if (point.IsInStart)
        {
            world.Schedule.Crash(node, losesPower: random.OneIn(2));
        }
    }

    // Half of the time the copy that was made of the node's directory is started somewhere, if the node has
    // been started more often since than the copy will be: else nobody could tell which is which.
    private void Impose(SimulatedNode node)
    {
        if (random.OneIn(2) || !node.IsUp)
        {
            world.Greetings.Impose();
        }
        else if (_copies[node.Index] is not { } copy)
        {
            _copies[node.Index] = node.Machine.Disk.CopyOfDirectory();
        }
        else
        {
            var identity = NodeDirectory.Open(copy, World.Cluster, node.Id, random.Split());
            world.Greetings.Impose(new FrameSender(node.Id, identity.Incarnation, identity.StartCount));
            _copies[node.Index] = null;
        }
    }

    private void TroubleReads(SimulatedNode node, bool isMisdirected)
    {
        if (isMisdirected && random.OneIn(2))
        {
            world.Operators.Injuries.Misdirect(node);
            return;
        }

        node.Machine.Disk.Trouble = new ReadTrouble(
            isMisdirected, ofSnapshots: random.OneIn(2), random.NextBelow(4));
        if (!isMisdirected && random.OneIn(3))
        {
            world.Schedule.Crash(node, losesPower: random.OneIn(2));
        }
    }

    // What CLOCK_BOOTTIME can do under a process that does not notice: a machine that was suspended, or one
    // whose host stood still.
    private void ChangeClock(SimulatedNode node)
    {
        if (random.OneIn(2))
        {
            world.Counts.Fired(FaultKind.ClockJump);
            var by = 1 + random.Exponential(Draw.Millisecond << random.NextBelow(17));
            node.Clock.Jump(world.Now, by);
            world.Counts.Reached(Mark.ClockJumpedForward);
            world.Log.Add(world.Now, TraceKind.ClockJumped, node.Index, -1, by);
        }
        else if (!node.Clock.IsStill)
        {
            node.Clock.Stand(world.Now, still: true);
            world.Counts.Fired(FaultKind.ClockJump);
            world.Counts.Reached(Mark.ClockStoodStill);
            world.Log.Add(world.Now, TraceKind.ClockJumped, node.Index, -1, -1);
            world.Queue.Add(world.Now + random.Exponential(2 * Draw.Second), new SimEvent
            {
                Kind = SimEventKind.FaultEnds, Node = (short)node.Index, Number = (long)FaultKind.ClockJump,
            });
        }

        node.ClockChanged();
    }
}
