using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Nodes;

/// <summary>A node's snapshot thread: an operation takes a drawn time and is carried out at the end of it.
/// When the process ends, the one under way may have been carried out wholly, in part or not at
/// all.</summary>
internal sealed class SnapshotQueue(World world, SimulatedNode node, RandomSource random)
{
    private readonly Queue<SnapshotOperation> _operations = new();
    private bool _isExecuted;

    /// <summary>Whether an operation is under way, and its calls have not been made.</summary>
    public bool IsAtWork => _operations.Count > 0 && !_isExecuted;

    public void Submit(SnapshotOperation operation)
    {
        _operations.Enqueue(operation);
        if (_operations.Count == 1)
        {
            Schedule();
        }
    }

    /// <summary>Makes the calls of the operation under way, unless they were made between those of the other
    /// thread.</summary>
    public void Execute(TrackedDisk disk)
    {
        if (!_isExecuted)
        {
            _isExecuted = true;
            disk.Doing = _operations.Peek().GetType().Name;
            _operations.Peek().Execute(disk);
        }
    }

    /// <summary>The operation under way is done.</summary>
    public void Finishes()
    {
        var operation = _operations.Dequeue();
        _isExecuted = false;
        world.Checks.Snapshots.Worked(node.Index, operation);
        if (_operations.Count > 0)
        {
            Schedule();
        }

        node.Deliver(new NodeInput(NodeInputKind.SnapshotDone, -1, operation));
    }

    /// <summary>The process ends.</summary>
    public void Stop(TrackedDisk disk)
    {
        if (IsAtWork && !disk.HasFailed && random.OneIn(2))
        {
            // The power may go between any two calls of the operation under way.
            disk.CallsLeft = random.NextBelow(8);
            _operations.Peek().Execute(disk);
            disk.PowerOn();
        }

        _operations.Clear();
        _isExecuted = false;
    }

    private void Schedule()
    {
        var time = (20 * Draw.Microsecond) + random.Exponential(300 * Draw.Microsecond);
        world.Queue.Add(world.Now + time, new SimEvent
        {
            Kind = SimEventKind.SnapshotFinishes, Node = (short)node.Index, Epoch = node.Epoch,
        });
    }
}
