using System.Text;

namespace Ikada.KeyValue.RocksDb.Tests;

/// <summary>What the writer has looked up lately is remembered, and is never behind.</summary>
public sealed class RecentLookups : IDisposable
{
    private readonly Stores _stores = new();

    public void Dispose() => _stores.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(5000)]
    public void Lookups_of_a_batch_find_what_all_batches_before_have_left(int keys)
    {
        var store = _stores.Open("one");
        var model = new Dictionary<string, byte[]>();
        var random = new Random(keys);
        for (var round = 0; round < 40; round++)
        {
            var batch = store.BeginBatch();
            for (var i = 0; i < 40; i++)
            {
                var key = $"key {random.Next(keys)}";
                var place = Encoding.ASCII.GetBytes(key);
                Assert.Equal(model.TryGetValue(key, out var expected), batch.TryGet(place, out var found));
                Assert.Equal(expected ?? [], found.ToArray());
                // Some are too long to be remembered, and some are changed without a look before.
                place = random.Next(2) == 0 ? place : Encoding.ASCII.GetBytes($"key {random.Next(keys)}");
                Change(batch, place, random, model);
            }

            if (round == 25)
            {
                // As a restore does: all of it is another content.
                ((IDisposable)batch).Dispose();
                Replace(store, model);
                continue;
            }

            batch.Commit();
        }
    }

    private static void Change(
        IOrderedBatch batch, byte[] place, Random random, Dictionary<string, byte[]> model)
    {
        var key = Encoding.ASCII.GetString(place);
        if (random.Next(4) == 0)
        {
            batch.Remove(place);
            model.Remove(key);
            return;
        }

        var value = new byte[random.Next(8) == 0 ? 900 : random.Next(20)];
        random.NextBytes(value);
        batch.Put(place, value);
        model[key] = value;
    }

    private static void Replace(RocksDbStore store, Dictionary<string, byte[]> model)
    {
        model.Clear();
        var replacement = store.BeginReplacement();
        replacement.Put("key 0"u8, [7]);
        replacement.Commit();
        model["key 0"] = [7];
    }
}
