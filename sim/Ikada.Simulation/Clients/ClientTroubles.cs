using System.Buffers;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Clients;

/// <summary>
/// What clients do that makes it hard: they ask again elsewhere when nobody answered, ask two nodes at once,
/// die and come back, read what a node has without asking anybody, and all at once ask for much more. Without
/// sessions what is asked again is another operation: both may happen, and each at most once.
/// </summary>
internal sealed class ClientTroubles(World world, RandomSource random)
{
    private readonly ArrayBufferWriter<byte> _answer = new();
    private readonly Dictionary<int, ClientOp> _unanswered = [];
    private long _overloadUntil;

    /// <summary>What a client asks of a node once more, since it was not answered by another one; null: it
    /// asks for something new.</summary>
    public ClientOp? Retried(int client, SimulatedNode node)
    {
        if (!_unanswered.Remove(client, out var old) || old.Node == node.Index)
        {
            return null;
        }

        var again = Again(old, node);
        if (again is not null)
        {
            Fired(FaultKind.Retry);
        }

        return again;
    }

    /// <summary>A client has asked for something.</summary>
    public void Asked(ClientOp op)
    {
        if (IsOn(FaultKind.Twice) && random.OneIn(8) && Other(op.Node) is { } other
            && Again(op, other) is { } twin)
        {
            Fired(FaultKind.Twice);
            Send(twin, other);
        }

        if (IsOn(FaultKind.ClientCrash) && random.OneIn(30))
        {
            Fired(FaultKind.ClientCrash);
            world.Queue.Add(world.Now + random.Exponential(20 * Draw.Millisecond), new SimEvent
            {
                Kind = SimEventKind.ClientTimesOut, Node = (short)op.Client, Number = op.Id,
            });
        }

        if (IsOn(FaultKind.StaleRead) && random.OneIn(4))
        {
            ReadAsItIs(world.Nodes[random.NextBelow(world.NodeCount)]);
        }
    }

    /// <summary>A client has waited long enough.</summary>
    public void TimedOut(ClientOp op)
    {
        if (IsOn(FaultKind.Retry))
        {
            _unanswered[op.Client] = op;
        }
    }

    /// <summary>A write was refused, and its client is told why.</summary>
    public void Refused(Refusal refusal)
    {
        if (refusal is Refusal.TooMuchUncommitted or Refusal.Overloaded)
        {
            world.Counts.Reached(refusal == Refusal.Overloaded ? Mark.RefusedOverloaded
                : Mark.RefusedTooMuchUncommitted);
        }
    }

    /// <summary>For a while much more is asked than can be done.</summary>
    public void Overload()
    {
        var ends = world.Now + world.Schedule.Draws.Exponential(300 * Draw.Millisecond);
        var isOn = world.Now < _overloadUntil;
        _overloadUntil = Math.Max(_overloadUntil, ends);
        Fired(FaultKind.Overload);
        if (!isOn)
        {
            AskMore();
        }
    }

    /// <summary>The next of the many asks, of any node, and waits for nothing.</summary>
    public void AskMore()
    {
        if (world.Now >= _overloadUntil || world.Schedule.IsOver
            || !world.Options.Asking.Contains(world.Now) || world.Rest?.Left(world.Now) > 0)
        {
            return;
        }

        var node = world.Nodes[random.NextBelow(world.NodeCount)];
        if (node.IsUp)
        {
            var workload = world.Workload;
            Send(workload.Next(workload.Operations.Count, 0, node.Index, random), node);
        }

        world.Queue.Add(
            world.Now + 1 + random.Exponential(world.Clients.AskMean / 10),
            new SimEvent { Kind = SimEventKind.ClientAsksMore });
    }

    // A serializable read: whatever the node has applied, in the order in which it did.
    private void ReadAsItIs(SimulatedNode node)
    {
        if (node is { IsUp: true, IsPaused: false, Status.IsQuarantined: false }
            && world.Workload.StaleQuery(random) is { } query)
        {
            Fired(FaultKind.StaleRead);
            _answer.ResetWrittenCount();
            var machine = node.Process!.Machine;
            machine.Query(query, _answer);
            world.Workload.StaleAnswered(
                node.Index, node.StateLife, machine.AppliedIndex, query, _answer.WrittenSpan);
        }
    }

    private ClientOp? Again(ClientOp op, SimulatedNode node) =>
        world.Workload.Again(op, world.Workload.Operations.Count, node.Index);

    // Nobody waits for it; what its node tells of it must be true all the same.
    private void Send(ClientOp op, SimulatedNode node)
    {
        op.Start = world.Now;
        world.Workload.Operations.Add(op);
        world.Log.Add(
            world.Now, TraceKind.ClientInvoked, node.Index, -1, op.Client, op.Id, (long)op.Kind, op.Detail);
        node.Deliver(new NodeInput(NodeInputKind.Asked, -1, op));
    }

    private SimulatedNode? Other(int node)
    {
        var other = world.Nodes[random.NextBelow(world.NodeCount)];
        return other.Index != node && other.IsUp ? other : null;
    }

    private bool IsOn(FaultKind kind) => world.Plan.Active.Contains(kind) && !world.Schedule.IsOver;

    private void Fired(FaultKind kind) => world.Counts.Fired(kind);
}
