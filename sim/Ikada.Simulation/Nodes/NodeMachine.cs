using Ikada.Log;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Disk;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Nodes;

/// <summary>
/// The machine under a node: its disk with the queue of operations, its apply thread, its network card. An
/// operation takes a drawn time and is carried out at the end of it; when the machine stops, the one under
/// way may have been carried out wholly, in part or not at all.
/// </summary>
internal sealed class NodeMachine : IDiskQueue
{
    private const int LookEvery = 128;
    private readonly World _world;
    private readonly SimulatedNode _node;
    private readonly RandomSource _random;
    private SimulatedDisk _disk;
    private TrackedDisk _tracked;
    private readonly Queue<DiskOperation> _operations = new();
    private readonly LogOptions _logOptions;
    private readonly Queue<MachineWork> _applying = new();
    private bool _applyWaits;
    private int _crashAfter = -1;
    private bool _crashLosesPower;
    private bool _powerWasLost = true;
    private readonly DiskUse _use;
    private readonly RandomSource? _mixing;
    private bool _isExecuted;
    private int _looks;
    private long _failuresBefore;
    private long _directoryFailuresBefore;

    public NodeMachine(World world, SimulatedNode node, RandomSource random)
    {
        (_world, _node, _random) = (world, node, random);
        Codec = new NodeCodec(node);
        Snapshots = new SnapshotQueue(world, node, random.Split());
        _disk = NewDisk();
        _tracked = new TrackedDisk(
            _disk, world.Checks.ImageOf(node.Index), world.Checks.SnapshotsOf(node.Index),
            world.Counts);
        _logOptions = NodeOpening.DrawOptions(random);
        _mixing = world.Plan.Active.Contains(Faults.FaultKind.Interleave) ? random.Split() : null;
        _use = new DiskUse(node.Index, _logOptions, world.NodeCount);
    }

    /// <summary>Writes and reads the frames of its process.</summary>
    public NodeCodec Codec { get; }

    /// <summary>The disk as the log sees it, for who lets it fail.</summary>
    public TrackedDisk Disk => _tracked;

    /// <summary>The thread of snapshot files.</summary>
    public SnapshotQueue Snapshots { get; }

    /// <summary>What a disk operation takes beyond the usual, on average.</summary>
    public long SlowDisk { get; set; }

    /// <summary>What an apply takes beyond the usual, on average.</summary>
    public long SlowApply { get; set; }

    /// <summary>By how many bytes its files can still grow; negative: there is no limit.</summary>
    public long SpaceLeft
    {
        get => _tracked.SpaceLeft;
        set => _tracked.SpaceLeft = value;
    }

    /// <summary>How many operations the disk has before it.</summary>
    public int DiskQueue => _operations.Count;

    /// <summary>Whether the disk failed a call since the process started, or had no space for it.</summary>
    public bool HasFailed => Failures > _failuresBefore;

    /// <summary>After how many disk calls the power goes during the next start; negative: it does
    /// not.</summary>
    public int BootCalls { get; set; } = -1;

    /// <summary>The node crashes during one of the next operations of its disk, or just after it.</summary>
    public void CrashDuringOperation(bool losesPower) => (_crashAfter,
        _crashLosesPower) = (_random.NextBelow(4), losesPower);

    /// <summary>One of the next calls of a kind fails.</summary>
    public void FailCall(DiskOperationKind call, int nth) => _disk.Faults.FailAt(call, nth, "EIO");

    /// <summary>Whether the machine goes with a process that stops: where a directory could not be synced,
    /// no later sync makes up for it.</summary>
    public bool MustLosePower => DirectoryFailures > _directoryFailuresBefore;

    /// <summary>Nothing is slow, nothing fails, there is space.</summary>
    public void Heal()
    {
        (SlowDisk, SlowApply, BootCalls, SpaceLeft) = (0, 0, -1, -1);
        (_tracked.CrashAt, _tracked.Trouble) = (null, null);
        _disk.Faults.Clear();
    }

    /// <summary>Starts the process over what the disk holds. Null: the power went meanwhile.</summary>
    public NodeProcess? Boot(Instant now)
    {
        _tracked.PowerOn();
        (_tracked.CallsLeft, _tracked.Doing) = (BootCalls, CrashPoints.Start);
        BootCalls = -1;
        (_failuresBefore, _directoryFailuresBefore) = (Failures, DirectoryFailures);
        try
        {
            var (process, sender) = NodeOpening.Open(
                _world, _node, _tracked, _logOptions, _random, _powerWasLost, now);
            _tracked.CallsLeft = -1;
            Codec.Begin(sender, _world.NodeCount);
            return process;
        }
        catch (Exception failed) when (failed is DiskException or LogOpenException
            && (_tracked.HasFailed || HasFailed))
        {
            // The power went, or there was no space for what a start must write.
            if (_tracked.HasFailed)
            {
                _world.Counts.Fired(Faults.FaultKind.Crash);
                _world.Counts.Reached(Coverage.Mark.CrashedInStart);
            }

            _world.Log.Add(_world.Now, TraceKind.NodeCrashed, _node.Index, -1, 0, 0, 2);
            _world.Checks.View(_node.Index).IsUp = false;
            _operations.Clear();
            LosePower();
            return null;
        }
        catch (LogOpenException refused)
        {
            PropertyViolatedException.Rethrow(refused.InnerException);
            throw new PropertyViolatedException(
                DurableImage.Property, $"n{_node.Index + 1} cannot open its log after a crash: "
                    + $"{refused.Message}");
        }
    }

    /// <summary>The process ends. Returns how many operations were waiting or under way, and how many
    /// were carried out.</summary>
    public (int InFlight, long Executed) Stop(bool losesPower)
    {
        var inFlight = _operations.Count;
        var (executed, wasCut) = (0L, _tracked.HasFailed); // once cut, nothing more gets through
        if (!wasCut && inFlight > 0 && !_isExecuted && !_random.OneIn(3))
        {
            // The power may go between any two calls of the operation under way.
            _tracked.CallsLeft = _random.NextBelow(5);
            _operations.Peek().Execute(_tracked);
            executed = _tracked.HasFailed ? 0 : 1;
            _tracked.PowerOn();
        }

        _operations.Clear();
        _isExecuted = false;
        Snapshots.Stop(_tracked);
        _crashAfter = -1;
        _applying.Clear();
        _applyWaits = false;
        _powerWasLost = losesPower;
        if (losesPower)
        {
            LosePower();
        }
        else
        {
            if (HasFailed || wasCut)
            {
                // Of a write that failed any part may be there: what the next start finds it makes durable.
                _world.Checks.ImageOf(_node.Index).PowerLost();
                _powerWasLost = true;
            }

            _disk.KillProcess();
        }

        return (inFlight, executed);
    }

    /// <summary>The disk is lost; an empty one takes its place. The process must not run.</summary>
    public void Wipe()
    {
        var image = _world.Checks.ImageOf(_node.Index);
        var snapshots = _world.Checks.SnapshotsOf(_node.Index);
        image.Wiped();
        snapshots.Wiped();
        _disk = NewDisk();
        _tracked = new TrackedDisk(_disk, image, snapshots, _world.Counts) { CrashAt = _tracked.CrashAt };
        _powerWasLost = true;
    }

    private SimulatedDisk NewDisk() => new() { Faults = { Met = call => _world.Counts.Failed(call) } };

    /// <summary>How long a file is; 0 if there is none.</summary>
    public long LengthOf(string file) => _disk.List().Contains(file) ? _disk.GetLength(file) : 0;

    /// <summary>A bit of the disk turns over, unless the file went with the power.</summary>
    public void FlipBit(string file, long offset, int bit)
    {
        if (_disk.List().Contains(file))
        {
            _disk.FlipBit(file, offset, bit);
        }
    }

    public void Submit(DiskOperation operation)
    {
        _operations.Enqueue(operation);
        if (_operations.Count == 1)
        {
            ScheduleDisk();
        }
    }

    /// <summary>The disk has done the operation under way.</summary>
    public void DiskFinishes()
    {
        var view = _world.Checks.View(_node.Index);
        var before = (view.Durable.Last, view.DurableTerm, view.DurableVote);
        if (_mixing is not null && Snapshots.IsAtWork && _mixing.OneIn(3))
        {
            _tracked.Between(_mixing.NextBelow(3), () => Snapshots.Execute(_tracked));
        }

        Execute();
        _tracked.Alone();
        var operation = _operations.Dequeue();
        _isExecuted = false;
        if (_tracked.HasFailed)
        {
            _world.Schedule.Crash(_node, MustLosePower || _tracked.MustLosePower || _random.OneIn(2));
            return;
        }

        var synced = before != (view.Durable.Last, view.DurableTerm, view.DurableVote);
        _world.Log.Add(
            _world.Now, synced ? TraceKind.DiskSynced : TraceKind.DiskWritten, _node.Index, -1,
            (long)view.Durable.Last, (long)view.DurableTerm, (long)view.DurableVote.Value,
            (long)before.Last);
        if (_operations.Count > 0)
        {
            ScheduleDisk();
        }

        if (++_looks % LookEvery == 0)
        {
            LookAtUse();
        }

        if (_random.OneIn(4))
        {
            // A crash can fall between the sync and the news of it.
            _world.Queue.Add(_world.Now + _random.Exponential(100 * Draw.Microsecond), new SimEvent
            {
                Kind = SimEventKind.DiskReports, Node = (short)_node.Index, Epoch = _node.Epoch,
                Payload = operation,
            });
            return;
        }

        _node.Deliver(new NodeInput(NodeInputKind.DiskDone, -1, operation));
    }

    /// <summary>Has the state machine do something after a while.</summary>
    public void Apply(MachineWork work)
    {
        _applying.Enqueue(work);
        if (_applying.Count == 1)
        {
            ScheduleApply();
        }
    }

    /// <summary>The apply thread has got to its work.</summary>
    public void ApplyFinishes()
    {
        if (_node.IsPaused)
        {
            _applyWaits = true;
            return;
        }

        var work = _applying.Dequeue();
        var machine = _node.Process!.Machine;
        work.Execute(machine);
        _world.Log.Add(
            _world.Now, TraceKind.Applied, _node.Index, -1, (long)machine.AppliedIndex.Value,
                (long)machine.StateHash);
        if (_applying.Count > 0)
        {
            ScheduleApply();
        }

        _node.Deliver(new NodeInput(NodeInputKind.MachineDone, -1, work));
    }

    /// <summary>The snapshot thread is done with an operation.</summary>
    public void SnapshotFinishes()
    {
        if (_mixing is not null && _operations.Count > 0 && _mixing.OneIn(3))
        {
            _tracked.Between(_mixing.NextBelow(6), Execute);
        }

        Snapshots.Execute(_tracked);
        _tracked.Alone();
        if (_tracked.HasFailed)
        {
            _world.Schedule.Crash(_node, MustLosePower || _tracked.MustLosePower || _random.OneIn(2));
            return;
        }

        Snapshots.Finishes();
        LookAtUse();
    }

    // The operation under way, unless its calls fell between those of the other thread.
    private void Execute()
    {
        if (!_isExecuted)
        {
            _isExecuted = true;
            var operation = _operations.Peek();
            _tracked.Doing = operation.ToString() ?? string.Empty;
            operation.Execute(_tracked);
        }
    }

    /// <summary>The process goes on after a pause.</summary>
    public void Resume()
    {
        if (_applyWaits)
        {
            _applyWaits = false;
            ApplyFinishes();
        }
    }

    /// <summary>The machine loses power, its process being gone already.</summary>
    public void LosePower()
    {
        _tracked.PowerOn();
        _disk.Crash(_random);
        _world.Counts.Lost(_disk.Losses);
        _world.Checks.ImageOf(_node.Index).PowerLost();
        _world.Checks.SnapshotsOf(_node.Index).PowerLost();
        _powerWasLost = true;
    }

    // Bounds of memory and disk: now and then, since a look costs as much as there are files.
    private void LookAtUse()
    {
        var image = _world.Checks.ImageOf(_node.Index);
        _use.Live(Math.Max(image.LiveBytes, image.LiveBytesBefore));
        if (_node.Process is { } process)
        {
            TailBound.Look(_node.Index, process.Wal, process.Log, _logOptions.TailBytesMax);
            if (_world.Checks.View(_node.Index).IsWhole)
            {
                _use.Look(_disk.List(), _disk.GetLength);
            }
        }
    }

    private long DirectoryFailures => _disk.Faults.FailedOf(DiskOperationKind.SyncDirectory);

    private long Failures => _disk.Faults.Failed + _tracked.Refusals;

    private void ScheduleApply()
    {
        var time = (5 * Draw.Microsecond) + _random.Exponential(20 * Draw.Microsecond) + Extra(SlowApply);
        _world.Queue.Add(_world.Now + time, new SimEvent
        {
            Kind = SimEventKind.ApplyFinishes, Node = (short)_node.Index, Epoch = _node.Epoch,
        });
    }

    private void ScheduleDisk()
    {
        var time = (50 * Draw.Microsecond) + _random.Exponential(300 * Draw.Microsecond) + Extra(SlowDisk);
        _world.Queue.Add(_world.Now + time, new SimEvent
        {
            Kind = SimEventKind.DiskFinishes, Node = (short)_node.Index, Epoch = _node.Epoch,
        });
        if (_crashAfter >= 0 && _crashAfter-- == 0)
        {
            _world.Queue.Add(_world.Now + _random.Between(1, time * 3 / 2), new SimEvent
            {
                Kind = SimEventKind.NodeCrashes, Node = (short)_node.Index, Epoch = _node.Epoch,
                Number = _crashLosesPower ? 1 : 0,
            });
        }
    }

    private long Extra(long mean) => mean == 0 ? 0 : _random.Exponential(mean);
}
