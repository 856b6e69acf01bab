using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Operators;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Nodes;

/// <summary>
/// A node: what Ikada.Node does with threads, done with events. Inputs are taken one by one, or together if
/// they came while it was busy or stood still. Disk, machine and clock outlive the process.
/// </summary>
internal sealed class SimulatedNode
{
    private readonly World _world;
    private readonly List<NodeInput> _inbox = [];
    private readonly List<NodeInput> _batch = [];
    private NodeProcess? _process;
    private long _busyUntil;
    private long _timerAt;
    private bool _wakeScheduled;
    private bool _isStopping;
    private long _askForSpaceAt;
    private int _taken;

    public SimulatedNode(World world, int index, RandomSource random)
    {
        _world = world;
        Index = index;
        Random = random;
        Id = new NodeId((ulong)index + 1);
        Clock = new NodeClock((long)random.NextBelow(1UL << 40));
        Ports = new NodePorts(world, this);
        Machine = new NodeMachine(world, this, random.Split());
    }

    public int Index { get; }

    public NodeId Id { get; }

    public RandomSource Random { get; }

    public NodeClock Clock { get; }

    /// <summary>What its replica and its log see of it.</summary>
    public NodePorts Ports { get; }

    /// <summary>What its clock said just before the last batch.</summary>
    public Instant LocalNow { get; private set; }

    /// <summary>The disk and how fast the machine is.</summary>
    public NodeMachine Machine { get; }

    /// <summary>Rises with each start and end of the process: events of an earlier life are void.</summary>
    public int Epoch { get; private set; }

    /// <summary>How often the process has started.</summary>
    public int Start { get; private set; }

    /// <summary>Rises with each start and each rebuilt state: what was shown before may be newer.</summary>
    public int StateLife { get; set; }

    public bool IsUp => _process is not null;
    public bool IsPaused { get; private set; }
    public ReplicaStatus Status => _process?.Replica.Status ?? default;
    public NodeProcess? Process => _process;

    /// <summary>The process starts over what its disk holds. May end in a crash at once, if the power
    /// goes meanwhile.</summary>
    public void StartProcess()
    {
        if (IsUp)
        {
            return;
        }

        Epoch++;
        (Start, StateLife) = (Start + 1, StateLife + 1);
        (IsPaused, _busyUntil, _timerAt, _wakeScheduled) = (false, 0, long.MaxValue, false);
        (_isStopping, _taken) = (false, 0);
        LocalNow = Clock.Read(_world.Now);
        _world.Schedule.Further?.Starting(this);
        _process = Machine.Boot(LocalNow);
        if (_process is null)
        {
            Epoch++; // what the start had begun went with it
            _world.Schedule.StartLater(Index);
            return;
        }

        var status = _process.Replica.Status;
        _world.Log.Add(
            _world.Now, TraceKind.NodeStarted, Index, -1, Start, (long)status.Last.Index.Value,
            (long)status.Term.Value, (long)_process.Log.RecoveredHardState.Vote.Value);
        _world.Network.NodeStarted(Index);
        _process.Wal.Flush();
        ScheduleTimer();
    }

    /// <summary>The process ends without a word. <paramref name="losesPower"/>: the machine too.</summary>
    public void Crash(bool losesPower)
    {
        if (!IsUp)
        {
            return;
        }

        Epoch++;
        foreach (var input in _inbox)
        {
            if (input.Kind == NodeInputKind.Frame)
            {
                _world.Network.Frames.Release(input.Frame);
            }
        }

        _inbox.Clear();
        var (inFlight, executed) = Machine.Stop(losesPower);
        _world.Log.Add(_world.Now, TraceKind.NodeCrashed, Index, -1, inFlight, executed, losesPower ? 1 : 0);
        (_process, IsPaused) = (null, false);
        _world.Checks.View(Index).IsUp = false;
        _world.Clients.NodeStopped(Index);
        _world.Wishes.NodeStopped(Index);
        _world.Network.NodeStopped(Index);
    }

    /// <summary>The process stops by itself at the end of what it is doing, as it must when its disk has
    /// failed. For any other reason it must not.</summary>
    public void StopBecause(string message)
    {
        Invariant.Check(Machine.HasFailed, $"n{Index + 1} stopped without a fault: {message}");
        _isStopping = true;
    }

    public void Pause()
    {
        IsPaused = true;
        _world.Log.Add(_world.Now, TraceKind.NodePaused, Index);
    }

    public void Resume()
    {
        if (!IsPaused)
        {
            return;
        }

        IsPaused = false;
        _world.Sleep?.Excused(Index, _world.Now);
        _world.Log.Add(_world.Now, TraceKind.NodeResumed, Index);
        Machine.Resume();
        ScheduleWake(_world.Now);
    }

    /// <summary>The clock runs at another rate: the deadline comes at another time.</summary>
    public void ClockChanged()
    {
        _world.Sleep?.Excused(Index, _world.Now);
        if (IsUp)
        {
            _timerAt = long.MaxValue;
            ScheduleTimer();
        }
    }

    /// <summary>Something comes to the consensus thread.</summary>
    public void Deliver(in NodeInput input)
    {
        if (IsPaused || _wakeScheduled || _world.Now < _busyUntil)
        {
            _inbox.Add(input);
            ScheduleWake(_busyUntil);
            return;
        }

        _batch.Add(input);
        RunBatch();
    }

    /// <summary>The node takes up what came meanwhile.</summary>
    public void Wake()
    {
        _wakeScheduled = false;
        if (IsPaused)
        {
            return;
        }

        var taken = _inbox.Count;
        if (taken > 2 && Random.OneIn(4))
        {
            InboxOrder.Mix(_inbox, Random.NextBelow(_world.NodeCount + 1) - 1);
            taken = 1 + Random.NextBelow(taken);
        }

        _batch.AddRange(_inbox.GetRange(0, taken));
        _inbox.RemoveRange(0, taken);
        RunBatch();
        if (_inbox.Count > 0)
        {
            ScheduleWake(_busyUntil);
        }
    }

    /// <summary>The timer fires; it may have been set for a deadline that has moved since.</summary>
    public void TimerFires()
    {
        if (_timerAt != _world.Now)
        {
            return;
        }

        _timerAt = long.MaxValue;
        if (IsPaused || _wakeScheduled)
        {
            return; // the next batch looks at the deadline anyway
        }

        if (Clock.Read(_world.Now) < _process!.NextDeadline)
        {
            ScheduleTimer();
            return;
        }

        Deliver(new NodeInput(NodeInputKind.Tick, -1, null));
    }

    private void RunBatch()
    {
        LocalNow = Clock.Read(_world.Now);
        var process = _process!;
        for (var i = 0; i < _batch.Count && !_isStopping; i++)
        {
            Take(process, _batch[i]);
            _taken = i + 1;
        }

        if (!_isStopping)
        {
            EndBatch(process);
        }

        // Also what a batch did that its disk cut short: a commit may be on it already.
        Observe(process);
        if (_isStopping)
        {
            Stop();
            return;
        }

        _busyUntil = _world.Now + Random.Between(2 * Draw.Microsecond, 20 * Draw.Microsecond);
        ScheduleTimer();
    }

    private void EndBatch(NodeProcess process)
    {
        _batch.Clear();
        process.EndBatch(LocalNow);
        if (process.Wal.IsFull && _world.Now >= _askForSpaceAt)
        {
            _askForSpaceAt = _world.Now + Random.Between(100 * Draw.Millisecond, Draw.Second);
            process.Wal.TryRegainSpace();
        }

        process.Replica.EndBatch(LocalNow);
        process.Wal.Flush();
    }

    private void Stop()
    {
        _inbox.AddRange(_batch.Skip(_taken));
        _batch.Clear();
        _world.Counts.Storage.DiskStops++;
        _world.Log.Add(_world.Now, TraceKind.DiskFailed, Index);
        _world.Schedule.Crash(this, losesPower: Machine.MustLosePower || Random.OneIn(3));
    }

    private void Take(NodeProcess process, in NodeInput input)
    {
        switch (input.Kind)
        {
            case NodeInputKind.Frame:
                TakeFrame(process, input);
                break;
            case NodeInputKind.Opened:
                process.Replica.ConnectionOpened(LocalNow, new NodeId((ulong)input.Peer + 1));
                break;
            case NodeInputKind.Closed:
                process.ConnectionClosed(LocalNow, new NodeId((ulong)input.Peer + 1));
                break;
            case NodeInputKind.PeerCongested:
                process.Replica.PeerCongested(LocalNow, new NodeId((ulong)input.Peer + 1));
                break;
            case NodeInputKind.PeerDrained:
                process.Replica.PeerDrained(LocalNow, new NodeId((ulong)input.Peer + 1));
                break;
            case NodeInputKind.SendDropped:
                process.Replica.SendDropped(LocalNow, input.Message);
                break;
            case NodeInputKind.DiskDone:
                process.Wal.Complete(input.Operation);
                break;
            case NodeInputKind.MachineDone:
                process.Replica.MachineDone(LocalNow, input.Work);
                break;
            case NodeInputKind.SnapshotDone:
                process.Replica.SnapshotWorkDone(LocalNow, input.SnapshotOperation);
                break;
            case NodeInputKind.Asked when input.Op.IsQuery:
                input.Op.TakenBy(Start, process.Replica.Status.Role);
                process.Replica.Read(new ClientRead(_world, this, input.Op));
                break;
            case NodeInputKind.Asked:
                input.Op.TakenBy(Start, process.Replica.Status.Role);
                process.Replica.Propose(
                    new ClientProposal(_world, input.Op, _world.Workload.Encode(input.Op)));
                break;
            case NodeInputKind.ChangeWished:
                process.Replica.ChangeMembership(LocalNow, new WishedChange(_world, input.Wish));
                break;
            case NodeInputKind.TransferWished:
                process.Replica.Transfer(LocalNow, new WishedTransfer(_world, input.Wish));
                break;
            default:
                break; // a tick: the batch looks at the deadline
        }
    }

    private void TakeFrame(NodeProcess process, in NodeInput input)
    {
        var frame = input.Frame;
        if (Machine.Codec.TryDecode(frame, out var message, out var entries, out var sender))
        {
            var refused = message.Reject ? 1L : 0;
            _world.Log.Add(
                _world.Now, TraceKind.FrameArrived, Index, input.Peer,
                (long)message.Type | ((long)message.Commit.Value << 8),
                (long)message.Term.Value | ((long)message.Position.Term.Value << 32),
                (long)message.Position.Index.Value, ((long)message.End.Value << 1) | refused);
            _world.Network.Frames.Release(frame);
            if (process.Pulse.Heard(message.From, Machine.Codec.Group))
            {
                _world.Checks.Arrives(Index, message, LocalNow);
                process.Replica.Receive(LocalNow, message, entries, sender);
            }

            return;
        }

        // A stream that cannot be read on is closed, as the transport does.
        _world.Log.Add(_world.Now, TraceKind.FrameRejected, Index, input.Peer, frame.Type, frame.Term);
        _world.Network.Frames.Release(frame);
        _world.Network.CloseLink(_world.Network.Between(input.Peer, Index));
    }

    private void Observe(NodeProcess process)
    {
        var status = process.Replica.Status;
        var before = _world.Checks.View(Index).Status;
        _world.Checks.Contact!.Looks(
            Index, status, process.Replica.IsAsleep, process.Replica.Membership, LocalNow);
        if (status == before)
        {
            return;
        }

        _world.Checks.Stepped(Index, process.Log, status, process.Replica.Membership);
        if (status.Commit != before.Commit)
        {
            _world.Log.Add(
                _world.Now, TraceKind.Committed, Index, -1, (long)status.Commit.Value,
                    (long)status.Term.Value);
        }
    }

    private void ScheduleWake(long time)
    {
        if (!_wakeScheduled && !IsPaused)
        {
            _wakeScheduled = true;
            _world.Queue.Add(Math.Max(time, _world.Now), new SimEvent
            {
                Kind = SimEventKind.NodeWakes, Node = (short)Index, Epoch = Epoch,
            });
        }
    }

    private void ScheduleTimer()
    {
        var due = Clock.GlobalTimeOf(_process!.NextDeadline, _world.Now + 1);
        if (due < _timerAt)
        {
            _timerAt = due;
            _world.Queue.Add(due, new SimEvent
            {
                Kind = SimEventKind.TimerFires, Node = (short)Index, Epoch = Epoch,
            });
        }
    }
}
