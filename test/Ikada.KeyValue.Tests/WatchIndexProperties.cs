using CsCheck;

namespace Ikada.KeyValue.Tests;

public sealed class WatchIndexProperties
{
    private static readonly Gen<string> Key = Gen.Char["\0abc\u00ff"].Array[1, 3].Select(
        chars => new string(chars));
    private static readonly Gen<string> End = Gen.Frequency(
        (2, Gen.Const("")), (1, Gen.Const("\0")), (4, Key));

    [Fact]
    public void Every_key_finds_the_ranges_that_hold_it_after_any_adds_and_removals() =>
        Gen.Select(Gen.Int[0, 2], Key, End).Array[1, 120].Sample(
            operations =>
            {
                var index = new Indexed();
                foreach (var (kind, key, end) in operations)
                {
                    if (kind == 0)
                    {
                        index.RemoveAny(key.Length + end.Length);
                    }
                    else
                    {
                        index.Add(key, end);
                    }
                }

                foreach (var (_, key, _) in operations)
                {
                    index.Check(key);
                }
            },
            iter: 300);

    [Fact]
    public void A_change_reaches_the_same_watchers_among_ten_thousand_others()
    {
        var index = new Indexed();
        for (var at = 0; at < 10_000; at++)
        {
            index.Add($"{at:D5}", at % 2 == 0 ? "" : $"{at + 3:D5}");
        }

        index.Check("00000");
        index.Check("05000");
        index.Check("09999");
        index.Check("1");
    }

    /// <summary>Watchers, once through a hub and once in a list that is searched from end to
    /// end.</summary>
    private sealed class Indexed
    {
        private readonly WatchDriver _driver = new();
        private readonly WatchDriver.Client _client;
        private readonly List<(long Id, KeyRange Range)> _all = [];

        public Indexed() => _client = _driver.Open();

        public void Add(string key, string end)
        {
            var range = new KeyRange(StoreDriver.Bytes(key), StoreDriver.Bytes(end));
            var id = _client.Create(new WatchSpec(range));
            if (id >= 0)
            {
                _all.Add((id, range));
            }
        }

        public void RemoveAny(int draw)
        {
            if (_all.Count > 0)
            {
                _client.Cancel(_all[draw % _all.Count].Id);
                _all.RemoveAt(draw % _all.Count);
            }
        }

        public void Check(string key)
        {
            _client.TakeAll();
            _client.Forget();
            _driver.Store.Put(key, "v");
            _driver.PublishAll();
            _client.TakeAll();
            var expected = _all.Where(one => one.Range.Contains(StoreDriver.Bytes(key)))
                .Select(one => one.Id).Order();
            Assert.Equal(expected, _client.Received.Keys.Order());
        }
    }
}
