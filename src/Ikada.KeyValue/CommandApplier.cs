using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>Executes commands in one batch. Everything here depends on the commands and the state
/// alone.</summary>
/// <param name="batch">Takes the effects.</param>
/// <param name="start">The state before.</param>
/// <param name="made">Takes each change, where somebody asks for them.</param>
internal sealed class CommandApplier(
    IOrderedBatch batch, StoreState start, List<KeyValueChange>? made = null)
{
    // How many changes the command has made so far.
    private uint _changes;

    public StoreState State { get; private set; } = start;

    /// <summary>Executes one command. Whatever the bytes are, the answer is a result, the same on every
    /// replica.</summary>
    public KeyValueResult Apply(in CommandEnvelope command)
    {
        Invariant.Check(
            command.Index > State.Applied, $"entry {command.Index} was applied after entry {State.Applied}");
        _changes = 0;
        State = State with
        {
            Applied = command.Index,
            Hash = RollingHash.Append(State.Hash, command.Index.Value),
        };
        var reader = new ByteReader(command.Body);
        if (!reader.TryReadByte(out var kind) || !reader.TryReadByte(out var version))
        {
            return Refuse(KeyValueError.Malformed);
        }

        if (version != KeyValueCommand.FormatVersion)
        {
            return Refuse(KeyValueError.Unsupported);
        }

        return (CommandKind)kind switch
        {
            CommandKind.Put => PutCommand.TryRead(ref reader, out var put)
                ? Put(put) : Refuse(KeyValueError.Malformed),
            CommandKind.DeleteRange => DeleteCommand.TryRead(ref reader, out var delete)
                ? Delete(delete) : Refuse(KeyValueError.Malformed),
            CommandKind.PublishMember => Publish(ref reader),
            _ => Refuse(KeyValueError.Unsupported),
        };
    }

    private KeyValueResult Put(in PutCommand put)
    {
        var error = CheckPut(put);
        if (error != KeyValueError.None)
        {
            return Refuse(error);
        }

        var place = KeyLayout.Current(put.Key);
        var exists = batch.TryGet(place, out var record);
        if (!exists && (put.IgnoresValue || put.IgnoresLease))
        {
            return Refuse(KeyValueError.KeyNotFound);
        }

        var previous = exists ? KeyValueRecord.Decode(place.AsMemory(1), record) : default;
        var revision = State.Revision + 1;
        var written = KeyValueRecord.EncodePut(
            exists ? previous.CreateRevision : revision,
            revision,
            previous.Version + 1,
            put.IgnoresLease ? previous.Lease : put.Lease,
            put.IgnoresValue ? previous.Value.Span : put.Value);
        AddVersion(place, revision, written);
        batch.Put(place, written);
        State = State with { Revision = revision };
        return new KeyValueResult
        {
            Revision = revision,
            Previous = exists && put.WantsPrevious ? [previous] : [],
        };
    }

    private static KeyValueError CheckPut(in PutCommand put) =>
        put.Key.IsEmpty ? KeyValueError.KeyNotProvided
        : put.IgnoresValue && !put.Value.IsEmpty ? KeyValueError.ValueProvided
        : put.IgnoresLease && put.Lease != 0 ? KeyValueError.LeaseProvided
        // No lease can have been granted yet: there is no command for it.
        : put.Lease != 0 ? KeyValueError.LeaseNotFound
        : KeyValueError.None;

    private KeyValueResult Delete(in DeleteCommand delete)
    {
        if (delete.Key.IsEmpty)
        {
            return Refuse(KeyValueError.KeyNotProvided);
        }

        var found = new List<KeyValueItem>();
        var places = Find(
            new KeyRange(delete.Key.ToArray(), delete.End.ToArray()), delete.WantsPrevious, found);
        if (places.Count == 0)
        {
            // An empty deletion makes no revision.
            return new KeyValueResult { Revision = State.Revision };
        }

        var revision = State.Revision + 1;
        foreach (var place in places)
        {
            AddVersion(place.Span, revision, KeyValueRecord.EncodeDeletion(revision));
            batch.Remove(place.Span);
        }

        State = State with { Revision = revision };
        return new KeyValueResult { Revision = revision, Deleted = places.Count, Previous = found };
    }

    /// <summary>Collects before anything changes: a cursor does not survive a change.</summary>
    private List<ReadOnlyMemory<byte>> Find(in KeyRange range, bool withItems, List<KeyValueItem> items)
    {
        var places = new List<ReadOnlyMemory<byte>>();
        var end = range.CurrentEnd();
        var cursor = batch.OpenCursor();
        for (var more = cursor.Seek(range.CurrentStart()); more; more = cursor.MoveNext())
        {
            if (cursor.Key.Span.SequenceCompareTo(end) >= 0)
            {
                break;
            }

            places.Add(cursor.Key);
            if (withItems)
            {
                items.Add(KeyValueRecord.Decode(cursor.Key[1..], cursor.Value));
            }
        }

        return places;
    }

    private KeyValueResult Publish(ref ByteReader reader)
    {
        if (!reader.TryReadNumber(out var id) || !reader.TryReadBytes(out var attributes) || !reader.AtEnd
            || !PublishedMember.TryDecode(new NodeId(id), attributes, out _))
        {
            return Refuse(KeyValueError.Malformed);
        }

        var record = new byte[8 + attributes.Length];
        var writer = new ByteWriter(record);
        writer.WriteNumber(id);
        writer.WriteRaw(attributes);
        batch.Put(KeyLayout.Member(new NodeId(id)), record);
        Note(record);
        return new KeyValueResult { Revision = State.Revision };
    }

    /// <summary>Adds one version of the current key at <paramref name="place"/>, and that it was changed;
    /// before the key itself changes. The current key and the history share the record.</summary>
    private void AddVersion(ReadOnlySpan<byte> place, long revision, byte[] record)
    {
        var key = place[1..].ToArray();
        batch.Put(KeyLayout.History(key, revision, _changes), record);
        batch.Put(KeyLayout.Change(revision, _changes), key);
        made?.Add(KeyValueChange.Of(
            key, revision, record, batch.TryGet(place, out var before) ? before : default));
        _changes++;
        Note(place);
        Note(record);
    }

    private KeyValueResult Refuse(KeyValueError error)
    {
        State = State with { Hash = RollingHash.Append(State.Hash, (ulong)error) };
        return new KeyValueResult { Error = error, Revision = State.Revision };
    }

    private void Note(ReadOnlySpan<byte> effect) =>
        State = State with { Hash = RollingHash.Append(State.Hash, effect) };
}

/// <summary>A command as the applier sees it.</summary>
internal readonly ref struct CommandEnvelope(LogIndex index, ReadOnlySpan<byte> body)
{
    public LogIndex Index { get; } = index;

    public ReadOnlySpan<byte> Body { get; } = body;
}
