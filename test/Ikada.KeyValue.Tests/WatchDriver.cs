using System.Text;

namespace Ikada.KeyValue.Tests;

/// <summary>A store, its hub, and clients that look at what they are told like a good witness: each
/// delivery is held against what came before it.</summary>
internal sealed class WatchDriver : IChangeListener, IWatchEventEncoder
{
    private readonly Queue<(KeyValueView View, IReadOnlyList<KeyValueChange> Changes)> _batches = [];

    public WatchDriver(WatchLimits? limits = null)
    {
        Store.Store.Listener = this;
        Hub = new WatchHub(Store.Store.View, this, limits ?? new WatchLimits());
    }

    public StoreDriver Store { get; } = new();

    public WatchHub Hub { get; private set; }

    public bool WantsChanges => true;

    public int BatchesWaiting => _batches.Count;

    /// <summary>How many encodings have been made.</summary>
    public int Encodings { get; private set; }

    public Client Open() => new(this);

    public void Published(KeyValueView now, IReadOnlyList<KeyValueChange>? changes)
    {
        if (changes is null)
        {
            _batches.Clear();
            Hub.Skip(now);
        }
        else
        {
            _batches.Enqueue((now, changes));
        }
    }

    public void PublishOne()
    {
        if (_batches.TryDequeue(out var batch))
        {
            Hub.Publish(batch.Changes, batch.View);
        }
    }

    public void PublishAll()
    {
        while (_batches.Count > 0)
        {
            PublishOne();
        }
    }

    /// <summary>Loses what has not been published.</summary>
    public void Skip()
    {
        _batches.Clear();
        Hub.Skip(Store.Store.View);
    }

    /// <summary>Everything that is to happen has happened and been taken.</summary>
    public void Settle(params Client[] clients)
    {
        PublishAll();
        for (var round = 0; round < 10_000; round++)
        {
            Hub.CatchUp(Store.Store.View);
            foreach (var client in clients)
            {
                client.TakeAll();
            }

            if (Hub.BehindCount == 0)
            {
                return;
            }
        }

        Assert.Fail($"{Hub.BehindCount} watchers never became level");
    }

    public static string Show(in KeyValueChange change, bool withPrevious)
    {
        var text = new StringBuilder();
        text.Append($"{change.Revision} {(change.IsDeletion ? "DELETE" : "PUT")} ");
        Append(text, change.Item);
        if (withPrevious && change.Previous is { } previous)
        {
            Append(text.Append(" was "), previous);
        }

        return text.ToString();
    }

    ReadOnlyMemory<byte> IWatchEventEncoder.Encode(in KeyValueChange change, bool withPrevious)
    {
        Encodings++;
        return StoreDriver.Bytes(Show(change, withPrevious));
    }

    private static void Append(StringBuilder text, in KeyValueItem item) => text.Append(
        $"{StoreDriver.Text(item.Key)}={StoreDriver.Text(item.Value)}"
        + $":{item.CreateRevision},{item.ModRevision},{item.Version}");

    /// <summary>A client of one stream.</summary>
    internal sealed class Client : IWatchStreamSignal
    {
        private readonly HashSet<long> _live = [];
        private readonly HashSet<long> _compacted = [];
        private readonly WatchDriver _driver;
        private long _created;
        private bool _isSignalled;

        public Client(WatchDriver driver)
        {
            _driver = driver;
            Stream = driver.Hub.Open(this);
        }

        public WatchStream Stream { get; }

        /// <summary>What each watcher got, in order; progress as "progress R".</summary>
        public SortedDictionary<long, List<string>> Received { get; } = [];

        /// <summary>Everything but events, in order.</summary>
        public List<string> Answers { get; } = [];

        /// <summary>How many events each delivery of events had.</summary>
        public List<int> Sizes { get; } = [];

        /// <summary>Makes a watcher; its id, or -1.</summary>
        public long Create(WatchSpec spec)
        {
            Stream.Create(spec, _driver.Store.Store.View);
            TakeAll();
            return _created;
        }

        public long Create(string key, string end = "", long start = 0) => Create(
            new WatchSpec(new KeyRange(StoreDriver.Bytes(key), StoreDriver.Bytes(end)))
            {
                StartRevision = start,
            });

        public void Cancel(long id) => Stream.Cancel(id, _driver.Store.Store.View);

        public void RequestProgress() => Stream.RequestProgress(_driver.Store.Store.View);

        public void Forget()
        {
            Received.Clear();
            Answers.Clear();
            Sizes.Clear();
        }

        public void TakeAll()
        {
            while (TakeOne())
            {
            }

            Assert.False(Stream.HasWaiting);
            Assert.Equal(0, Stream.PendingBytes);
            Assert.Equal(0, Stream.AnswersWaiting);
        }

        void IWatchStreamSignal.HasWaiting() => _isSignalled = true;

        public bool TakeOne()
        {
            var delivery = Stream.Take();
            // Who sleeps until something waits must have been woken.
            Assert.True(delivery is null || _isSignalled);
            _isSignalled = delivery is not null;
            switch (delivery?.Kind)
            {
                case null:
                    return false;
                case WatchDeliveryKind.Events:
                    Take(delivery);
                    break;
                case WatchDeliveryKind.Progress:
                    Answers.Add($"progress {delivery.WatchId} {delivery.Revision}");
                    foreach (var id in _live.Where(id => delivery.WatchId is -1 || delivery.WatchId == id))
                    {
                        Of(id).Add($"progress {delivery.Revision}");
                    }

                    break;
                case WatchDeliveryKind.Created:
                    Answers.Add($"created {delivery.WatchId} at {delivery.Revision}");
                    Assert.True(_live.Add(delivery.WatchId));
                    _created = delivery.WatchId;
                    break;
                case WatchDeliveryKind.Canceled:
                    Answers.Add($"canceled {delivery.WatchId} {delivery.CompactRevision}");
                    Assert.True(_live.Remove(delivery.WatchId) || _compacted.Remove(delivery.WatchId));
                    _ = delivery.CompactRevision != 0 && _compacted.Add(delivery.WatchId);
                    break;
                default:
                    Answers.Add($"refused {delivery.WatchId} {delivery.Refusal}");
                    _created = delivery.WatchId;
                    break;
            }

            return true;
        }

        private void Take(WatchDelivery delivery)
        {
            Assert.Contains(delivery.WatchId, _live);
            var taken = delivery.Events.ToArray();
            Assert.NotEmpty(taken);
            var events = Of(delivery.WatchId);
            // A revision that began in an earlier delivery must not go on in this one.
            Assert.True(events.Count == 0 || Revision(events[^1]) < taken[0].Revision
                || events[^1].StartsWith("progress", StringComparison.Ordinal));
            Assert.True(delivery.Revision >= taken[^1].Revision);
            Sizes.Add(taken.Length);
            foreach (var one in taken)
            {
                events.Add(Encoding.Latin1.GetString(one.Encoded(delivery.WithPrevious).Span));
            }
        }

        private List<string> Of(long id)
        {
            if (!Received.TryGetValue(id, out var events))
            {
                Received.Add(id, events = []);
            }

            return events;
        }

        private static long Revision(string shown) =>
            shown.StartsWith("progress", StringComparison.Ordinal) ? 0 : long.Parse(shown.Split(' ')[0]);
    }
}
