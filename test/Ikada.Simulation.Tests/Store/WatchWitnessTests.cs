using Ikada.KeyValue;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Checkers.Store;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Simulation.Tests.Store;

/// <summary>Violations of I30, planted and found, and their legal neighbours.</summary>
public sealed class WatchWitnessTests : IWatchStreamSignal, IWatchEventEncoder
{
    private const string Who = "the watcher";
    private readonly StoreModel _model = new(3);
    private readonly KeyValueStore _store = new();
    private readonly WatchHub _hub;
    private readonly WatchStream _stream;
    private ulong _index;

    public WatchWitnessTests()
    {
        _hub = new WatchHub(_store.View, this, new WatchLimits { ResponseBytesTarget = 1 });
        _stream = _hub.Open(this);
    }

    [Fact]
    public void All_events_in_order_are_right_and_one_left_out_twice_or_changed_is_found()
    {
        Do(Put(0, 1), Put(1, 1), Put(0, 2), new DeleteRequest(new KeySpan(0, 1), false));
        var (first, second, third) = Three(new KeySpan(0, 1));
        var witness = Witness(new KeySpan(0, 1));
        witness.Told(Who, first);
        Found(WatchWitness.Property, () => Witness(new KeySpan(0, 1)).Told(Who, second));
        Found(WatchWitness.Property, () => witness.Told(Who, first));
        Found(WatchWitness.Property, () => witness.Told(Who, second with { WithPrevious = true }));
        witness.Told(Who, second);
        Assert.NotNull(witness.Missing());
        witness.Told(Who, third);
        Assert.Null(witness.Missing());
        Assert.Equal(6, witness.Next);
    }

    [Fact]
    public void A_part_of_a_transaction_is_found()
    {
        Do(new TransactionRequest([], [Put(1, 1), Put(0, 1)], []));
        var whole = Deliveries(new KeySpan(0, 3))[0];
        Witness(new KeySpan(0, 3)).Told(Who, whole);
        Found(
            WatchWitness.AtomicProperty,
            () => Witness(new KeySpan(0, 3)).Told(Who, whole with { Events = whole.Events[..1] }));
        Found(
            WatchWitness.Property,
            () => Witness(new KeySpan(0, 3)).Told(Who, whole with { Events = whole.Events[1..] }));
    }

    [Fact]
    public void Progress_behind_what_it_speaks_of_is_right_and_before_it_or_backwards_is_found()
    {
        Do(Put(0, 1), Put(1, 1), Put(0, 2));
        var (first, second, _) = Three(new KeySpan(0, 3));
        var witness = Witness(new KeySpan(0, 1));
        witness.Told(Who, first);
        witness.Progress(Who, 3);
        Found(WatchWitness.ProgressProperty, () => witness.Progress(Who, 2));
        Found(WatchWitness.ProgressProperty, () => witness.Progress(Who, 4));
        Found(WatchWitness.Property, () => witness.Told(Who, second));
    }

    [Fact]
    public void A_compaction_that_took_something_is_told_and_one_that_did_not_is_not()
    {
        Do(Put(0, 1), Put(0, 2), Put(0, 3));
        var deliveries = Deliveries(new KeySpan(0, 1));
        Do(new CompactRequest(3));
        var witness = Witness(new KeySpan(0, 1));
        witness.Asks(compacted: 3);
        Found(WatchWitness.CompactionProperty, () => witness.Told(Who, deliveries[0]));
        witness.Compacted(Who, 3);
        witness.Told(Who, deliveries[1]);
        Found(WatchWitness.CompactionProperty, () => witness.Compacted(Who, 3));
        Found(WatchWitness.CompactionProperty, () => Witness(new KeySpan(0, 1)).Compacted(Who, 4));
    }

    void IWatchStreamSignal.HasWaiting()
    {
        // The tests take what they want to.
    }

    ReadOnlyMemory<byte> IWatchEventEncoder.Encode(in KeyValueChange change, bool withPrevious) =>
        System.Text.Encoding.Latin1.GetBytes(
            StoreText.Of(change.IsDeletion, change.Item, withPrevious ? change.Previous : null));

    private void Do(params StoreRequest[] requests)
    {
        foreach (var request in requests)
        {
            _index++;
            _model.Execute(_index, request);
            _store.Apply(
                [new StateMachine.CommittedCommand(new(_index), 1, request.Encode(), false)],
                new(_index),
                NoResults.Instance);
        }
    }

    private (WatchDelivery First, WatchDelivery Second, WatchDelivery Third) Three(KeySpan keys)
    {
        var deliveries = Deliveries(keys);
        return (deliveries[0], deliveries[1], deliveries[2]);
    }

    // What production would tell a watcher from the first revision on.
    private List<WatchDelivery> Deliveries(KeySpan keys)
    {
        _stream.Create(new WatchSpec(keys.Range) { StartRevision = 2 }, _store.View);
        _hub.Skip(_store.View);
        _hub.CatchUp(_store.View);
        var deliveries = new List<WatchDelivery>();
        while (_stream.Take() is { } delivery)
        {
            if (delivery.Kind == WatchDeliveryKind.Events)
            {
                deliveries.Add(delivery);
            }
        }

        return deliveries;
    }

    private WatchWitness Witness(KeySpan keys)
    {
        var witness = new WatchWitness(_model, keys);
        witness.Created(1);
        return witness;
    }

    private static PutRequest Put(int key, byte value) => new(key, [value], 0);

    private static void Found(string property, Action look) =>
        Assert.Equal(property, Assert.Throws<PropertyViolatedException>(look).Property);

    private sealed class NoResults : StateMachine.IApplyResults
    {
        public static NoResults Instance { get; } = new();

        public void Set(int position, ReadOnlyMemory<byte> result) =>
            throw new System.Diagnostics.UnreachableException("nobody wants a result");
    }
}
