using CsCheck;

namespace Ikada.KeyValue.Tests;

public sealed class OrderedStoreProperties
{
    private static readonly Gen<(bool Remove, int Key, bool Commit)[]> Changes =
        Gen.Select(Gen.Bool, Gen.Int[0, 2000], Gen.Int[0, 50].Select(draw => draw == 0)).Array[1, 4000];

    [Fact]
    public void The_tree_holds_what_a_sorted_dictionary_holds_and_held_views_never_change() =>
        Changes.Sample(Check, iter: 40);

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(7919)]
    public void Ten_thousand_keys_in_any_direction_and_all_removed_again(int step)
    {
        var store = new MemoryOrderedStore();
        var batch = store.BeginBatch();
        for (var i = 0; i < 10_000; i++)
        {
            batch.Put(KeyOf((((i * step) % 10_000) + 10_000) % 10_000), [1]);
        }

        batch.Commit();
        var full = store.Hold();
        Assert.Equal(10_000, full.CountRange([0], [255]));
        for (var from = 0; from < 10_000; from += 991)
        {
            Assert.Equal(10_000 - from, full.CountRange(KeyOf(from), [255]));
        }

        batch = store.BeginBatch();
        for (var i = 0; i < 10_000; i++)
        {
            batch.Remove(KeyOf(i));
        }

        batch.Commit();
        Assert.Equal((0L, 0L), (store.Hold().CountRange([0], [255]), store.Hold().SizeBytes));
        Assert.False(store.Hold().OpenCursor().Seek([]));
        Assert.Equal(10_000, full.CountRange([0], [255]));
    }

    [Fact]
    public void What_is_not_committed_is_not_seen_and_a_replacement_starts_from_nothing()
    {
        var store = new MemoryOrderedStore();
        var batch = store.BeginBatch();
        batch.Put("a"u8, [1]);
        Assert.True(batch.TryGet("a"u8, out _));
        Assert.False(store.Hold().TryGet("a"u8, out _));
        batch.Commit();
        Assert.True(store.Hold().TryGet("a"u8, out _));
        var replacement = store.BeginReplacement();
        replacement.Put("b"u8, [2]);
        replacement.Commit();
        Assert.False(store.Hold().TryGet("a"u8, out _));
        Assert.Equal(2, store.Hold().SizeBytes);
    }

    private static void Check((bool Remove, int Key, bool Commit)[] changes)
    {
        var store = new MemoryOrderedStore();
        var model = new SortedDictionary<int, byte[]>();
        var held = new List<(IHeldView View, KeyValuePair<int, byte[]>[] Expected)>();
        var batch = store.BeginBatch();
        foreach (var (remove, key, commit) in changes)
        {
            if (remove)
            {
                batch.Remove(KeyOf(key));
                model.Remove(key);
            }
            else
            {
                var value = new byte[key % 5];
                batch.Put(KeyOf(key), value);
                model[key] = value;
            }

            if (commit)
            {
                batch.Commit();
                held.Add((store.Hold(), model.ToArray()));
                batch = store.BeginBatch();
            }
        }

        batch.Commit();
        held.Add((store.Hold(), model.ToArray()));
        foreach (var (view, expected) in held)
        {
            Compare(view, expected);
        }
    }

    private static void Compare(IOrderedView view, KeyValuePair<int, byte[]>[] expected)
    {
        var cursor = view.OpenCursor();
        var more = cursor.Seek([]);
        foreach (var (key, value) in expected)
        {
            Assert.True(more);
            Assert.Equal(KeyOf(key), cursor.Key.ToArray());
            Assert.Equal(value, cursor.Value.ToArray());
            more = cursor.MoveNext();
        }

        Assert.False(more);
        Assert.Equal(expected.Sum(pair => 4L + pair.Value.Length), view.SizeBytes);
        for (var from = 0; from < 2000; from += 333)
        {
            Assert.Equal(
                expected.Count(pair => pair.Key >= from && pair.Key < from + 500),
                view.CountRange(KeyOf(from), KeyOf(from + 500)));
            var keys = expected.Select(pair => pair.Key);
            var expectedFirst = keys.FirstOrDefault(key => key >= from, -1);
            Assert.Equal(expectedFirst >= 0, cursor.Seek(KeyOf(from)));
            Assert.Equal(expectedFirst, expectedFirst < 0 ? -1 : NumberOf(cursor.Key.Span));
            Assert.Equal(expectedFirst == from, view.TryGet(KeyOf(from), out _));
        }
    }

    private static byte[] KeyOf(int number) => [0, 0, (byte)(number >> 8), (byte)number];

    private static int NumberOf(ReadOnlySpan<byte> key) => (key[2] << 8) | key[3];
}
