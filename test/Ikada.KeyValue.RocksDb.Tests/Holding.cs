using System.Buffers;
using Ikada.Primitives;

namespace Ikada.KeyValue.RocksDb.Tests;

/// <summary>A point in time is kept for as long as somebody holds it, and no longer; what is read too late
/// says so.</summary>
public sealed class Holding : IDisposable
{
    private readonly Stores _stores = new();
    private readonly RandomSource _random = new(5);

    public void Dispose() => _stores.Dispose();

    [Fact]
    public void The_last_holder_takes_the_point_in_time_along()
    {
        var store = _stores.Open("one");
        var machine = new KeyValueStore(store);
        Apply(machine, 20);
        var (first, second) = (machine.Hold(), machine.Hold());
        var hash = first.HashAt(0);
        Apply(machine, 20);
        var snapshot = machine.CaptureSnapshot();
        Apply(machine, 20);
        machine.Query([1], new ArrayBufferWriter<byte>());
        Assert.Equal(3, store.Snapshots);

        first.Dispose();
        first.Dispose();
        Assert.Equal(3, store.Snapshots);
        Assert.Throws<ObjectDisposedException>(() => first.HashAt(0));
        Assert.Equal(hash, second.HashAt(0));

        var all = new RangeQuery { Range = new KeyRange(new byte[1], new byte[1]) };
        Assert.NotEmpty(second.Range(all).Items);
        Assert.Equal(KeyValueError.None, second.OpenChanges(2, out var changes));
        Assert.True(changes!.MoveNext());
        second.Dispose();
        Assert.Equal(2, store.Snapshots);
        Assert.Throws<ObjectDisposedException>(() => changes.Read(withPrevious: false));

        ((IDisposable)snapshot).Dispose();
        Assert.Equal(1, store.Snapshots);
        Assert.Throws<ObjectDisposedException>(() => snapshot.WriteTo(new ArrayBufferWriter<byte>()));
    }

    /// <summary>As small as etcd's, for which quotas of 64 KiB are common in tests.</summary>
    [Fact]
    public void A_store_of_little_data_is_small_and_grows_with_it()
    {
        var machine = new KeyValueStore(_stores.Open("small"));
        Apply(machine, 5);
        var before = machine.View.SizeBytes;
        Assert.InRange(before, 1, 20_000);
        Apply(machine, 500);
        Assert.True(machine.View.SizeBytes > before);
    }

    [Fact]
    public void Nothing_is_kept_of_a_replaced_content_once_nobody_holds_it()
    {
        var store = _stores.Open("one");
        var machine = new KeyValueStore(store);
        Apply(machine, 20);
        var held = machine.Hold();
        var hash = held.HashAt(0);
        machine.Restore(new ReadOnlySequence<byte>(BothEngines.Snapshot(machine)));
        Assert.Equal(hash, held.HashAt(0));
        Assert.Equal(2, Directory.GetDirectories(_stores.PathOf("one")).Length);

        held.Dispose();
        Apply(machine, 1);

        Assert.Single(Directory.GetDirectories(_stores.PathOf("one")));
        Assert.Equal(1, store.Snapshots);
    }

    [Fact]
    public async Task Readers_and_the_one_who_applies_leave_nothing_and_a_close_between_them_is_told()
    {
        var store = _stores.Open("one");
        var machine = new KeyValueStore(store);
        Apply(machine, 50);
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadOn(machine, stop.Token)))
            .ToArray();
        for (var i = 0; i < 200; i++)
        {
            Apply(machine, 3);
            if (i % 50 == 0)
            {
                machine.Restore(new ReadOnlySequence<byte>(BothEngines.Snapshot(machine)));
            }
        }

        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(readers), reads => Assert.True(reads > 0));
        Assert.Equal(1, store.Snapshots);

        readers = [.. Enumerable.Range(0, 3).Select(
            _ => Task.Run(() => ReadOn(machine, CancellationToken.None)))];
        store.Dispose();
        foreach (var reader in readers)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => reader);
        }
    }

    [Fact]
    public void A_closed_store_says_so_to_whoever_goes_on()
    {
        var store = _stores.Open("one");
        var machine = new KeyValueStore(store);
        Apply(machine, 5);
        var (held, applied) = (machine.Hold(), machine.AppliedIndex);
        var restore = machine.BeginRestore();
        var batch = store.BeginBatch();
        store.Dispose();

        Assert.Throws<ObjectDisposedException>(() => held.HashAt(0));
        Assert.Throws<ObjectDisposedException>(() => machine.View.SizeBytes);
        Assert.Throws<ObjectDisposedException>(() => Apply(machine, 1));
        Assert.Throws<ObjectDisposedException>(() => machine.DurableAppliedIndex);
        Assert.Throws<ObjectDisposedException>(machine.CaptureSnapshot);
        Assert.Throws<ObjectDisposedException>(store.Flush);
        Assert.Throws<ObjectDisposedException>(() => store.Snapshots);
        held.Dispose();
        // What was begun before ends as it began; the database closes behind it.
        batch.Put("late"u8, [1]);
        ((IDisposable)batch).Dispose();
        restore.Dispose();
        Assert.Equal(applied, new KeyValueStore(_stores.Open("one")).AppliedIndex);
    }

    private static int ReadOn(KeyValueStore machine, CancellationToken stop)
    {
        var reads = 0;
        var all = new RangeQuery { Range = new KeyRange(new byte[1], new byte[1]) };
        for (; reads == 0 || !stop.IsCancellationRequested; reads++)
        {
            using var view = machine.Hold();
            var items = view.Range(all).Items;
            Assert.All(items, item => Assert.True(item.ModRevision <= view.Revision));
            Assert.Equal(items.Count, view.Range(all).Count);
        }

        return reads;
    }

    private void Apply(KeyValueStore machine, int count) =>
        Commands.Apply(machine, Commands.Draw(_random, machine.AppliedIndex.Next, count));
}
