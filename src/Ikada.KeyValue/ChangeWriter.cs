using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>
/// Changes keys, with all that goes with it: history, order of the changes, leases, revision, hash. All
/// changes of one command share one revision; the first makes it.
/// </summary>
/// <param name="batch">Takes the effects.</param>
/// <param name="start">The state before.</param>
/// <param name="made">Takes each change, where somebody asks for them.</param>
internal sealed class ChangeWriter(IOrderedBatch batch, StoreState start, List<KeyValueChange>? made)
{
    private long _revision;

    // How many changes the command has made so far.
    private uint _changes;

    public IOrderedBatch Batch => batch;

    public StoreState State { get; private set; } = start;

    /// <summary>Begins the command at <paramref name="index"/>.</summary>
    public void Begin(LogIndex index)
    {
        Invariant.Check(index > State.Applied, $"entry {index} was applied after entry {State.Applied}");
        _revision = State.Revision + 1;
        _changes = 0;
        State = State with { Applied = index, Hash = RollingHash.Append(State.Hash, index.Value) };
    }

    /// <summary>Puts a key. What is wrong with the put itself and with its lease, the caller has
    /// checked.</summary>
    public KeyValueResult Put(in PutCommand put)
    {
        var place = KeyLayout.Current(put.Key);
        var exists = batch.TryGet(place, out var record);
        if (!exists && (put.IgnoresValue || put.IgnoresLease))
        {
            return new KeyValueResult { Error = KeyValueError.KeyNotFound, Revision = State.Revision };
        }

        var previous = exists ? KeyValueRecord.Decode(place.AsMemory(1), record) : default;
        var lease = put.IgnoresLease ? previous.Lease : put.Lease;
        var written = KeyValueRecord.EncodePut(
            exists ? previous.CreateRevision : _revision,
            _revision,
            previous.Version + 1,
            lease,
            put.IgnoresValue ? previous.Value.Span : put.Value);
        AddVersion(place, written);
        batch.Put(place, written);
        LeaseTable.Move(batch, put.Key, previous.Lease, lease);
        return new KeyValueResult
        {
            Revision = State.Revision,
            Previous = exists && put.WantsPrevious ? [previous] : [],
        };
    }

    /// <summary>Deletes the keys of a range. An empty deletion makes no revision.</summary>
    public KeyValueResult Delete(in KeyRange range, bool wantsPrevious)
    {
        var found = Find(range);
        for (var i = 0; i < found.Count; i++)
        {
            Delete(found[i]);
        }

        return new KeyValueResult
        {
            Revision = State.Revision, Deleted = found.Count, Previous = wantsPrevious ? found : [],
        };
    }

    /// <summary>Deletes a key that is there.</summary>
    public void Delete(in KeyValueItem item)
    {
        var place = KeyLayout.Current(item.Key.Span);
        AddVersion(place, KeyValueRecord.EncodeDeletion(_revision));
        batch.Remove(place);
        LeaseTable.Move(batch, item.Key.Span, item.Lease, 0);
    }

    /// <summary>Makes <paramref name="revision"/> the lowest that can be read.</summary>
    public void Compact(long revision) => State = State with
    {
        Compacted = revision,
        IsCompactedAtZero = revision == 0,
        Hash = RollingHash.Append(State.Hash, (ulong)revision),
    };

    /// <summary>Sets where the store stands: it is filled from another one, or empty again.</summary>
    public void Restart(long revision, long compacted)
    {
        State = State with { Revision = revision, Compacted = compacted, IsCompactedAtZero = false };
        Note(KeyLayout.Change(revision, 0));
        Note(KeyLayout.Change(compacted, 0));
    }

    /// <summary>Begins a revision that another store has made; it may leave some out.</summary>
    public void BeginRevision(long revision)
    {
        Invariant.Check(
            revision > State.Revision, $"revision {revision} was followed at {State.Revision}");
        (_revision, _changes) = (revision, 0);
    }

    /// <summary>Adds a version of another store with no change that made it.</summary>
    public void AddCopied(in KeyValueItem item)
    {
        var place = KeyLayout.Current(item.Key.Span);
        var record = Encode(item);
        batch.Put(KeyLayout.History(item.Key.Span, item.ModRevision, 0), record);
        batch.Put(place, record);
        LeaseTable.Move(batch, item.Key.Span, 0, item.Lease);
        Note(place);
        Note(record);
    }

    /// <summary>Does what another store has done in the revision that has begun.</summary>
    public void Follow(in KeyValueChange change)
    {
        var (place, item) = (KeyLayout.Current(change.Item.Key.Span), change.Item);
        var before = batch.TryGet(place, out var found)
            ? KeyValueRecord.Decode(item.Key, found).Lease : 0;
        var record = change.IsDeletion
            ? KeyValueRecord.EncodeDeletion(_revision) : Encode(item);
        AddVersion(place, record);
        if (change.IsDeletion)
        {
            batch.Remove(place);
        }
        else
        {
            batch.Put(place, record);
        }

        LeaseTable.Move(batch, item.Key.Span, before, item.Lease);
    }

    /// <summary>Carries an effect into the state hash.</summary>
    public void Note(ReadOnlySpan<byte> effect) =>
        State = State with { Hash = RollingHash.Append(State.Hash, effect) };

    /// <summary>The result of a command that did nothing.</summary>
    public KeyValueResult Refuse(KeyValueError error)
    {
        State = State with { Hash = RollingHash.Append(State.Hash, (ulong)error) };
        return new KeyValueResult { Error = error, Revision = State.Revision };
    }

    private static byte[] Encode(in KeyValueItem item) => KeyValueRecord.EncodePut(
        item.CreateRevision, item.ModRevision, item.Version, item.Lease, item.Value.Span);

    /// <summary>Collects before anything changes: a cursor does not survive a change.</summary>
    private List<KeyValueItem> Find(in KeyRange range)
    {
        var items = new List<KeyValueItem>();
        var end = range.CurrentEnd();
        var cursor = batch.OpenCursor();
        for (var more = cursor.Seek(range.CurrentStart()); more; more = cursor.MoveNext())
        {
            if (cursor.Key.Span.SequenceCompareTo(end) >= 0)
            {
                break;
            }

            items.Add(KeyValueRecord.Decode(cursor.Key[1..], cursor.Value));
        }

        return items;
    }

    /// <summary>Adds one version of the current key at <paramref name="place"/>, and that it was changed;
    /// before the key itself changes. The current key and the history share the record.</summary>
    private void AddVersion(ReadOnlySpan<byte> place, byte[] record)
    {
        var key = place[1..].ToArray();
        made?.Add(KeyValueChange.Of(key, _revision, record, Before(place)));
        batch.Put(KeyLayout.History(key, _revision, _changes), record);
        batch.Put(KeyLayout.Change(_revision, _changes), key);
        _changes++;
        State = State with { Revision = _revision };
        Note(place);
        Note(record);
    }

    /// <summary>The record of a key at the revision before; empty if it was not there. What this command has
    /// made of the key already does not count.</summary>
    private ReadOnlyMemory<byte> Before(ReadOnlySpan<byte> place)
    {
        if (_changes == 0)
        {
            return batch.TryGet(place, out var current) ? current : default;
        }

        var cursor = batch.OpenCursor();
        var wanted = KeyLayout.History(place[1..], _revision - 1);
        return cursor.Seek(wanted) && KeyLayout.IsSameKey(cursor.Key.Span, wanted)
            && !KeyValueRecord.IsDeletion(cursor.Value.Span) ? cursor.Value : default;
    }
}
