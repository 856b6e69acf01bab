using System.Buffers;
using CsCheck;
using Ikada.Primitives;
using Ikada.StateMachine;
using Ikada.Testing;

namespace Ikada.KeyValue.Tests;

public sealed class StoreProperties
{
    private static readonly Gen<string> Key = Gen.Char["\0ab\u00ff"].Array[1, 3].Select(
        chars => new string(chars));
    private static readonly Gen<string> End = Gen.Frequency(
        (3, Gen.Const("")), (1, Gen.Const("\0")), (2, Key));

    private static readonly Gen<(int Kind, string Key, string End)[]> Operations =
        Gen.Select(Gen.Int[0, 3], Key, End).Array[1, 40];

    [Fact]
    public void A_naive_store_gives_the_same_answers_at_every_revision() =>
        Operations.Sample(
            operations =>
            {
                var store = new StoreDriver();
                var naive = new NaiveStore();
                Run(operations, store, naive);
                for (var revision = 0L; revision <= naive.Revision; revision++)
                {
                    foreach (var (_, key, end) in operations)
                    {
                        var read = store.Range(key, end, query => query with { Revision = revision });
                        Assert.Equal(naive.Range(key, end, revision), Show(read));
                        Assert.Equal(read.Items.Count, read.Count);
                    }
                }
            },
            iter: 300);

    [Fact]
    [Covers("openraft: apply_multiple")]
    public void Batches_of_any_size_give_the_same_hash_and_the_same_snapshot() =>
        Gen.Select(Operations, Gen.Int[1, 9]).Sample(
            (operations, size) =>
            {
                var single = new StoreDriver();
                var batched = new StoreDriver();
                var commands = operations.Select(Command).ToArray();
                Array.ForEach(commands, command => single.Apply(command));
                for (var from = 0; from < commands.Length; from += size)
                {
                    var batch = commands.Skip(from).Take(size).Select((body, at) => new CommittedCommand(
                        new LogIndex((ulong)(from + at + 1)), 1, body, WantsResult: true)).ToArray();
                    batched.Store.Apply(batch, batch[^1].Index, new StoreDriver.Results(batch.Length));
                }

                Assert.Equal(single.Store.StateHash, batched.Store.StateHash);
                Assert.Equal(single.Snapshot(), batched.Snapshot());
            },
            iter: 200);

    [Fact]
    [Covers("openraft: transfer_snapshot",
        Note = "the state machine; how it travels, the stories of snapshots show")]
    public void A_restored_snapshot_gives_the_same_hash_answers_and_bytes() =>
        Operations.Sample(
            operations =>
            {
                var store = new StoreDriver();
                var naive = new NaiveStore();
                Run(operations, store, naive);
                store.Apply(
                    KeyValueCommand.EncodePublishMember(new PublishedMember(new NodeId(5), "five", ["u"])));
                var copy = new StoreDriver();
                copy.Put("gone", "1");
                copy.Store.Restore(Pieces(store.Snapshot(), 1 + (operations.Length % 9)));

                Assert.Equal(store.Store.StateHash, copy.Store.StateHash);
                Assert.Equal(store.Store.AppliedIndex, copy.Store.AppliedIndex);
                Assert.Equal(store.Snapshot(), copy.Snapshot());
                Assert.Equal("five", copy.Store.View.PublishedMembers()[0].Name);
                store.Put("k", "v");
                copy.Put("k", "v");
                naive.Put("k", "v");
                Assert.Equal(store.Store.StateHash, copy.Store.StateHash);
                Assert.Equal(store.Store.View.HashAt(0), copy.Store.View.HashAt(0));
                Assert.Equal(store.Store.View.SizeBytes, copy.Store.View.SizeBytes);
                for (var revision = 0L; revision <= naive.Revision; revision++)
                {
                    var read = copy.Range("\0", "\0", query => query with { Revision = revision });
                    Assert.Equal(naive.Range("\0", "\0", revision), Show(read));
                }
            },
            iter: 100);

    [Fact]
    public void A_damaged_snapshot_is_refused_and_changes_nothing()
    {
        var store = new StoreDriver();
        store.Put("a", "1");
        store.Delete("a");
        var good = store.Snapshot();
        var target = new StoreDriver();
        target.Put("b", "1");
        var hash = target.Store.StateHash;
        for (var at = 0; at < good.Length; at++)
        {
            var bad = good.ToArray();
            bad[at] ^= 0x10;
            Assert.Throws<InvalidDataException>(() => target.Store.Restore(new ReadOnlySequence<byte>(bad)));
            Assert.Throws<InvalidDataException>(
                () => target.Store.Restore(new ReadOnlySequence<byte>(good, 0, at)));
        }

        Assert.Equal((hash, 1L), (target.Store.StateHash, target.Range("b").Count));
    }

    [Fact]
    public void The_hash_at_a_revision_stays_as_it_is_while_the_store_goes_on()
    {
        var store = new StoreDriver();
        store.Put("a", "1");
        store.Put("b", "2");
        var at3 = store.Store.View.HashAt(3);
        Assert.NotEqual(at3, store.Store.View.HashAt(2));
        store.Delete("a");
        Assert.Equal(at3, store.Store.View.HashAt(3));
        Assert.NotEqual(at3, store.Store.View.HashAt(0));
        Assert.Equal(KeyValueError.FutureRevision, store.Store.View.HashAt(5).Error);
    }

    private static void Run(
        (int Kind, string Key, string End)[] operations, StoreDriver store, NaiveStore naive)
    {
        foreach (var operation in operations)
        {
            var result = store.Apply(Command(operation));
            if (operation.Kind == 0)
            {
                Assert.Equal(naive.Delete(operation.Key, operation.End), result.Deleted);
            }
            else
            {
                naive.Put(operation.Key, operation.End);
            }

            Assert.Equal(naive.Revision, result.Revision);
        }
    }

    private static byte[] Command((int Kind, string Key, string End) operation) => operation.Kind == 0
        ? KeyValueCommand.EncodeDeleteRange(
            StoreDriver.Bytes(operation.Key), StoreDriver.Bytes(operation.End))
        : KeyValueCommand.EncodePut(StoreDriver.Bytes(operation.Key), StoreDriver.Bytes(operation.End));

    private static string Show(RangeResult result) =>
        string.Join(' ', result.Items.Select(item => NaiveStore.Show(
            StoreDriver.Text(item.Key),
            item.CreateRevision,
            item.ModRevision,
            item.Version,
            StoreDriver.Text(item.Value))));

    /// <summary>The same bytes in pieces, as they come off a disk or a wire.</summary>
    private static ReadOnlySequence<byte> Pieces(byte[] bytes, int size)
    {
        var first = new Piece(bytes.AsMemory(0, Math.Min(size, bytes.Length)), null);
        var last = first;
        for (var at = size; at < bytes.Length; at += size)
        {
            last = new Piece(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)), last);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
