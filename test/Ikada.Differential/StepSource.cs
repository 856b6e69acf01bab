using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Differential;

/// <summary>Draws steps from a seed. They depend on it and on the revision that both servers agreed upon,
/// nothing else.</summary>
internal sealed class StepSource(int seed, IReadOnlyList<string> kinds)
{
    public static readonly string[] AllKinds =
        ["kv", "txn", "compact", "lease", "watch", "maintenance", "expiry"];

    private const int WatchersMax = 12;
    // A step takes seconds.
    private const int StepsBetweenExpiries = 2000;
    private const long Future = 1L << 40;
    private readonly Random _random = new(seed);
    private readonly Words _words = new(new Random(seed + 1));
    private readonly TxnSource _transactions = new(new Random(seed + 2));
    private readonly HashSet<long> _watchers = [];
    private readonly List<long> _chosen = [];
    private readonly Queue<Step> _following = new();
    private long _watchersMade;
    private bool _isBehind;
    private long _nextChosen = 1000;
    private long _nextExpiring = 1000;
    private long _latestStart;
    private long _compacted;

    // etcd 3.5 keeps the hash of a compaction at revision 0 and gives it to whoever asks for the current one.
    private bool _hasHashAtZero;
    private bool _isDeaf;

    /// <summary>The next steps.</summary>
    public Step Next(long revision)
    {
        if (_following.TryDequeue(out var next))
        {
            return next;
        }

        var words = _words.At(revision);
        if (kinds.Contains("expiry") && _random.Next(StepsBetweenExpiries) == 0)
        {
            _following.Enqueue(new Settle());
            return new GrantAndExpire(_nextExpiring++, words.Key());
        }

        var kind = _random.Next(100) switch
        {
            < 20 when kinds.Contains("txn") => "txn",
            < 21 when kinds.Contains("compact") => "compact",
            < 30 when kinds.Contains("lease") => "lease",
            < 35 when kinds.Contains("watch") => "watch",
            < 36 when kinds.Contains("maintenance") => "maintenance",
            _ => "kv",
        };
        return kind switch
        {
            "txn" => new Call(_transactions.Next(words)),
            "compact" => Compaction(words, revision),
            "lease" => Lease(words),
            "watch" => _random.Next(8) == 0 && MayAskProgress(revision)
                ? Progress(words, revision) : Watch(words),
            "maintenance" => new Call(Maintenance(words)),
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
    private Settle Compaction(Words words, long current)
    {
        var request = new CompactionRequest { Revision = words.Revision(), Physical = _random.Next(4) == 0 };
        _hasHashAtZero |= request.Revision == 0;
        _compacted = request.Revision <= current ? Math.Max(_compacted, request.Revision) : _compacted;
        _following.Enqueue(new Call(request));
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

    // Members are each server's own, so the alarm is of one that is none of theirs. It ends soon: while it is
    // raised little happens.
    private IMessage Maintenance(Words words)
    {
        if (_random.Next(2) == 0)
        {
            // At the compacted revision itself etcd 3.4 refuses, 3.5 does not.
            var revision = words.Revision();
            revision = revision == _compacted ? 0 : revision;
            return new HashKVRequest { Revision = revision == 0 && _hasHashAtZero ? Future : revision };
        }

        var alarm = new AlarmRequest
        {
            Action = (AlarmRequest.Types.AlarmAction)_random.Next(3),
            MemberID = (ulong)(1 + _random.Next(2)),
        };
        // etcd 3.4 takes even an alarm of no kind, and shows it.
        alarm.Alarm = alarm.Action == AlarmRequest.Types.AlarmAction.Get && _random.Next(2) == 0
            ? AlarmType.None : AlarmType.Nospace;
        if (alarm.Action == AlarmRequest.Types.AlarmAction.Activate)
        {
            _following.Enqueue(new Call(KeyValue(words, kinds.Contains("lease"))));
            _following.Enqueue(new Call(new TxnRequest
            {
                Success = { new RequestOp { RequestRange = words.Range() } },
                Failure = { new RequestOp { RequestPut = words.Put(withLeases: false) } },
            }));
            _following.Enqueue(new Call(new AlarmRequest()));
            _following.Enqueue(new Call(new AlarmRequest(alarm)
            {
                Action = AlarmRequest.Types.AlarmAction.Deactivate,
            }));
        }

        return alarm;
    }

    private bool MayAskProgress(long revision) =>
        _isDeaf || (revision >= _latestStart && _watchers.Count < WatchersMax);

    // etcd 3.5 says nothing on a stream without watchers, nothing while one is behind, and never again once
    // one was cancelled by a compaction.
    private Settle Progress(Words words, long revision)
    {
        var isBehind = _isBehind;
        _isBehind = false;
        if (_isDeaf)
        {
            _isDeaf = false;
            _watchers.Clear();
            _chosen.Clear();
            _watchersMade = 0;
            _latestStart = 0;
            _following.Enqueue(new EndStream());
        }

        _watchers.Add(_watchersMade++);
        _following.Enqueue(new StartWatch(new WatchCreateRequest { Key = words.NonEmptyKey() }));
        _following.Enqueue(new AskProgress(revision));
        _following.Enqueue(new Settle());
        return new Settle(isBehind);
    }

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
        _isDeaf |= request.StartRevision > 0 && request.StartRevision < _compacted;
        _latestStart = Math.Max(_latestStart, request.StartRevision);
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
