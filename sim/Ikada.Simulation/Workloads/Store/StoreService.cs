using Ikada.KeyValue;
using Ikada.Primitives;
using Ikada.Simulation.Checkers.Store;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Workloads.Store;

/// <summary>
/// What a server has beside the replica, for as long as its process lives: the hub of watches behind its
/// inbox, the clock of leases, and what it proposes while it leads. The decisions are production's; when each
/// gets its turn is drawn, and none does while the node stands still.
/// </summary>
internal sealed class StoreService : IChangeListener, IWatchEventEncoder
{
    private const long LookInterval = 500 * Draw.Millisecond;
    private const long PatienceMax = 2 * Draw.Second;
    private readonly World _world;
    private readonly StoreWorkload _workload;
    private readonly SimulatedNode _node;
    private readonly StoreDrawn _drawn;
    private readonly RandomSource _random;
    private readonly WatchInbox _inbox;
    private readonly WatchHub _hub;
    private readonly LeaseDeadlines _deadlines = new();
    private readonly LeaseKeeping _keeping;
    private readonly HashSet<WatchStream> _streams = [];
    private readonly Queue<(KeyValueView View, IReadOnlyList<KeyValueChange> Changes)> _batches = [];
    private readonly List<StoreOp> _proposed = [];
    private Term _ledIn;
    private bool _pumps;
    private bool _removes;
    private StoreOp? _step;

    public StoreService(World world, StoreWorkload workload, int node, RandomSource random)
    {
        (_world, _workload, _node, _random) = (world, workload, world.Nodes[node], random);
        (_drawn, Epoch) = (workload.Drawn, _node.Epoch);
        _keeping = new LeaseKeeping(
            _deadlines, world.ConsensusOptions.ElectionTimeout, _drawn.CheckpointInterval);
        _inbox = new WatchInbox(_drawn.InboxBytesMax);
        _hub = new WatchHub(Store.View, this, _drawn.Limits);
        Store.Listener = this;
        Later(LookInterval, Look);
        Later(_drawn.ProgressInterval, TellProgress);
    }

    public KeyValueStore Store { get; } = new();

    /// <summary>The life of the node that it belongs to.</summary>
    public int Epoch { get; }

    /// <summary>Whether its process is gone.</summary>
    public bool IsGone => _node.Epoch != Epoch;

    public SimulatedNode Node => _node;

    bool IChangeListener.WantsChanges => _streams.Count > 0;

    /// <summary>Whether something that it has proposed has not ended.</summary>
    public bool Waits => !IsGone
        && (_proposed.Exists(op => !IsOver(op)) || (_step is not null && !IsOver(_step)));

    /// <summary>Begins a stream.</summary>
    public WatchStream Open(IWatchStreamSignal signal)
    {
        var stream = _hub.Open(signal);
        _streams.Add(stream);
        PumpSoon();
        return stream;
    }

    /// <summary>Ends a stream.</summary>
    public void Close(WatchStream stream)
    {
        stream.Close();
        _streams.Remove(stream);
    }

    /// <summary>A client has asked something of its stream, or has taken something.</summary>
    public void PumpSoon()
    {
        if (!_pumps)
        {
            _pumps = true;
            Later(_random.Exponential(_random.OneIn(20) ? 200 * Draw.Millisecond : Draw.Millisecond), Pump);
        }
    }

    void IChangeListener.Published(KeyValueView now, IReadOnlyList<KeyValueChange>? changes)
    {
        if (_inbox.Put(now, changes) && _streams.Count > 0)
        {
            PumpSoon();
        }
    }

    ReadOnlyMemory<byte> IWatchEventEncoder.Encode(in KeyValueChange change, bool withPrevious) =>
        System.Text.Encoding.Latin1.GetBytes(
            StoreText.Of(change.IsDeletion, change.Item, withPrevious ? change.Previous : null));

    // As WatchPump brings what waits, with whatever may come in between.
    private void Pump()
    {
        _pumps = false;
        if (_batches.Count == 0)
        {
            var (skipTo, batches) = _inbox.TakeAll();
            foreach (var batch in batches)
            {
                _batches.Enqueue(batch);
            }

            if (skipTo is not null)
            {
                _hub.Skip(skipTo);
            }
        }

        while (_batches.TryDequeue(out var batch))
        {
            _hub.Publish(batch.Changes, batch.View);
            if (_random.OneIn(6))
            {
                PumpSoon();
                return;
            }
        }

        _hub.CatchUp(Store.View);
        if (_hub.HasCatchingUp)
        {
            PumpSoon();
        }
        else if (_hub.BehindCount > 0)
        {
            _world.Counts.Reached(Mark.WatcherStalled);
        }
    }

    private void TellProgress()
    {
        foreach (var stream in _streams)
        {
            stream.TellProgressOfQuiet();
        }

        Later(_drawn.ProgressInterval, TellProgress);
    }

    // As LeaseKeeper and CompactionRemover do, who wait for what they proposed.
    private void Look()
    {
        Later(LookInterval, Look);
        var now = _node.Clock.Read(_world.Now);
        _deadlines.Observe(Store.View, now);
        _proposed.RemoveAll(IsOver);
        if (!Leads)
        {
            return;
        }

        if (_node.Status.Term != _ledIn)
        {
            _ledIn = _node.Status.Term;
            _keeping.BeginToLead(Store.View, now);
        }

        if (!_removes)
        {
            Remove();
        }

        if (_proposed.Count > 0)
        {
            return;
        }

        foreach (var command in _keeping.Due(Store.View, now))
        {
            var request = LeaderWork.Read(command);
            _workload.Times.Proposes(_node.Index, request, _workload.Model);
            Propose(request);
        }
    }

    // One step after the other, with a rest between them, as long as there is something to remove.
    private void Remove()
    {
        _removes = !IsGone && Leads && Store.View.IsRemovingCompacted;
        if (!_removes)
        {
            return;
        }

        if (_step is null || IsOver(_step))
        {
            _step = _workload.Propose(new RemovalRequest(_drawn.RemovalChangesMax), _node);
        }

        Later(_random.Exponential(10 * Draw.Millisecond), Remove);
    }

    private bool Leads => _node.Status.Leader == _node.Id;

    // What is never answered is given up some time.
    private bool IsOver(StoreOp op) => op.IsAnswered || op.Start < _world.Now - PatienceMax;

    private void Propose(StoreRequest request)
    {
        if (!IsGone)
        {
            _proposed.Add(_workload.Propose(request, _node));
        }
    }

    private void Later(long delay, Action act) => _workload.Later(delay, () =>
    {
        if (IsGone)
        {
            return;
        }

        if (_node.IsPaused)
        {
            Later(10 * Draw.Millisecond, act);
            return;
        }

        act();
    });
}
