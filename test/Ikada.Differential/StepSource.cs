using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Differential;

/// <summary>Draws steps from a seed. They depend on it and on the revision that both servers agreed upon,
/// nothing else.</summary>
internal sealed class StepSource(int seed, IReadOnlyList<string> kinds)
{
    public static readonly string[] AllKinds = ["kv", "txn", "compact", "lease", "watch"];
    private const int WatchersMax = 12;
    private readonly Random _random = new(seed);
    private readonly Words _words = new(new Random(seed + 1));
    private readonly TxnSource _transactions = new(new Random(seed + 2));
    private readonly HashSet<long> _watchers = [];
    private readonly List<long> _chosen = [];
    private readonly Queue<Step> _following = new();
    private long _watchersMade;
    private bool _isBehind;
    private long _nextChosen = 1000;

    /// <summary>The next steps.</summary>
    public Step Next(long revision)
    {
        if (_following.TryDequeue(out var next))
        {
            return next;
        }

        var words = _words.At(revision);
        var kind = _random.Next(100) switch
        {
            < 20 when kinds.Contains("txn") => "txn",
            < 21 when kinds.Contains("compact") => "compact",
            < 30 when kinds.Contains("lease") => "lease",
            < 35 when kinds.Contains("watch") => "watch",
            _ => "kv",
        };
        return kind switch
        {
            "txn" => new Call(_transactions.Next(words)),
            "compact" => Compaction(words),
            "lease" => Lease(words),
            "watch" => Watch(words),
            _ => new Call(KeyValue(words, kinds.Contains("lease"))),
        };
    }

    private IMessage KeyValue(Words words, bool withLeases) => _random.Next(100) switch
    {
        < 40 => words.Put(withLeases),
        < 55 => words.Delete(),
        _ => words.Range(),
    };

    // A watcher that is behind would be cancelled by one server and served by the other: both catch up first.
    private Settle Compaction(Words words)
    {
        _following.Enqueue(new Call(new CompactionRequest
        {
            Revision = words.Revision(), Physical = _random.Next(4) == 0,
        }));
        _following.Enqueue(new Settle());
        var isBehind = _isBehind;
        _isBehind = false;
        return new Settle(isBehind);
    }

    private Step Lease(Words words) => _random.Next(20) switch
    {
        < 6 => new Call(new LeaseGrantRequest
        {
            ID = Math.Max(1, words.Lease()),
            TTL = _random.Next(30) == 0 ? 9_000_000_000 + _random.Next(3) : 5000 + _random.Next(5000),
        }),
        < 9 => new Call(new LeaseRevokeRequest { ID = words.Lease() }),
        < 14 => new Call(new LeaseTimeToLiveRequest { ID = words.Lease(), Keys = _random.Next(2) == 0 }),
        < 16 => new Call(new LeaseKeepAliveRequest { ID = words.Lease() }),
        < 19 => new Call(new LeaseLeasesRequest()),
        _ => new GrantAndRevoke(_random.Next(4) - 1),
    };

    private Settle Watch(Words words)
    {
        if (_watchers.Count > 0 && _random.Next(5) == 0)
        {
            return EndOne();
        }

        if (_watchers.Count >= WatchersMax || _random.Next(3) == 0)
        {
            return new Settle();
        }

        var (key, end) = words.KeyRange();
        var request = new WatchCreateRequest
        {
            Key = key,
            RangeEnd = end,
            StartRevision = _random.Next(3) == 0 ? Math.Max(0, words.Revision()) : 0,
            PrevKv = _random.Next(2) == 0,
            Fragment = _random.Next(4) == 0,
            WatchId = _random.Next(5) == 0 ? ChosenId() : 0,
        };
        for (var filter = 0; filter < 2; filter++)
        {
            if (_random.Next(6) == 0)
            {
                request.Filters.Add((WatchCreateRequest.Types.FilterType)filter);
            }
        }

        // Which id a server picks is compared; here it is enough to hit one of them now and then.
        _isBehind |= request.StartRevision != 0;
        _watchers.Add(request.WatchId != 0 ? request.WatchId : _watchersMade++);
        if (request.WatchId != 0)
        {
            _chosen.Add(request.WatchId);
        }

        _following.Enqueue(new StartWatch(request));
        _following.Enqueue(new Settle());
        return new Settle();
    }

    // A new one, or one that may be in use.
    private long ChosenId() => _chosen.Count > 0 && _random.Next(4) == 0
        ? _chosen[_random.Next(_chosen.Count)] : _nextChosen++;

    // What a watcher is told between the cancellation and its effect is a race: all is told before.
    private Settle EndOne()
    {
        var id = _watchers.ElementAt(_random.Next(_watchers.Count));
        _watchers.Remove(id);
        _following.Enqueue(new EndWatch(id));
        _following.Enqueue(new Settle());
        return new Settle();
    }
}
