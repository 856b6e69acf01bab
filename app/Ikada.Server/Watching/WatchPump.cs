using Ikada.KeyValue;
using Microsoft.Extensions.Logging;

namespace Ikada.Server;

/// <summary>
/// Runs the hub of all watches of this server. The thread that applies only puts a batch down; a task of its
/// own brings it to the watchers. What that task has no room for it reads from the store later.
/// </summary>
internal sealed class WatchPump : IChangeListener, IAsyncDisposable
{
    // What waits between the thread that applies and the hub.
    private const long InboxBytesMax = 64 << 20;

    // While one stream takes, nobody else gets a turn.
    private const int DeliveriesAtOnceMax = 256;

    private readonly Lock _gate = new();
    private readonly Lock _inboxGate = new();
    private readonly IReplicatedStore _store;
    private readonly ILogger _logger;
    private readonly Signal _work = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _broken = new();
    private CancellationTokenSource _replaced = new();
    private readonly WatchHub _hub;
    private readonly HashSet<WatchStream> _streams = [];
    private readonly Task _running;
    private readonly WatchInbox _inbox = new(InboxBytesMax);
    private volatile bool _wantsChanges;

    public WatchPump(IReplicatedStore store, ServerOptions options, ILoggerFactory loggers)
    {
        _store = store;
        _logger = loggers.CreateLogger("Ikada.Server.Watch");
        using var begin = store.Hold();
        _hub = new WatchHub(begin, new WatchEventEncoder(), options.WatchLimits);
        store.Listener = this;
        lock (_inboxGate)
        {
            // What was applied between the two is read from the store.
            using var now = store.Hold();
            _inbox.Begin(now);
        }

        _running = Task.WhenAll(
            Task.Run(() => GuardAsync(RunAsync)),
            Task.Run(() => GuardAsync(stop => TickAsync(options.WatchProgressNotifyInterval, stop))));
    }

    /// <summary>Cancelled when watches cannot be served any more.</summary>
    public CancellationToken Broken => _broken.Token;

    /// <summary>Cancelled when an older state takes the place of this one, since this one was wrong: what was
    /// sent of it may be wrong too, and what comes would be sent twice. A new one after that.</summary>
    public CancellationToken Replaced
    {
        get
        {
            lock (_gate)
            {
                return _replaced.Token;
            }
        }
    }

    bool IChangeListener.WantsChanges => _wantsChanges;

    /// <summary>How much there is to do.</summary>
    public (int Streams, int Watchers, int Behind, long PendingBytes) Counts
    {
        get
        {
            lock (_gate)
            {
                return (_streams.Count, _hub.WatcherCount, _hub.BehindCount, _hub.PendingBytes);
            }
        }
    }

    /// <summary>Begins a stream.</summary>
    public WatchStream Open(IWatchStreamSignal signal)
    {
        lock (_gate)
        {
            var stream = _hub.Open(signal);
            _streams.Add(stream);
            _wantsChanges = true;
            _work.Set();
            return stream;
        }
    }

    /// <summary>Ends a stream.</summary>
    public void Close(WatchStream stream)
    {
        lock (_gate)
        {
            stream.Close();
            _streams.Remove(stream);
            _wantsChanges = _streams.Count > 0;
        }
    }

    /// <summary>Does something to a stream, with the store as it is now.</summary>
    public void Do(WatchStream stream, Action<WatchStream, KeyValueView> action)
    {
        lock (_gate)
        {
            using var now = _store.Hold();
            action(stream, now);
        }

        _work.Set();
    }

    /// <summary>The next things for a stream's client, whether more wait, and how many answers do.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="bytesTarget">No more are taken once their events have so many bytes.</param>
    /// <param name="taken">Takes them.</param>
    public (bool More, int AnswersWaiting) Take(
        WatchStream stream, int bytesTarget, List<WatchDelivery> taken)
    {
        var bytes = 0L;
        bool more;
        int answers;
        bool catchesUp;
        lock (_gate)
        {
            while (taken.Count < DeliveriesAtOnceMax && bytes < bytesTarget
                && stream.Take() is { } delivery)
            {
                taken.Add(delivery);
                bytes += delivery.EventBytes;
            }

            (more, answers) = (stream.HasWaiting, stream.AnswersWaiting);
            catchesUp = _hub.HasCatchingUp;
        }

        if (catchesUp)
        {
            _work.Set();
        }

        return (more, answers);
    }

    void IChangeListener.Published(KeyValueView now, IReadOnlyList<KeyValueChange>? changes)
    {
        bool holdsMore;
        lock (_inboxGate)
        {
            holdsMore = _inbox.Put(now, changes);
        }

        if (holdsMore && _wantsChanges)
        {
            _work.Set();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _store.Listener = null;
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _broken.Dispose();
        _replaced.Dispose();
    }

    private async Task GuardAsync(Func<CancellationToken, Task> run)
    {
        try
        {
            await run(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            ServerLog.WatchesStopped(_logger);
        }
        catch (Exception failure)
        {
            // Clients come back, here or at another member; what this one sent them was right.
            ServerLog.WatchesBroken(_logger, failure);
            await _broken.CancelAsync();
        }
    }

    private async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await _work.WaitAsync(stop);
            bool more;
            do
            {
                stop.ThrowIfCancellationRequested();
                more = Bring();
            }
            while (more);
        }
    }

    /// <summary>Brings what is in the inbox, and a slice of history. True: there is more to do.</summary>
    private bool Bring()
    {
        IReadOnlyList<(KeyValueView View, IReadOnlyList<KeyValueChange> Changes)> batches;
        KeyValueView? skipTo;
        lock (_inboxGate)
        {
            (skipTo, batches) = _inbox.TakeAll();
        }

        if (skipTo is not null)
        {
            Skip(skipTo);
        }

        foreach (var (view, changes) in batches)
        {
            // One at a time, so that those who send get their turn.
            lock (_gate)
            {
                _hub.Publish(changes, view);
            }
        }

        lock (_gate)
        {
            using var now = _store.Hold();
            _hub.CatchUp(now);
            return _hub.HasCatchingUp;
        }
    }

    private void Skip(KeyValueView to)
    {
        CancellationTokenSource? replaced = null;
        lock (_gate)
        {
            if (to.Revision < _hub.Revision)
            {
                (replaced, _replaced) = (_replaced, new CancellationTokenSource());
            }

            _hub.Skip(to);
        }

        replaced?.Cancel();
    }

    private async Task TickAsync(TimeSpan interval, CancellationToken stop)
    {
        // As etcd: up to a tenth longer, so that the members of a cluster do not speak at once.
        using var timer = new PeriodicTimer(interval * (1 + (Random.Shared.NextDouble() / 10)));
        while (await timer.WaitForNextTickAsync(stop))
        {
            lock (_gate)
            {
                foreach (var stream in _streams)
                {
                    stream.TellProgressOfQuiet();
                }
            }
        }
    }
}
