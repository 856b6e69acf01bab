namespace Ikada.KeyValue;

/// <summary>
/// Removes versions that no read and no watch can ask for any more. A compaction counts at once: reads below
/// its revision are refused. What it leaves behind is removed later, by commands of a bounded size: by the
/// log, so that the stores of all replicas stay alike.
/// <para>What stays: of each key every version from the compacted revision on, deletions too, and if there is
/// none at that revision the newest one before it, unless that is a deletion. Changes stay from the compacted
/// revision on: a watch may begin there.</para>
/// </summary>
internal static class Compaction
{
    // How many changes are looked at before what they have outdated is removed: an engine on disk opens its
    // files once for them, and of a key that changes all the time versions are seen again only so often.
    private const int LooksAtOnce = 32;

    /// <summary>Whether removal is under way.</summary>
    public static bool IsUnderWay(IOrderedView view) => view.TryGet(KeyLayout.RemovalKey, out _);

    /// <summary>Compacts the store up to a revision.</summary>
    public static KeyValueResult Compact(ChangeWriter writer, long revision)
    {
        var (current, compacted) = (writer.State.Revision, writer.State.Compacted);
        if (revision == 0 && compacted == 0 && !writer.State.IsCompactedAtZero)
        {
            writer.Compact(revision);
            return new KeyValueResult { Revision = current };
        }

        if (revision <= compacted || revision > current)
        {
            return writer.Refuse(
                revision > current ? KeyValueError.FutureRevision : KeyValueError.Compacted);
        }

        writer.Compact(revision);
        // What the last compaction has kept of its own revision may have to go now. Before that there are no
        // changes, unless their removal is under way yet: looking for the first one from the beginning would
        // walk over all that RocksDB has removed and not forgotten.
        var from = KeyLayout.Change(compacted, 0);
        if (!writer.Batch.TryGet(KeyLayout.RemovalKey, out var next)
            || next.Span.SequenceCompareTo(from) > 0)
        {
            writer.Batch.Put(KeyLayout.RemovalKey, from);
        }

        return new KeyValueResult { Revision = current };
    }

    /// <summary>Goes on with the removal: looks at <paramref name="changesMax"/> changes. What stands in
    /// the store afterwards is no part of the state hash: a replica restored from a snapshot never
    /// had it.</summary>
    public static KeyValueResult Remove(ChangeWriter writer, ulong changesMax)
    {
        if (writer.Batch.TryGet(KeyLayout.RemovalKey, out var next))
        {
            Remove(writer.Batch, writer.State.Compacted, next, changesMax);
        }

        return new KeyValueResult { Revision = writer.State.Revision };
    }

    private static void Remove(
        IOrderedBatch batch, long compacted, ReadOnlyMemory<byte> next, ulong changesMax)
    {
        // Collected first: a cursor does not survive a change.
        var changes = new List<(ReadOnlyMemory<byte> Place, ReadOnlyMemory<byte> Key)>();
        var cursor = batch.OpenCursor();
        var end = KeyLayout.Change(compacted + 1, 0);
        var more = cursor.Seek(next.Span) && cursor.Key.Span.SequenceCompareTo(end) < 0;
        while (more && (ulong)changes.Count < changesMax)
        {
            changes.Add((cursor.Key, cursor.Value));
            more = cursor.MoveNext() && cursor.Key.Span.SequenceCompareTo(end) < 0;
        }

        if (more)
        {
            batch.Put(KeyLayout.RemovalKey, cursor.Key.ToArray());
        }
        else
        {
            batch.Remove(KeyLayout.RemovalKey);
        }

        var outdated = new List<ReadOnlyMemory<byte>>();
        for (var from = 0; from < changes.Count; from += LooksAtOnce)
        {
            outdated.Clear();
            cursor = batch.OpenCursor();
            for (var i = from; i < Math.Min(changes.Count, from + LooksAtOnce); i++)
            {
                FindOutdated(cursor, compacted, changes[i].Place, changes[i].Key.Span, outdated);
            }

            for (var i = 0; i < outdated.Count; i++)
            {
                batch.Remove(outdated[i].Span);
            }
        }
    }

    /// <summary>Finds what the change at <paramref name="change"/> has outdated, and itself where it need
    /// not stay. Changes come in order, so that is one version as a rule.</summary>
    private static void FindOutdated(
        IOrderedCursor cursor,
        long compacted,
        ReadOnlyMemory<byte> change,
        ReadOnlySpan<byte> key,
        List<ReadOnlyMemory<byte>> outdated)
    {
        var (revision, sub) = KeyLayout.ChangeOf(change.Span);
        var own = KeyLayout.History(key, revision, sub);
        for (var more = cursor.Seek(own); more && KeyLayout.IsSameKey(cursor.Key.Span, own);
            more = cursor.MoveNext())
        {
            var isOwn = cursor.Key.Span.SequenceEqual(own);
            if (KeyLayout.RevisionOf(cursor.Key.Span) < compacted
                && (!isOwn || KeyValueRecord.IsDeletion(cursor.Value.Span)))
            {
                outdated.Add(cursor.Key);
            }
        }

        if (revision < compacted)
        {
            outdated.Add(change);
        }
    }
}

/// <summary>Walks the versions of all keys that a compaction has left, whether what it has not left is
/// removed already or not.</summary>
internal sealed class VersionReader(IOrderedView view, long compacted)
{
    private readonly IOrderedCursor _cursor = view.OpenSweep();
    private byte[] _keptFor = [];
    private bool _started;

    public ReadOnlyMemory<byte> Place => _cursor.Key;

    public ReadOnlyMemory<byte> Record => _cursor.Value;

    public bool MoveNext()
    {
        while (_started ? _cursor.MoveNext() : _cursor.Seek([KeyLayout.HistorySpace]))
        {
            _started = true;
            if (_cursor.Key.Span[0] != KeyLayout.HistorySpace)
            {
                return false;
            }

            if (IsLeft(_cursor.Key.Span))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Invariant: within a key the newest version comes first.</summary>
    private bool IsLeft(ReadOnlySpan<byte> place)
    {
        var revision = KeyLayout.RevisionOf(place);
        if (revision > compacted)
        {
            return true;
        }

        var isFirst = !KeyLayout.IsSameKey(place, _keptFor);
        _keptFor = isFirst ? place.ToArray() : _keptFor;
        return revision == compacted || (isFirst && !KeyValueRecord.IsDeletion(_cursor.Value.Span));
    }
}
