using Ikada.Faults.Checking;
using Ikada.Faults.Clients;
using Ikada.KeyValue;
using Ikada.Simulation.Workloads;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Faults.Tests;

/// <summary>A store that is right, and clients that ask one after the other, a millisecond each; tests put in
/// what is wrong.</summary>
internal sealed class Scene
{
    public const int Keys = 8;
    public const long Millisecond = 1_000_000;
    private readonly SortedDictionary<int, KeyValueItem> _items = [];
    private long _ids;

    public List<Recorded> Operations { get; } = [];

    public List<RecordedChange> History { get; } = [];

    public List<WatchRecord> Watches { get; } = [];

    public long Now { get; private set; }

    public long Revision { get; private set; } = 1;

    public void Wait(double seconds) => Now += (long)(seconds * 1000 * Millisecond);

    /// <summary>A put that happens, unless it was refused or <paramref name="isLost"/>.</summary>
    public Recorded Put(
        int key, RecordedOutcome outcome = RecordedOutcome.Ok, bool isLost = false, long lease = 0)
    {
        var id = ++_ids;
        if (!isLost)
        {
            Revision++;
            Write(key, Caller.Value(id), lease);
        }

        return Add(
            id, new PutRequest(key, Caller.Value(id), lease), outcome,
            new KeyValueResult { Revision = Revision + (isLost ? 1 : 0) });
    }

    /// <summary>Two puts in a transaction.</summary>
    public Recorded PutTwo(int key)
    {
        var id = ++_ids;
        Revision++;
        Write(key, Caller.Value(id), 0);
        Write(key + 1, Caller.Value(id, 1), 0);
        var one = new OperationResult(null, new KeyValueResult { Revision = Revision });
        return Add(
            id,
            new TransactionRequest(
                [],
                [
                    new PutRequest(key, Caller.Value(id), 0),
                    new PutRequest(key + 1, Caller.Value(id, 1), 0),
                ],
                []),
            RecordedOutcome.Ok,
            new KeyValueResult { Revision = Revision, Succeeded = true, Responses = [one, one] });
    }

    public Recorded Delete(int key, RecordedOutcome outcome = RecordedOutcome.Ok)
    {
        Revision++;
        Remove(key);
        return Add(
            ++_ids, new DeleteRequest(new KeySpan(key, 1), false), outcome,
            new KeyValueResult { Revision = Revision, Deleted = 1 });
    }

    public Recorded Read(int key, bool isSerializable = false, int life = 0)
    {
        var items = _items.Where(item => item.Key == key).Select(item => item.Value).ToList();
        var read = Add(
            ++_ids, new ReadRequest(new KeySpan(key, 1), default), RecordedOutcome.Ok, null, isSerializable);
        (read.Found, read.Revision, read.Life) = (
            new RangeResult { Revision = Revision, Count = items.Count, Items = items }, Revision, life);
        return read;
    }

    public Recorded Grant(long lease, long seconds) => Add(
        ++_ids, new GrantRequest(lease, seconds), RecordedOutcome.Ok,
        new KeyValueResult { Revision = Revision });

    public Recorded Renew(long lease, long seconds) => Add(
        ++_ids, new RenewRequest([lease]), RecordedOutcome.Ok,
        new KeyValueResult { Revision = Revision, TimesToLive = [seconds] });

    public Recorded Revoke(long lease, RecordedOutcome outcome = RecordedOutcome.Ok)
    {
        End(lease);
        return Add(
            ++_ids, new RevokeRequest(lease, 0), outcome, new KeyValueResult { Revision = Revision });
    }

    /// <summary>A lease ends, with its keys.</summary>
    public void End(long lease)
    {
        Revision++;
        foreach (var key in _items.Where(item => item.Value.Lease == lease).Select(item => item.Key).ToList())
        {
            Remove(key);
        }
    }

    /// <summary>A watcher of all keys that is told all of the history.</summary>
    public WatchRecord Watch()
    {
        var watch = new WatchRecord(Watches.Count + 1, new KeySpan(0, Keys), withPrevious: true);
        watch.Add(new WatchWord(WatchWordKind.Asked, Now, 0, 0, string.Empty));
        watch.Add(new WatchWord(WatchWordKind.Created, Now, 0, 1, string.Empty));
        foreach (var changes in History.GroupBy(change => change.Revision))
        {
            Tell(watch, [.. changes]);
        }

        Watches.Add(watch);
        return watch;
    }

    public void Tell(WatchRecord watch, params RecordedChange[] changes) => watch.Add(
        new WatchWord(WatchWordKind.Events, Now, 0, changes[^1].Revision, string.Empty) { Events = changes });

    /// <summary>What is found.</summary>
    public IReadOnlyList<string> Check()
    {
        var findings = new Findings();
        StoreCheck.Run(Keys, Operations, History, Watches, findings);
        return findings.Texts;
    }

    private Recorded Add(
        long id, StoreRequest asked, RecordedOutcome outcome, KeyValueResult? did,
        bool isSerializable = false)
    {
        var isOk = outcome == RecordedOutcome.Ok;
        var operation = new Recorded
        {
            Id = id, Client = 1, Node = 0, Asked = asked, Start = Now, End = Now + Millisecond,
            Outcome = outcome, Did = isOk ? did : null, Revision = isOk && did is not null ? did.Revision : 0,
            IsSerializable = isSerializable,
        };
        Now += 2 * Millisecond;
        Operations.Add(operation);
        return operation;
    }

    private void Write(int key, byte[] value, long lease)
    {
        KeyValueItem? before = _items.TryGetValue(key, out var old) ? old : null;
        var item = new KeyValueItem(
            KeyValueCommands.Key(key), before?.CreateRevision ?? Revision, Revision,
            (before?.Version ?? 0) + 1, lease, value);
        History.Add(new RecordedChange(false, item, before));
        _items[key] = item;
    }

    private void Remove(int key)
    {
        var gone = new KeyValueItem(KeyValueCommands.Key(key), 0, Revision, 0, 0, default);
        History.Add(new RecordedChange(true, gone, _items[key]));
        _items.Remove(key);
    }
}
