using System.Buffers;
using Ikada.KeyValue.Tests;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.KeyValue.RocksDb.Tests;

/// <summary>The same commands leave the same state on both engines.</summary>
public sealed class BothEngines : IDisposable
{
    private readonly Stores _stores = new();

    public void Dispose() => _stores.Dispose();

    [Fact]
    public void The_same_changes_leave_the_same_content_and_held_views_never_change()
    {
        for (var seed = 1UL; seed <= 4; seed++)
        {
            var random = new RandomSource(seed);
            var memory = new MemoryOrderedStore();
            var disk = _stores.Open($"{seed}");
            var held = new List<(IHeldView Memory, IHeldView Disk)>();
            for (var round = 0; round < 12; round++)
            {
                var isReplaced = random.OneIn(6);
                var one = isReplaced ? memory.BeginReplacement() : memory.BeginBatch();
                var other = isReplaced ? disk.BeginReplacement() : disk.BeginBatch();
                for (var i = random.NextBelow(300); i > 0; i--)
                {
                    Change(random, one, other);
                }

                Same(one, other, random);
                one.Commit();
                other.Commit();
                held.Add((memory.Hold(), disk.Hold()));
                if (random.OneIn(3))
                {
                    disk.Flush();
                }
            }

            foreach (var (one, other) in held)
            {
                Same(one, other, random);
                other.LetGo();
            }

            Assert.Equal(0, disk.Snapshots);
        }
    }

    [Fact]
    public void The_same_commands_give_the_same_results_hash_and_snapshot()
    {
        var random = new RandomSource(11);
        var memory = new KeyValueStore();
        var disk = new KeyValueStore(_stores.Open("one"));
        for (var i = 0; i < 60; i++)
        {
            var commands = Commands.Draw(random, memory.AppliedIndex.Next, 1 + random.NextBelow(20));
            var (one, other) = (Commands.Apply(memory, commands), Commands.Apply(disk, commands));
            Assert.Equal(one, other);
            Assert.Equal(memory.StateHash, disk.StateHash);
        }

        Assert.Equal(Snapshot(memory), Snapshot(disk));
        Assert.Equal(memory.View.HashAt(0), disk.View.HashAt(0));
    }

    [Fact]
    public void The_same_compactions_and_removals_leave_the_same_content()
    {
        var random = new RandomSource(14);
        IOrderedStore[] stores = [new MemoryOrderedStore(), _stores.Open("one")];
        KeyValueStore[] machines = [new(stores[0]), new(stores[1])];
        for (var round = 0; round < 60; round++)
        {
            var (first, revision) = (machines[0].AppliedIndex.Next, machines[0].State.Revision);
            var body = random.OneIn(3)
                ? KeyValueCommand.EncodeCompact(revision - random.NextBelow(20))
                : KeyValueCommand.EncodeRemoveCompacted(1 + random.NextBelow(80));
            CommittedCommand[] commands =
            [
                .. Commands.Draw(random, first, 10),
                new CommittedCommand(first + 10, 1, body, WantsResult: true),
            ];
            Assert.Equal(Commands.Apply(machines[0], commands), Commands.Apply(machines[1], commands));
            var (one, other) = (stores[0].Hold(), stores[1].Hold());
            Same(one, other, random);
            other.LetGo();
        }

        Assert.True(machines[1].State.Compacted > 100);
    }

    [Fact]
    public void Each_restores_what_the_other_captured()
    {
        var random = new RandomSource(12);
        var memory = new KeyValueStore();
        Commands.Apply(memory, Commands.Draw(random, memory.AppliedIndex.Next, 500));
        var store = _stores.Open("one");
        var disk = new KeyValueStore(store);
        Commands.Apply(disk, Commands.Draw(random, disk.AppliedIndex.Next, 50));
        using var before = disk.Hold();
        var revision = before.Revision;

        disk.Restore(new ReadOnlySequence<byte>(Snapshot(memory)));

        Assert.Equal(memory.StateHash, disk.StateHash);
        Assert.Equal(memory.AppliedIndex, disk.DurableAppliedIndex);
        Assert.Equal(revision, before.Revision);
        Assert.Equal(before.HashAt(0), before.HashAt(revision));
        var again = new KeyValueStore();
        again.Restore(new ReadOnlySequence<byte>(Snapshot(disk)));
        Assert.Equal(memory.StateHash, again.StateHash);
    }

    [Fact]
    public void A_store_filled_from_another_one_is_the_same_on_both_and_so_is_one_that_was_given_up()
    {
        var (source, random) = (new KeyValueStore(), new RandomSource(13));
        MigrationTrip.Work(source, random, 80);
        using var copied = source.Hold();
        MigrationTrip.Work(source, random, 30);
        KeyValueStore[] targets = [new(), new(_stores.Open("one"))];
        foreach (var target in targets)
        {
            var trip = new MigrationTrip(target);
            trip.Begin(copied);
            trip.Copy(copied, 4);
            while (target.View.Migration.IsUnderWay)
            {
                MigrationTrip.Apply(target, MigrationCommand.EncodeClear(2));
            }

            trip = new MigrationTrip(target);
            trip.Begin(copied);
            trip.Copy(copied, 4);
            trip.Follow(source.View, 2);
            trip.Open(source.View);
            Assert.Equal(
                MigrationTrip.Show(source.View, copied.Revision),
                MigrationTrip.Show(target.View, copied.Revision));
        }

        Assert.Equal(targets[0].StateHash, targets[1].StateHash);
        Assert.Equal(Snapshot(targets[0]), Snapshot(targets[1]));
    }

    [Fact]
    public void A_read_allocates_the_value_that_it_gives_and_nothing_else()
    {
        var store = _stores.Open("one");
        var batch = store.BeginBatch();
        batch.Put("there"u8, new byte[8]);
        Allocates(0, () => batch.TryGet("absent"u8, out _));
        Allocates(0, () => batch.TryGet("there"u8, out _));
        batch.Commit();
        batch = store.BeginBatch();
        Allocates(0, () => batch.TryGet("absent"u8, out _));
        Allocates(0, () => batch.TryGet("there"u8, out _));
        var view = store.Hold();
        // An array of eight bytes takes 32.
        Allocates(0, () => view.TryGet("absent"u8, out _));
        Allocates(32, () => view.TryGet("there"u8, out _));
        view.LetGo();
    }

    private static void Allocates(long bytes, Action read)
    {
        read();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            read();
        }

        Assert.Equal(100 * bytes, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    internal static byte[] Snapshot(KeyValueStore store)
    {
        var writer = new ArrayBufferWriter<byte>();
        var snapshot = store.CaptureSnapshot();
        using var held = snapshot as IDisposable;
        snapshot.WriteTo(writer);
        return writer.WrittenSpan.ToArray();
    }

    private static void Change(RandomSource random, IOrderedBatch one, IOrderedBatch other)
    {
        var key = Key(random);
        if (random.OneIn(3))
        {
            one.Remove(key);
            other.Remove(key);
            return;
        }

        var value = new byte[random.NextBelow(40)];
        value.AsSpan().Fill((byte)random.NextBelow(256));
        one.Put(key, value);
        other.Put(key, value);
    }

    private static void Same(IOrderedView one, IOrderedView other, RandomSource random)
    {
        var (left, right) = (one.OpenCursor(), random.OneIn(2) ? other.OpenCursor() : other.OpenSweep());
        var more = left.Seek([]);
        Assert.Equal(more, right.Seek([]));
        while (more)
        {
            Assert.True(left.Key.Span.SequenceEqual(right.Key.Span));
            Assert.True(left.Value.Span.SequenceEqual(right.Value.Span));
            more = left.MoveNext();
            Assert.Equal(more, right.MoveNext());
        }

        for (var i = 0; i < 10; i++)
        {
            var (key, end) = (Key(random), Key(random));
            Assert.Equal(one.TryGet(key, out var first), other.TryGet(key, out var second));
            Assert.True(first.Span.SequenceEqual(second.Span));
            Assert.Equal(one.CountRange(key, end), other.CountRange(key, end));
            var entriesMax = 1 + (int)random.NextBelow(30);
            var counts = random.OneIn(2);
            Assert.Equal(Read(one, key, end, entriesMax, counts), Read(other, key, end, entriesMax, counts));
            var isFound = left.Seek(key);
            Assert.Equal(isFound, right.Seek(key));
            Assert.True(!isFound || left.Key.Span.SequenceEqual(right.Key.Span));
            isFound = isFound && left.MoveNext();
            Assert.Equal(isFound, right.MoveNext());
            Assert.True(!isFound || left.Value.Span.SequenceEqual(right.Value.Span));
        }
    }

    private static string Read(
        IOrderedView view, byte[] from, byte[] to, int entriesMax, bool wantsCount)
    {
        var sink = new Sink(entriesMax);
        return $"{view.ReadRange(from, to, sink, wantsCount)}: {string.Join(' ', sink.Entries)}";
    }

    private sealed class Sink(int entriesMax) : IRangeSink
    {
        public List<string> Entries { get; } = [];

        public bool Take(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
        {
            Entries.Add($"{Convert.ToHexString(key.Span)}={Convert.ToHexString(value.Span)}");
            return Entries.Count < entriesMax;
        }
    }

    private static byte[] Key(RandomSource random) =>
        [(byte)random.NextBelow(3), (byte)random.NextBelow(40), .. new byte[random.NextBelow(3)]];
}
