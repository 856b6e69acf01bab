using Ikada.KeyValue;

namespace Ikada.Benchmarks;

/// <summary>A put in memory, and what it gives rise to for one of 4096 watchers: found, offered and
/// taken.</summary>
internal sealed class WatchPath : HotPath, IChangeListener, IWatchEventEncoder, IWatchStreamSignal
{
    private static readonly byte[] Encoded = new byte[300];
    private readonly FilledStore _store = new(isOnDisk: false);
    private readonly WatchHub _hub;
    private readonly WatchStream _stream;
    private readonly List<(KeyValueView View, IReadOnlyList<KeyValueChange> Changes)> _batches = [];

    public WatchPath()
    {
        _hub = new WatchHub(_store.Store.View, this, new WatchLimits());
        _stream = _hub.Open(this);
        for (var key = 0; key < FilledStore.Keys; key++)
        {
            _stream.Create(new WatchSpec(new KeyRange(FilledStore.KeyOf(key), default)), _store.Store.View);
        }

        TakeAll();
        _store.Store.Listener = this;
    }

    public bool WantsChanges => true;

    public override void Run(int operations)
    {
        for (var done = 0; done < operations; done += FilledStore.Batch)
        {
            _store.PutBatch();
            foreach (var (view, changes) in _batches)
            {
                _hub.Publish(changes, view);
            }

            _batches.Clear();
            TakeAll();
        }
    }

    public void Published(KeyValueView now, IReadOnlyList<KeyValueChange>? changes) =>
        _batches.Add((now, changes ?? throw new InvalidOperationException("changes were lost")));

    public ReadOnlyMemory<byte> Encode(in KeyValueChange change, bool withPrevious) => Encoded;

    public void HasWaiting()
    {
    }

    protected override void Dispose(bool disposing)
    {
        _store.Dispose();
        base.Dispose(disposing);
    }

    private void TakeAll()
    {
        while (_stream.Take() is not null)
        {
        }
    }
}
