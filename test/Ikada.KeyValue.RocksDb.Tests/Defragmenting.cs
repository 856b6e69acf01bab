using Ikada.Primitives;

namespace Ikada.KeyValue.RocksDb.Tests;

/// <summary>The way out of a full quota: what was deleted gives its space back when asked to.</summary>
public sealed class Defragmenting : IDisposable
{
    private const int Values = 100;
    private const int ValueBytes = 10_000;
    private readonly Stores _stores = new();

    public void Dispose() => _stores.Dispose();

    [Fact]
    public void What_was_deleted_takes_no_space_any_more_and_the_rest_stays()
    {
        IOrderedStore store = _stores.Open("one");
        Fill(store);
        var full = SizeBytes(store);
        Assert.True(full > Values * ValueBytes / 2, $"{full} bytes");
        RemoveAllButTheFirst(store);
        store.Defragment();
        Assert.InRange(SizeBytes(store), ValueBytes, full / 10);
        Assert.Equal(1, Count(store.Hold()));
    }

    [Fact]
    public void A_point_in_time_that_is_held_stays_whole()
    {
        IOrderedStore store = _stores.Open("one");
        Fill(store);
        var held = store.Hold();
        RemoveAllButTheFirst(store);
        store.Defragment();
        Assert.Equal(Values, Count(held));
    }

    [Fact]
    public async Task A_close_meanwhile_ends_it()
    {
        var store = _stores.Open("one");
        Fill(store);
        var defragmenting = Task.Run(store.Defragment, TestContext.Current.CancellationToken);
        store.Dispose();
        var end = await Record.ExceptionAsync(() => defragmenting);
        // The close may have been first.
        Assert.True(end is null or ObjectDisposedException, $"{end}");
        Assert.Throws<ObjectDisposedException>(store.Defragment);
        Assert.Equal(Values, Count(_stores.Open("one").Hold()));
    }

    private static void Fill(IOrderedStore store)
    {
        var random = new RandomSource(1);
        var batch = store.BeginBatch();
        for (var i = 0; i < Values; i++)
        {
            var value = new byte[ValueBytes];
            for (var j = 0; j < value.Length; j++)
            {
                value[j] = (byte)random.NextBelow(256);
            }

            batch.Put([(byte)i], value);
        }

        batch.Commit();
    }

    private static void RemoveAllButTheFirst(IOrderedStore store)
    {
        var batch = store.BeginBatch();
        for (var i = 1; i < Values; i++)
        {
            batch.Remove([(byte)i]);
        }

        batch.Commit();
    }

    private static long SizeBytes(IOrderedStore store)
    {
        var view = store.Hold();
        var bytes = view.SizeBytes;
        view.LetGo();
        return bytes;
    }

    private static long Count(IOrderedView view) => view.CountRange([], [255]);
}
