using Ikada.KeyValue;
using Ikada.Simulation.Workloads;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Simulation.Checkers.Store;

/// <summary>
/// The whole key-value store once more, as simply as can be: of each key the list of its writes, all changes
/// in order, the leases. It executes what is committed, once, in the order in which the first node applies
/// it, and so knows what every node shows at every index.
/// </summary>
internal sealed class StoreModel
{
    private readonly List<StoreWrite>[] _writes;
    private readonly List<Mark> _marks = [new(0, 1, 0)];
    private readonly StoreTransactions _transactions;
    private bool _isCompactedAtZero;

    public StoreModel(int keys)
    {
        _writes = new List<StoreWrite>[keys];
        for (var key = 0; key < keys; key++)
        {
            _writes[key] = [];
        }

        _transactions = new StoreTransactions(this);
    }

    public int Keys => _writes.Length;

    /// <summary>The revision after the last write; an empty store has 1.</summary>
    public long Revision { get; private set; } = 1;

    /// <summary>The lowest revision that can be read; 0: all can.</summary>
    public long Compacted { get; private set; }

    /// <summary>All changes in the order in which they were made.</summary>
    public List<StoreWrite> Changes { get; } = [];

    /// <summary>The leases there are.</summary>
    public SortedDictionary<long, ModelLease> Leases { get; } = [];

    /// <summary>Is told what becomes of leases.</summary>
    public ILeaseWitness? Witness { get; set; }

    // The revision that the command under way makes with its first change.
    private long Next { get; set; }

    /// <summary>The next committed command; what it must be answered.</summary>
    public KeyValueResult Execute(ulong index, StoreRequest request)
    {
        Next = Revision + 1;
        var result = request switch
        {
            PutRequest put => Checked(put),
            DeleteRequest delete => Delete(delete),
            TransactionRequest transaction => _transactions.Execute(transaction),
            CompactRequest compact => Compact(compact.Revision),
            GrantRequest grant => Grant(index, grant),
            RenewRequest renew => Renew(index, renew),
            RevokeRequest revoke => Revoke(revoke),
            CheckpointRequest checkpoint => Checkpoint(checkpoint),
            _ => new KeyValueResult { Revision = Revision },
        };
        if (Revision != _marks[^1].Revision || Compacted != _marks[^1].Compacted)
        {
            _marks.Add(new Mark(index, Revision, Compacted));
        }

        return result;
    }

    /// <summary>Revision and compacted revision of a node that stands at an index.</summary>
    public (long Revision, long Compacted) At(ulong index)
    {
        var (low, high) = (0, _marks.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _marks[middle].Index <= index ? (middle + 1, high) : (low, middle);
        }

        return (_marks[low - 1].Revision, _marks[low - 1].Compacted);
    }

    /// <summary>What a read must show on a node that stands at an index.</summary>
    public RangeResult Read(ReadRequest read, ulong index)
    {
        var (revision, compacted) = At(index);
        return Read(read, revision, compacted);
    }

    /// <summary>The same within a command, at the state it has made so far.</summary>
    public RangeResult Read(ReadRequest read) => Read(read, Revision, Compacted);

    /// <summary>Why a read is refused, or None.</summary>
    public static KeyValueError Check(ReadRequest read, long revision, long compacted) =>
        read.Options.Revision > revision ? KeyValueError.FutureRevision
            : read.Options.Revision > 0 && read.Options.Revision < compacted ? KeyValueError.Compacted
            : KeyValueError.None;

    /// <summary>What a key holds at a revision; null: nothing.</summary>
    public KeyValueItem? Find(int key, long revision)
    {
        var writes = _writes[key];
        var (low, high) = (0, writes.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = writes[middle].Revision <= revision ? (middle + 1, high) : (low, middle);
        }

        return low == 0 || writes[low - 1].IsDeletion ? null : writes[low - 1].Item;
    }

    /// <summary>What a key holds now, within a command too.</summary>
    public KeyValueItem? Find(int key) => Find(key, long.MaxValue);

    /// <summary>A put whose key and lease have been looked at.</summary>
    public KeyValueResult Put(PutRequest put)
    {
        var before = Find(put.Key);
        var lease = put.IgnoresLease ? before!.Value.Lease : put.Lease;
        var item = new KeyValueItem(
            KeyValueCommands.Key(put.Key),
            before?.CreateRevision ?? Next,
            Next,
            (before?.Version ?? 0) + 1,
            lease,
            put.IgnoresValue ? before!.Value.Value : put.Value);
        Attach(put.Key, before?.Lease ?? 0, lease);
        Add(new StoreWrite(put.Key, Next, false, item, before));
        return new KeyValueResult
        {
            Revision = Revision, Previous = put.WantsPrevious && before is { } old ? [old] : [],
        };
    }

    public KeyValueResult Delete(DeleteRequest delete)
    {
        var deleted = new List<KeyValueItem>();
        for (var key = delete.Keys.First; key < delete.Keys.First + delete.Keys.Count; key++)
        {
            if (Find(key) is { } item)
            {
                deleted.Add(item);
                Delete(key, item);
            }
        }

        return new KeyValueResult
        {
            Revision = Revision, Deleted = deleted.Count, Previous = delete.WantsPrevious ? deleted : [],
        };
    }

    /// <summary>The result of a command that does nothing.</summary>
    public KeyValueResult Refuse(KeyValueError error) => new() { Error = error, Revision = Revision };

    private KeyValueResult Checked(PutRequest put) =>
        put.Lease != 0 && !Leases.ContainsKey(put.Lease) ? Refuse(KeyValueError.LeaseNotFound)
        : (put.IgnoresValue || put.IgnoresLease) && Find(put.Key) is null ? Refuse(KeyValueError.KeyNotFound)
        : Put(put);

    private RangeResult Read(ReadRequest read, long revision, long compacted)
    {
        var (options, error) = (read.Options, Check(read, revision, compacted));
        if (error != KeyValueError.None)
        {
            return new RangeResult { Error = error, Revision = revision };
        }

        var items = new List<KeyValueItem>();
        for (var key = read.Keys.First; key < read.Keys.First + read.Keys.Count; key++)
        {
            if (Find(key, options.Revision > 0 ? options.Revision : revision) is { } item)
            {
                items.Add(item);
            }
        }

        var count = items.Count;
        if (options.CountOnly)
        {
            return new RangeResult { Revision = revision, Count = count };
        }

        if (options.Order == SortOrder.Descend)
        {
            // Stable: keys break ties.
            items = options.Target == SortTarget.Mod
                ? [.. items.OrderByDescending(item => item.ModRevision)] : [.. Enumerable.Reverse(items)];
        }

        var more = options.Limit > 0 && count > options.Limit;
        return new RangeResult
        {
            Revision = revision,
            Count = count,
            More = more,
            Items = [.. items.Take(more ? (int)options.Limit : count)
                .Select(item => options.KeysOnly ? item with { Value = default } : item)],
        };
    }

    private KeyValueResult Compact(long revision)
    {
        // As with etcd a first compaction at revision 0 is taken, and takes nothing away.
        var isAtZero = revision == 0 && Compacted == 0 && !_isCompactedAtZero;
        if (revision > Revision || (revision <= Compacted && !isAtZero))
        {
            return Refuse(revision > Revision ? KeyValueError.FutureRevision : KeyValueError.Compacted);
        }

        (Compacted, _isCompactedAtZero) = (revision, isAtZero);
        return new KeyValueResult { Revision = Revision };
    }

    private KeyValueResult Grant(ulong index, GrantRequest grant)
    {
        if (Leases.ContainsKey(grant.Lease))
        {
            return Refuse(KeyValueError.LeaseExists);
        }

        Leases[grant.Lease] = new ModelLease(grant.Seconds) { RenewedAt = index };
        Witness?.Renewed(grant.Lease, grant.Seconds);
        return new KeyValueResult { Revision = Revision };
    }

    private KeyValueResult Renew(ulong index, RenewRequest renew)
    {
        var times = new List<long>();
        foreach (var id in renew.Leases)
        {
            var exists = Leases.TryGetValue(id, out var lease);
            times.Add(exists ? lease!.Seconds : 0);
            if (exists)
            {
                (lease!.Remaining, lease.RenewedAt) = (0, index);
                Witness?.Renewed(id, lease.Seconds);
            }
        }

        return new KeyValueResult { Revision = Revision, TimesToLive = times };
    }

    private KeyValueResult Revoke(RevokeRequest revoke)
    {
        if (!Leases.TryGetValue(revoke.Lease, out var lease))
        {
            return Refuse(KeyValueError.LeaseNotFound);
        }

        if (revoke.RenewedAt != 0 && revoke.RenewedAt != lease.RenewedAt)
        {
            Witness?.Outlived(revoke.Lease);
            return new KeyValueResult { Revision = Revision };
        }

        int[] keys = [.. lease.Keys];
        foreach (var key in keys)
        {
            Delete(key, Find(key)!.Value);
        }

        Leases.Remove(revoke.Lease);
        Witness?.Ended(revoke.Lease, isExpiry: revoke.RenewedAt != 0);
        return new KeyValueResult { Revision = Revision, Deleted = keys.Length };
    }

    private KeyValueResult Checkpoint(CheckpointRequest request)
    {
        foreach (var (id, renewedAt, remaining) in request.Checkpoints)
        {
            if (Leases.TryGetValue(id, out var lease) && lease.RenewedAt == renewedAt.Value)
            {
                lease.Remaining = Math.Clamp(remaining, 1, lease.Seconds);
                Witness?.Checkpointed(id, lease.Remaining);
            }
        }

        return new KeyValueResult { Revision = Revision };
    }

    private void Delete(int key, in KeyValueItem item)
    {
        Attach(key, item.Lease, 0);
        var gone = new KeyValueItem(item.Key, 0, Next, 0, 0, default);
        Add(new StoreWrite(key, Next, true, gone, item));
    }

    private void Attach(int key, long from, long to)
    {
        if (from != 0)
        {
            Leases[from].Keys.Remove(key);
        }

        if (to != 0)
        {
            Leases[to].Keys.Add(key);
        }
    }

    private void Add(in StoreWrite write)
    {
        Revision = Next;
        _writes[write.Key].Add(write);
        Changes.Add(write);
    }

    private readonly record struct Mark(ulong Index, long Revision, long Compacted);
}

/// <summary>A change of a key.</summary>
/// <param name="Key">Its number.</param>
/// <param name="Revision">The revision it belongs to.</param>
/// <param name="IsDeletion">Whether the key was deleted.</param>
/// <param name="Item">What was put; of a deletion the key and the revision.</param>
/// <param name="Before">What stood there; null: nothing.</param>
internal readonly record struct StoreWrite(
    int Key, long Revision, bool IsDeletion, KeyValueItem Item, KeyValueItem? Before);

/// <summary>A lease.</summary>
internal sealed class ModelLease(long seconds)
{
    public long Seconds => seconds;

    /// <summary>By its last checkpoint; 0: none since it was renewed.</summary>
    public long Remaining { get; set; }

    /// <summary>The entry that granted or renewed it.</summary>
    public ulong RenewedAt { get; set; }

    public SortedSet<int> Keys { get; } = [];
}

/// <summary>Is told what becomes of leases, as it is committed.</summary>
internal interface ILeaseWitness
{
    /// <summary>Granted, or renewed.</summary>
    void Renewed(long lease, long seconds);

    /// <summary>What is left was noted.</summary>
    void Checkpointed(long lease, long seconds);

    /// <summary>It is gone.</summary>
    void Ended(long lease, bool isExpiry);

    /// <summary>A renewal had come before the expiry.</summary>
    void Outlived(long lease);
}
