using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>
/// Walks the changes of a view in the order in which they were made: by revision, within one by
/// sub-revision. It reads no value until asked, so whoever looks for some keys passes over the others
/// cheaply. It holds the view: what it gives stays right however the store goes on. One thread at a time.
/// </summary>
public sealed class ChangeReader
{
    private readonly KeyValueView _view;
    private readonly IOrderedCursor _cursor;
    private readonly long _from;
    private bool _started;

    internal ChangeReader(KeyValueView view, long from)
    {
        _view = view;
        _from = from;
        _cursor = view.Ordered.OpenCursor();
    }

    /// <summary>The revision of the change it stands on.</summary>
    public long Revision { get; private set; }

    /// <summary>Which change of its revision it is, from 0.</summary>
    public uint Sub { get; private set; }

    /// <summary>The key that was changed. The bytes are immutable and may be kept.</summary>
    public ReadOnlyMemory<byte> Key { get; private set; }

    /// <summary>Goes to the next change; false behind the last.</summary>
    public bool MoveNext()
    {
        var more = _started ? _cursor.MoveNext() : _cursor.Seek(KeyLayout.Change(Math.Max(_from, 0), 0));
        _started = true;
        if (!more || _cursor.Key.Span[0] != KeyLayout.ChangeSpace)
        {
            return false;
        }

        (Revision, Sub) = KeyLayout.ChangeOf(_cursor.Key.Span);
        Key = _cursor.Value;
        return true;
    }

    /// <summary>The change it stands on, with what stood there before where
    /// <paramref name="withPrevious"/> asks for it.</summary>
    public KeyValueChange Read(bool withPrevious)
    {
        var place = KeyLayout.History(Key.Span, Revision, Sub);
        var found = _view.Ordered.TryGet(place, out var record);
        Invariant.Check(
            found, $"change {Sub} of revision {Revision} has no version: a key of {Key.Length} bytes");
        return KeyValueChange.Of(Key, Revision, record, withPrevious ? Previous() : default);
    }

    /// <summary>The record at the revision before, if that can still be read; else empty.</summary>
    private ReadOnlyMemory<byte> Previous()
    {
        var cursor = _view.Ordered.OpenCursor();
        var wanted = KeyLayout.History(Key.Span, Revision - 1);
        return Revision > _view.CompactedRevision && cursor.Seek(wanted)
            && KeyLayout.IsSameKey(cursor.Key.Span, wanted) && !KeyValueRecord.IsDeletion(cursor.Value.Span)
            ? cursor.Value : default;
    }
}

/// <summary>What was done to a key, as etcd's events say it.</summary>
/// <param name="IsDeletion">Whether it was deleted; else it was put.</param>
/// <param name="Item">What was put; of a deletion only the key, and its revision as the mod
/// revision.</param>
/// <param name="Previous">What stood there at the revision before, where asked for; null if nothing did, or
/// if that revision was compacted away.</param>
public readonly record struct KeyValueChange(bool IsDeletion, KeyValueItem Item, KeyValueItem? Previous)
{
    /// <summary>The revision that made it.</summary>
    public long Revision => Item.ModRevision;

    /// <summary>The change that wrote <paramref name="record"/> where <paramref name="before"/> stood;
    /// empty: nothing did, or nobody asks.</summary>
    internal static KeyValueChange Of(
        ReadOnlyMemory<byte> key,
        long revision,
        ReadOnlyMemory<byte> record,
        ReadOnlyMemory<byte> before)
    {
        var isDeletion = KeyValueRecord.IsDeletion(record.Span);
        var item = isDeletion ? new KeyValueItem(key, 0, revision, 0, 0, default)
            : KeyValueRecord.Decode(key, record);
        // A creation has nothing before it, not even where the same revision deleted the key.
        return new KeyValueChange(
            isDeletion,
            item,
            before.IsEmpty || item.CreateRevision == revision ? null : KeyValueRecord.Decode(key, before));
    }
}
