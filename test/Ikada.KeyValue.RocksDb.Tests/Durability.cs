using System.Buffers;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.KeyValue.RocksDb.Tests;

/// <summary>What measures the memory of the whole process: nothing else runs beside it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

/// <summary>What is durable is said, and is what a crash leaves.</summary>
[Collection(Alone.Name)]
public sealed class Durability : IDisposable
{
    private readonly Stores _stores = new();
    private readonly RandomSource _random = new(3);

    public void Dispose() => _stores.Dispose();

    [Fact]
    public void A_killed_process_leaves_the_durable_index_and_exactly_the_state_of_it()
    {
        var store = _stores.Open("one");
        var machine = new KeyValueStore(store);
        Assert.True(machine.IsDurable);
        Assert.Equal(LogIndex.Zero, machine.DurableAppliedIndex);
        Commands.Apply(machine, Commands.Draw(_random, machine.AppliedIndex.Next, 200));
        store.Flush();
        var (durable, hash) = (machine.AppliedIndex, machine.StateHash);
        Assert.Equal(durable, machine.DurableAppliedIndex);
        var rest = Commands.Draw(_random, machine.AppliedIndex.Next, 100);
        Commands.Apply(machine, rest);
        Assert.Equal(durable, machine.DurableAppliedIndex);

        _stores.CopyAsKilled("one", "two");
        var again = new KeyValueStore(_stores.Open("two"));

        Assert.Equal((durable, hash), (again.AppliedIndex, again.StateHash));
        Assert.Equal(durable, again.DurableAppliedIndex);
        Commands.Apply(again, rest);
        Assert.Equal(machine.StateHash, again.StateHash);
    }

    [Fact]
    public void A_full_buffer_is_flushed_by_itself()
    {
        var machine = new KeyValueStore(
            _stores.Open("one", new RocksDbOptions { WriteBufferBytes = 64 << 10 }));

        while (machine.DurableAppliedIndex == LogIndex.Zero)
        {
            Assert.True(machine.AppliedIndex.Value < 1_000_000);
            Commands.Apply(machine, Commands.Draw(_random, machine.AppliedIndex.Next, 200));
        }

        Assert.True(machine.DurableAppliedIndex <= machine.AppliedIndex);
    }

    [Fact]
    public void A_capture_sets_out_to_make_durable_what_is_applied()
    {
        var machine = new KeyValueStore(_stores.Open("one"));
        Commands.Apply(machine, Commands.Draw(_random, machine.AppliedIndex.Next, 10));

        var snapshot = machine.CaptureSnapshot();
        using var held = snapshot as IDisposable;

        Assert.True(SpinWait.SpinUntil(
            () => machine.DurableAppliedIndex == snapshot.AppliedIndex, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Closing_makes_durable_what_is_committed_and_a_held_view_says_that_it_is_closed()
    {
        var store = _stores.Open("one");
        var machine = new KeyValueStore(store);
        Commands.Apply(machine, Commands.Draw(_random, machine.AppliedIndex.Next, 10));
        var (view, applied) = (machine.View, machine.AppliedIndex);

        store.Dispose();

        Assert.Throws<ObjectDisposedException>(() => view.HashAt(0));
        Assert.Equal(applied, new KeyValueStore(_stores.Open("one")).AppliedIndex);
    }

    [Fact]
    public void A_restore_that_was_cut_leaves_the_old_state_and_what_lay_aside_goes()
    {
        var store = _stores.Open("one");
        var machine = new KeyValueStore(store);
        Commands.Apply(machine, Commands.Draw(_random, machine.AppliedIndex.Next, 10));
        store.Flush();
        store.BeginReplacement().Put("half"u8, [1]);

        _stores.CopyAsKilled("one", "two");
        Assert.Equal(2, Directory.GetDirectories(_stores.PathOf("two")).Length);
        var again = new KeyValueStore(_stores.Open("two"));

        Assert.Equal(machine.StateHash, again.StateHash);
        Assert.Single(Directory.GetDirectories(_stores.PathOf("two")));
    }

    [Fact]
    public void A_restore_keeps_none_of_what_has_come_in_memory_and_leaves_nothing_if_it_is_given_up()
    {
        var source = new KeyValueStore();
        for (var i = 0; i < 2000; i++)
        {
            Commands.Apply(source, [new(source.AppliedIndex.Next, 1, KeyValueCommand.EncodePut(
                [(byte)i, (byte)(i >> 8)], new byte[10_000]), WantsResult: true)]);
        }

        var machine = new KeyValueStore(_stores.Open("one"));
        using (var cut = machine.BeginRestore())
        {
            source.View.Snapshot().WriteTo(new PieceWriter(cut));
            Assert.Equal(2, Directory.GetDirectories(_stores.PathOf("one")).Length);
        }

        Assert.Single(Directory.GetDirectories(_stores.PathOf("one")));
        Assert.Equal(LogIndex.Zero, machine.AppliedIndex);

        using var restore = machine.BeginRestore();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        source.View.Snapshot().WriteTo(new PieceWriter(restore));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 5_000_000);
        restore.Complete();
        Assert.Equal(source.StateHash, machine.StateHash);
        Assert.Equal(source.View.HashAt(0), machine.View.HashAt(0));
    }

    [Fact]
    public void A_restored_state_is_found_by_the_next_process()
    {
        var memory = new KeyValueStore();
        Commands.Apply(memory, Commands.Draw(_random, memory.AppliedIndex.Next, 100));
        var machine = new KeyValueStore(_stores.Open("one"));
        machine.Restore(new ReadOnlySequence<byte>(BothEngines.Snapshot(memory)));

        _stores.CopyAsKilled("one", "two");

        Assert.Equal(memory.StateHash, new KeyValueStore(_stores.Open("two")).StateHash);
    }

    [Fact]
    public void Settings_out_of_their_range_and_a_damaged_pointer_are_named()
    {
        var wrong = Assert.Throws<ArgumentException>(
            () => _stores.Open("one", new RocksDbOptions { WriteBufferBytes = 7 }));
        Assert.Contains("WriteBufferBytes is 7", wrong.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(_stores.PathOf("two"));
        File.WriteAllText(Path.Combine(_stores.PathOf("two"), "current"), "nonsense");
        var damaged = Assert.Throws<RocksDbException>(() => _stores.Open("two"));
        Assert.Contains("'nonsense'", damaged.Message, StringComparison.Ordinal);
        _stores.Open("three");
        var inUse = Assert.Throws<RocksDbException>(() => _stores.Open("three"));
        Assert.Contains("cannot open", inUse.Message, StringComparison.Ordinal);
    }

    /// <summary>Hands each piece on, as whoever receives a snapshot does.</summary>
    private sealed class PieceWriter(IStateRestore restore) : IBufferWriter<byte>
    {
        private byte[] _piece = [];

        public void Advance(int count) => restore.Write(_piece.AsMemory(0, count));

        public Memory<byte> GetMemory(int sizeHint = 0) => _piece = new byte[Math.Max(sizeHint, 1)];

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
