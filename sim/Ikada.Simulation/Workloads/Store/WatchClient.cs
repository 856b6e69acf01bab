using Ikada.KeyValue;
using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Checkers.Store;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Workloads.Store;

/// <summary>
/// A client that watches: some watchers on one stream to a node. It is slow at times, loses its connection
/// with what was on its way, goes on at another node from what it has seen, cancels watchers and asks how far
/// it is (F64).
/// </summary>
internal sealed class WatchClient : IWatchStreamSignal
{
    private readonly World _world;
    private readonly StoreWorkload _workload;
    private readonly RandomSource _random;
    private readonly WatchWitness[] _witnesses;
    private readonly bool[] _isCreated;
    private readonly bool[] _cancels;
    private readonly int _number;
    private StoreService? _service;
    private WatchStream? _stream;

    public WatchClient(World world, StoreWorkload workload, int number, RandomSource random)
    {
        (_world, _workload, _number, _random) = (world, workload, number, random);
        _witnesses = new WatchWitness[1 + random.NextBelow(3)];
        _isCreated = new bool[_witnesses.Length];
        _cancels = new bool[_witnesses.Length];
        for (var i = 0; i < _witnesses.Length; i++)
        {
            var first = random.NextBelow(workload.Keys);
            var keys = random.OneIn(3) ? new KeySpan(0, workload.Keys)
                : new KeySpan(first, random.OneIn(2) ? 1 : 1 + random.NextBelow(workload.Keys - first));
            var filter = random.NextBelow(6);
            _witnesses[i] = new WatchWitness(workload.Model, keys)
            {
                WithoutPuts = filter == 0, WithoutDeletions = filter == 1, WithPrevious = random.OneIn(2),
            };
        }

        workload.Later(random.Exponential(200 * Draw.Millisecond), Act);
    }

    private bool MustBeLevel => _world.Clients.Quota >= 0;

    /// <summary>What one of its watchers has not been told of; null: nothing.</summary>
    public string? Missing()
    {
        for (var i = 0; i < _witnesses.Length; i++)
        {
            if (_witnesses[i].Missing() is { } missing)
            {
                return $"{Who(i)} has not been told of {missing}";
            }
        }

        return null;
    }

    void IWatchStreamSignal.HasWaiting()
    {
        // It looks now and then.
    }

    private void Act()
    {
        if (_stream is null || _service!.IsGone || (MustBeLevel && !Serves(_service.Node.Index)))
        {
            Disconnect();
            Connect();
        }
        else if (!_service.Node.IsPaused)
        {
            Take();
        }

        var isSlow = !MustBeLevel && _random.OneIn(40);
        if (isSlow)
        {
            _world.Counts.Reached(Mark.WatcherSlow);
        }

        _workload.Later(
            1 + _random.Exponential(isSlow ? 2 * Draw.Second : 15 * Draw.Millisecond), Act);
    }

    private void Connect()
    {
        var node = _random.NextBelow(_world.NodeCount);
        if (_workload.ServiceOf(node) is not { IsGone: false } service
            || !_world.Nodes[node].IsUp || _world.Nodes[node].IsPaused || (MustBeLevel && !Serves(node)))
        {
            return;
        }

        (_service, _stream) = (service, service.Open(this));
        for (var i = 0; i < _witnesses.Length; i++)
        {
            Create(i);
        }
    }

    private void Disconnect()
    {
        if (_stream is not null && !_service!.IsGone)
        {
            _service.Close(_stream);
        }

        (_service, _stream) = (null, null);
        Array.Clear(_isCreated);
        Array.Clear(_cancels);
    }

    // A process that waits at the node takes some of what waits there; the rest comes later.
    private void Take()
    {
        var isLost = !MustBeLevel && _random.OneIn(60);
        for (var i = 1 + _random.NextBelow(8); i > 0 && _stream!.Take() is { } delivery; i--)
        {
            if (!isLost)
            {
                Hear(delivery);
            }
        }

        if (isLost)
        {
            Disconnect();
            return;
        }

        if (_random.OneIn(20))
        {
            _stream!.RequestProgress(_service!.Store.View);
        }

        var at = _random.NextBelow(_witnesses.Length);
        if (!MustBeLevel && _random.OneIn(100) && _isCreated[at])
        {
            Cancel(at);
        }

        _service!.PumpSoon();
    }

    private void Create(int at)
    {
        var (witness, view) = (_witnesses[at], _service!.Store.View);
        if (witness.Next > 0)
        {
            _world.Counts.Reached(Mark.WatcherResumed);
        }

        witness.Asks(view.CompactedRevision);
        _stream!.Create(
            new WatchSpec(witness.Keys.Range)
            {
                StartRevision = witness.Next,
                WatchId = at + 1,
                WithoutPuts = witness.WithoutPuts,
                WithoutDeletions = witness.WithoutDeletions,
                WithPrevious = witness.WithPrevious,
                WantsProgress = at % 2 == 0,
            },
            view);
        _service.PumpSoon();
    }

    private void Cancel(int at)
    {
        if (!_cancels[at])
        {
            _cancels[at] = true;
            _stream!.Cancel(at + 1, _service!.Store.View);
        }
    }

    private void Hear(WatchDelivery delivery)
    {
        var at = (int)delivery.WatchId - 1;
        switch (delivery.Kind)
        {
            case WatchDeliveryKind.Created:
                _isCreated[at] = true;
                _witnesses[at].Created(delivery.Revision);
                break;
            case WatchDeliveryKind.Events:
                MustBeCreated(at, delivery);
                _witnesses[at].Told(Who(at), delivery);
                break;
            case WatchDeliveryKind.Progress:
                _world.Counts.Reached(Mark.WatcherProgress);
                HearProgress(delivery);
                break;
            case WatchDeliveryKind.Canceled:
                MustBeCreated(at, delivery);
                HearEnd(at, delivery);
                break;
            default:
                throw new PropertyViolatedException(
                    WatchWitness.Property, $"a watcher of w{_number} is refused: {delivery.Refusal}");
        }
    }

    private void HearProgress(WatchDelivery delivery)
    {
        for (var i = 0; i < _witnesses.Length; i++)
        {
            // One that it has cancelled may have lost what came before.
            if (_isCreated[i] && !_cancels[i]
                && (delivery.WatchId is WatchDelivery.AllWatchers || delivery.WatchId == i + 1))
            {
                _witnesses[i].Progress(Who(i), delivery.Revision);
            }
        }
    }

    private void HearEnd(int at, WatchDelivery delivery)
    {
        if (delivery.CompactRevision > 0)
        {
            _world.Counts.Reached(Mark.WatcherCompacted);
            _witnesses[at].Compacted(Who(at), delivery.CompactRevision);
            Cancel(at); // its id stays taken until then
            return;
        }

        if (!_cancels[at])
        {
            throw new PropertyViolatedException(
                WatchWitness.Property, $"{Who(at)} is ended and nobody asked for it");
        }

        (_isCreated[at], _cancels[at]) = (false, false);
        Create(at);
    }

    private void MustBeCreated(int at, WatchDelivery delivery)
    {
        if (at < 0 || !_isCreated[at])
        {
            throw new PropertyViolatedException(
                WatchWitness.Property, $"w{_number} hears {delivery.Kind} of watcher {delivery.WatchId}, "
                    + "which has not been made");
        }
    }

    // After everything has healed: who was removed, or is outside the core, need not keep up.
    private bool Serves(int node) => _world.Core.Demands(node)
        && _world.Checks.CommittedMembership.Contains(_world.Nodes[node].Id);

    private string Who(int at) => $"watcher {at + 1} of w{_number} at "
        + (_service is null ? "no node" : $"n{_service.Node.Index + 1}") + $" on keys {_witnesses[at].Keys}";
}
