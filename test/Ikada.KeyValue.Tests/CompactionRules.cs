using System.Buffers;
using CsCheck;

namespace Ikada.KeyValue.Tests;

public sealed class CompactionRules
{
    private static readonly Gen<(int Kind, int Key, int Steps)[]> Operations =
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3], Gen.Int[1, 5]).Array[1, 60];

    private readonly StoreDriver _store = new();

    [Fact]
    public void A_compacted_revision_can_be_read_and_those_before_it_cannot()
    {
        _store.Put("a", "1");
        _store.Put("a", "2");
        _store.Put("a", "3");
        Assert.Equal((KeyValueError.None, 4L), Outcome(_store.Apply(KeyValueCommand.EncodeCompact(3))));
        Assert.Equal(KeyValueError.Compacted, At(2).Error);
        Assert.Equal("2", StoreDriver.Text(At(3).Items[0].Value));
        Assert.Equal("3", StoreDriver.Text(At(0).Items[0].Value));
        Assert.Equal(KeyValueError.Compacted, _store.Store.View.OpenChanges(2, out _));
        Assert.Equal(KeyValueError.Compacted, _store.Store.View.HashAt(2).Error);
        Assert.Equal("3.0 put a=2 | 4.0 put a=3 was 2", ChangeRules.Changes(_store, 3));
    }

    [Fact]
    public void A_revision_compacted_already_and_one_of_the_future_are_refused()
    {
        _store.Put("a", "1");
        _store.Put("a", "2");
        Assert.Equal(KeyValueError.Compacted, _store.Apply(KeyValueCommand.EncodeCompact(-1)).Error);
        Assert.Equal(KeyValueError.None, _store.Apply(KeyValueCommand.EncodeCompact(0)).Error);
        var copy = new StoreDriver();
        copy.Store.Restore(new ReadOnlySequence<byte>(_store.Snapshot()));
        Assert.Equal(KeyValueError.Compacted, copy.Apply(KeyValueCommand.EncodeCompact(0)).Error);
        Assert.Equal(KeyValueError.Compacted, _store.Apply(KeyValueCommand.EncodeCompact(0)).Error);
        Assert.Equal(KeyValueError.Compacted, _store.Apply(KeyValueCommand.EncodeCompact(-1)).Error);
        Assert.Equal(KeyValueError.FutureRevision, _store.Apply(KeyValueCommand.EncodeCompact(4)).Error);
        Assert.Equal(KeyValueError.None, _store.Apply(KeyValueCommand.EncodeCompact(3)).Error);
        Assert.Equal(KeyValueError.Compacted, _store.Apply(KeyValueCommand.EncodeCompact(3)).Error);
        Assert.Equal(KeyValueError.Compacted, _store.Apply(KeyValueCommand.EncodeCompact(0)).Error);
        Assert.Equal(3, _store.Store.View.CompactedRevision);
    }

    [Fact]
    public void The_revision_does_not_go_back_where_the_last_change_was_removed()
    {
        // etcd #17780: the revision was that of the last version found at the start.
        var ordered = new MemoryOrderedStore();
        var store = new KeyValueStore(ordered);
        byte[][] commands =
        [
            KeyValueCommand.EncodePut("a"u8, "1"u8), KeyValueCommand.EncodeDeleteRange("a"u8),
            KeyValueCommand.EncodePut("b"u8, "1"u8), KeyValueCommand.EncodeDeleteRange("b"u8),
            KeyValueCommand.EncodeCompact(5), KeyValueCommand.EncodeRemoveCompacted(10),
        ];
        for (var i = 0; i < commands.Length; i++)
        {
            var index = new Primitives.LogIndex((ulong)i + 1);
            store.Apply(
                [new StateMachine.CommittedCommand(index, 1, commands[i], WantsResult: false)],
                index,
                new StoreDriver.Results(0));
        }

        Assert.False(store.View.IsRemovingCompacted);
        Assert.Equal((5L, 5L), (store.View.Revision, new KeyValueStore(ordered).View.Revision));
        var snapshot = new ArrayBufferWriter<byte>();
        store.CaptureSnapshot().WriteTo(snapshot);
        store.Restore(new ReadOnlySequence<byte>(snapshot.WrittenMemory));
        Assert.Equal((5L, 5L), (store.View.Revision, store.View.CompactedRevision));
    }

    [Fact]
    public void A_deletion_at_the_compacted_revision_is_still_told()
    {
        // etcd #19179: a watch that begins at the compacted revision missed it.
        _store.Put("a", "1");
        _store.Delete("a");
        _store.Put("b", "1");
        _store.Apply(KeyValueCommand.EncodeCompact(3));
        RemoveAll(1);
        Assert.Equal("3.0 deleted a | 4.0 put b=1", ChangeRules.Changes(_store, 3));
        var copy = new StoreDriver();
        copy.Store.Restore(new ReadOnlySequence<byte>(_store.Snapshot()));
        Assert.Equal("3.0 deleted a | 4.0 put b=1", ChangeRules.Changes(copy, 3));
    }

    [Fact]
    public void A_transaction_refuses_to_read_what_was_compacted()
    {
        _store.Put("a", "1");
        _store.Put("a", "2");
        _store.Apply(KeyValueCommand.EncodeCompact(3));
        var read = KeyValueCommand.EncodeRangeOperation(
            RangeQuery.Of(StoreDriver.Bytes("a")) with { Revision = 2 });
        var put = TransactionRules.Put("b", "1");
        Assert.Equal(KeyValueError.Compacted, _store.Apply(TransactionRules.Txn([], [put, read])).Error);
        Assert.Equal(0, _store.Range("b").Count);
    }

    [Fact]
    public void Removal_goes_on_in_bounded_steps_and_takes_what_nobody_can_read()
    {
        for (var i = 0; i < 10; i++)
        {
            _store.Put("a", $"{i}");
        }

        _store.Put("gone", "1");
        _store.Delete("gone");
        var before = _store.Store.View.SizeBytes;
        _store.Apply(KeyValueCommand.EncodeCompact(13));
        Assert.True(_store.Store.View.IsRemovingCompacted);
        // 12 changes up to there, 5 a step.
        Assert.Equal(3, RemoveAll(5));
        Assert.True(_store.Store.View.SizeBytes < before / 3);
        Assert.Equal("9", StoreDriver.Text(_store.Single("a").Value));

        _store.Put("b", "1");
        _store.Apply(KeyValueCommand.EncodeCompact(14));
        RemoveAll(100);
        // What stays is two current keys, their versions, the change at 14, and the state.
        var expected = new StoreDriver();
        expected.Store.Restore(new ReadOnlySequence<byte>(_store.Snapshot()));
        Assert.Equal(expected.Store.View.SizeBytes, _store.Store.View.SizeBytes);
    }

    [Fact]
    public void Whatever_was_compacted_and_removed_every_readable_revision_reads_as_without() =>
        Operations.Sample(
            operations =>
            {
                var whole = new StoreDriver();
                var compacted = new StoreDriver();
                foreach (var (kind, key, steps) in operations)
                {
                    Run(kind, key, steps, whole, compacted);
                }

                var low = Math.Max(compacted.Store.View.CompactedRevision, 2);
                var restored = new StoreDriver();
                restored.Store.Restore(new ReadOnlySequence<byte>(compacted.Snapshot()));
                foreach (var store in new[] { compacted, restored })
                {
                    for (var at = low; at <= whole.Store.View.Revision; at++)
                    {
                        Assert.Equal(Show(whole, at), Show(store, at));
                    }

                    var changes = ChangeRules.Changes(whole, low + 1);
                    Assert.Equal(changes, ChangeRules.Changes(store, low + 1));
                    Assert.Equal(
                        Tail(ChangeRules.Changes(whole, low)), Tail(ChangeRules.Changes(store, low)));
                    Assert.Equal(compacted.Snapshot(), store.Snapshot());
                    Assert.Equal(compacted.Store.View.HashAt(0), store.Store.View.HashAt(0));
                }

                // In the end nothing is there that a store that never had it has not.
                RemoveAll(compacted, 3);
                Assert.Equal(restored.Store.View.SizeBytes, compacted.Store.View.SizeBytes);
            },
            iter: 200);

    private static void Run(int kind, int key, int steps, StoreDriver whole, StoreDriver compacted)
    {
        switch (kind)
        {
            case < 5:
                whole.Put($"k{key}", $"{steps}");
                compacted.Put($"k{key}", $"{steps}");
                break;
            case < 7:
                whole.Delete($"k{key}", $"k{steps}");
                compacted.Delete($"k{key}", $"k{steps}");
                break;
            case 7:
                compacted.Apply(KeyValueCommand.EncodeCompact(compacted.Store.View.Revision - key));
                break;
            default:
                compacted.Apply(KeyValueCommand.EncodeRemoveCompacted(steps));
                break;
        }
    }

    private static string Show(StoreDriver store, long revision)
    {
        var read = store.Range("\0", "\0", query => query with { Revision = revision });
        return string.Join(' ', read.Items.Select(item => NaiveStore.Show(
            StoreDriver.Text(item.Key), item.CreateRevision, item.ModRevision, item.Version,
            StoreDriver.Text(item.Value))));
    }

    /// <summary>Changes without what stood there before: at the compacted revision that is gone.</summary>
    private static string Tail(string changes) => string.Join(
        '|', changes.Split(" | ").Select(one => one.Split(" was ")[0]));

    private int RemoveAll(int changesMax) => RemoveAll(_store, changesMax);

    private static int RemoveAll(StoreDriver store, int changesMax)
    {
        var steps = 0;
        for (; store.Store.View.IsRemovingCompacted; steps++)
        {
            store.Apply(KeyValueCommand.EncodeRemoveCompacted(changesMax));
        }

        return steps;
    }

    private RangeResult At(long revision) =>
        _store.Range("a", with: query => query with { Revision = revision });

    private static (KeyValueError Error, long Revision) Outcome(KeyValueResult result) =>
        (result.Error, result.Revision);
}
