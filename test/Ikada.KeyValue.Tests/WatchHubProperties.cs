using CsCheck;

namespace Ikada.KeyValue.Tests;

public sealed class WatchHubProperties
{
    private static readonly WatchLimits Narrow = new()
    {
        StreamPendingBytesMax = 200,
        TotalPendingBytesMax = 300,
        StreamPendingBytesMin = 60,
        ResponseBytesTarget = 100,
        CatchUpChangesMax = 2,
        CatchUpBytesMax = 100,
    };

    private static readonly Gen<string> Key = Gen.Char["abc"].Array[1, 2].Select(chars => new string(chars));
    private static readonly Gen<string> End = Gen.Frequency(
        (2, Gen.Const("")), (2, Gen.Const("\0")), (3, Key));

    private static readonly Gen<(int Kind, int Draw, string Key, string End)[]> Steps =
        Gen.Select(Gen.Int[0, 14], Gen.Int[0, 1000], Key, End).Array[1, 150];

    [Fact]
    public void No_gap_no_repeat_and_in_order_whatever_the_interleaving() =>
        Steps.Sample(steps => Run(steps, Narrow), iter: 400);

    [Fact]
    public void One_that_falls_behind_below_a_compaction_noted_before_is_told_so() =>
        Steps.Sample(steps => Run(steps, Narrow), seed: "cRxaSVkkYHj4", iter: 1);

    [Fact]
    public void Without_bounds_that_bite_too() =>
        Steps.Sample(steps => Run(steps, new WatchLimits()), iter: 100);

    private static void Run((int Kind, int Draw, string Key, string End)[] steps, WatchLimits limits)
    {
        var driver = new WatchDriver(limits);
        var world = new World(driver);
        foreach (var (kind, draw, key, end) in steps)
        {
            world.Step(kind, draw, key, end);
            Assert.True(world.PendingBytes <= limits.TotalPendingBytesMax + 2000);
        }

        world.Check();
    }

    /// <summary>What happened, written down without the hub's help.</summary>
    private sealed class World(WatchDriver driver)
    {
        private readonly WatchDriver.Client[] _clients = [driver.Open(), driver.Open()];
        private readonly NaiveHistory _history = new();
        private readonly Dictionary<(int Client, long Id), (WatchSpec Spec, long From)> _watchers = [];
        private readonly HashSet<(int Client, long Id)> _canceled = [];
        private long _compacted;

        public long PendingBytes => driver.Hub.PendingBytes;

        public void Step(int kind, int draw, string key, string end)
        {
            var at = draw % 2;
            var client = _clients[at];
            switch (kind)
            {
                case <= 3:
                    _history.Put(key, $"{draw}");
                    driver.Store.Put(key, $"{draw}");
                    break;
                case 4:
                    _history.Delete(new KeyRange(StoreDriver.Bytes(key), StoreDriver.Bytes(end)));
                    driver.Store.Delete(key, end);
                    break;
                case 5 or 6:
                    Create(at, draw, key, end);
                    break;
                case 7:
                    Cancel(at, draw);
                    break;
                case 8 or 9:
                    driver.PublishOne();
                    break;
                case 10:
                    driver.Hub.CatchUp(driver.Store.Store.View);
                    break;
                case 11:
                    if (draw % 5 == 0)
                    {
                        driver.Skip();
                    }

                    break;
                case 12:
                    client.RequestProgress();
                    client.Stream.TellProgressOfQuiet();
                    break;
                case 13:
                    Compact(draw);
                    break;
                default:
                    client.TakeOne();
                    client.TakeOne();
                    break;
            }
        }

        public void Check()
        {
            driver.Settle(_clients);
            foreach (var ((at, id), (spec, from)) in _watchers)
            {
                var received = _clients[at].Received.GetValueOrDefault(id) ?? [];
                var events = received.Where(one => !IsProgress(one)).ToList();
                var expected = _history.Of(spec, from);
                if (_canceled.Contains((at, id)) || WasCompacted(at, id))
                {
                    expected = expected.Take(events.Count).ToList();
                }

                Assert.Equal(expected.Count, events.Count);
                Assert.All(expected.Zip(events), pair => Assert.True(
                    pair.First == pair.Second || IsWithoutCompacted(pair.First, pair.Second),
                    $"expected {pair.First}, got {pair.Second}"));
                CheckProgress(received, expected);
            }
        }

        // What stood there before a compacted revision cannot be told any more.
        private bool IsWithoutCompacted(string expected, string received) =>
            expected.Split(" was ")[0] == received && long.Parse(received.Split(' ')[0]) <= _compacted;

        private bool WasCompacted(int at, long id) => _clients[at].Answers.Any(answer =>
            answer.StartsWith($"canceled {id} ", StringComparison.Ordinal)
            && !answer.EndsWith(" 0", StringComparison.Ordinal));

        private void Compact(int draw)
        {
            var revision = _compacted + 1 + (draw % 4);
            if (draw % 3 == 0 && revision <= driver.Store.Store.View.Revision)
            {
                driver.Store.Apply(KeyValueCommand.EncodeCompact(revision));
                _compacted = revision;
            }

            driver.Store.Apply(KeyValueCommand.EncodeRemoveCompacted(2));
        }

        private static bool IsProgress(string one) => one.StartsWith("progress", StringComparison.Ordinal);

        // A promise: all up to it has been given.
        private static void CheckProgress(List<string> received, List<string> expected)
        {
            var events = 0;
            foreach (var one in received)
            {
                if (IsProgress(one))
                {
                    var promised = long.Parse(one.Split(' ')[1]);
                    Assert.Equal(
                        expected.Count(ev => long.Parse(ev.Split(' ')[0]) <= promised), events);
                }
                else
                {
                    events++;
                }
            }
        }

        private void Create(int at, int draw, string key, string end)
        {
            var now = driver.Store.Store.View.Revision;
            var start = (draw % 3) switch
            {
                0 => 0,
                1 => 1 + (draw % now),
                _ => now + (draw % 4),
            };
            var spec = new WatchSpec(new KeyRange(StoreDriver.Bytes(key), StoreDriver.Bytes(end)))
            {
                StartRevision = start,
                WithPrevious = draw % 2 == 0,
                WithoutPuts = draw % 7 == 0,
                WithoutDeletions = draw % 5 == 0,
                WantsProgress = draw % 3 == 0,
            };
            var id = _clients[at].Create(spec);
            if (id >= 0)
            {
                _watchers.Add((at, id), (spec, start == 0 ? now + 1 : start));
            }
        }

        private void Cancel(int at, int draw)
        {
            var ids = _watchers.Keys.Where(one => one.Client == at && !_canceled.Contains(one)).ToArray();
            if (ids.Length > 0)
            {
                var (_, id) = ids[draw % ids.Length];
                _canceled.Add((at, id));
                _clients[at].Cancel(id);
            }
        }
    }

    /// <summary>All that happened, as a list.</summary>
    private sealed class NaiveHistory
    {
        private readonly SortedDictionary<string, KeyValueItem> _items = new(StringComparer.Ordinal);
        private readonly List<KeyValueChange> _changes = [];
        private long _revision = 1;

        public void Put(string key, string value)
        {
            _revision++;
            KeyValueItem? before = _items.TryGetValue(key, out var found) ? found : null;
            var item = new KeyValueItem(
                StoreDriver.Bytes(key),
                before?.CreateRevision ?? _revision,
                _revision,
                (before?.Version ?? 0) + 1,
                0,
                StoreDriver.Bytes(value));
            _changes.Add(new KeyValueChange(false, item, before));
            _items[key] = item;
        }

        public void Delete(KeyRange range)
        {
            var gone = _items.Where(one => range.Contains(one.Value.Key.Span)).ToList();
            _revision += gone.Count > 0 ? 1 : 0;
            foreach (var (key, item) in gone)
            {
                var tombstone = new KeyValueItem(item.Key, 0, _revision, 0, 0, default);
                _changes.Add(new KeyValueChange(true, tombstone, item));
                _items.Remove(key);
            }
        }

        public List<string> Of(WatchSpec spec, long from) => _changes
            .Where(change => change.Revision >= from && spec.Range.Contains(change.Item.Key.Span)
                && !(change.IsDeletion ? spec.WithoutDeletions : spec.WithoutPuts))
            .Select(change => WatchDriver.Show(change, spec.WithPrevious)).ToList();
    }
}
