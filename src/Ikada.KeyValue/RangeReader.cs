namespace Ikada.KeyValue;

/// <summary>Answers range reads from a view: find, filter, sort, limit, in this order.</summary>
internal static class RangeReader
{
    /// <param name="view">What is read.</param>
    /// <param name="state">Its numbers.</param>
    /// <param name="query">The range.</param>
    /// <param name="counts">What is known of its revisions; null: nothing is to be remembered of it.</param>
    public static RangeResult Read(
        IOrderedView view, in StoreState state, in RangeQuery query, RangeCounts? counts = null)
    {
        var error = Check(state, query);
        if (error != KeyValueError.None)
        {
            return new RangeResult { Error = error, Revision = state.Revision };
        }

        // Without filters and in store order the limit can stop the scan; else everything must be seen first.
        // One exception is etcd's: with a target but no order it takes one key more than the limit, in the
        // order of the keys, and sorts those.
        var stopAt = query.CountOnly ? 0
            : query.HasFilters || query.Limit is <= 0 or long.MaxValue ? long.MaxValue
            : query.InStoreOrder ? query.Limit
            : query.Order == SortOrder.None ? query.Limit + 1
            : long.MaxValue;
        var revision = query.Revision <= 0 ? state.Revision : query.Revision;
        var pages = query.IsPage ? counts : null;
        var known = 0L;
        var isKnown = pages is not null && pages.TryGet(revision, query.Range, out known);
        var items = new RangeItems(query, stopAt);
        var count = revision == state.Revision
            ? ReadCurrent(view, query, items, !isKnown)
            : ReadHistory(view, query, items, !isKnown);
        count = isKnown ? known : count;
        if (query.CountOnly)
        {
            return new RangeResult { Revision = state.Revision, Count = count };
        }

        // A scan that stopped early has cut what it did not see.
        var found = items.All;
        var passed = query.HasFilters || !query.InStoreOrder ? found.Count : count;
        Sort(found, query);
        var more = query.Limit > 0 && passed > query.Limit;
        if (more && found.Count > query.Limit)
        {
            found.RemoveRange((int)query.Limit, found.Count - (int)query.Limit);
        }

        if (more)
        {
            pages?.AddRest(revision, query.Range, found[^1].Key.Span, count - query.Limit);
        }

        return new RangeResult
        {
            Revision = state.Revision,
            Count = count,
            More = more,
            Items = WithoutValues(found, query),
        };
    }

    /// <summary>Why the query cannot be answered, or None.</summary>
    public static KeyValueError Check(in StoreState state, in RangeQuery query)
    {
        if (query.Range.Key.IsEmpty)
        {
            return KeyValueError.KeyNotProvided;
        }

        if (query.Order is < SortOrder.None or > SortOrder.Descend
            || query.Target is < SortTarget.Key or > SortTarget.Value)
        {
            return KeyValueError.InvalidSortOption;
        }

        return query.Revision > state.Revision ? KeyValueError.FutureRevision
            : query.Revision > 0 && query.Revision < state.Compacted ? KeyValueError.Compacted
            : KeyValueError.None;
    }

    private static long ReadCurrent(
        IOrderedView view, in RangeQuery query, RangeItems items, bool wantsCount)
    {
        var start = query.Range.CurrentStart();
        if (query.Range.IsSingle)
        {
            if (!view.TryGet(start, out var record))
            {
                return 0;
            }

            if (!items.IsFull)
            {
                items.Take(KeyValueRecord.Decode(query.Range.Key, record));
            }

            return 1;
        }

        var end = query.Range.CurrentEnd();
        return items.IsFull ? view.CountRange(start, end) : view.ReadRange(start, end, items, wantsCount);
    }

    private static long ReadHistory(
        IOrderedView view, in RangeQuery query, RangeItems items, bool wantsCount)
    {
        var count = 0L;
        var end = query.Range.HistoryEnd();
        var cursor = view.OpenCursor();
        var more = cursor.Seek(KeyLayout.HistoryStart(query.Range.Key.Span));
        while (more && (wantsCount || !items.IsFull) && cursor.Key.Span.SequenceCompareTo(end) < 0)
        {
            var after = KeyLayout.HistoryAfter(cursor.Key.Span);
            if (KeyLayout.RevisionOf(cursor.Key.Span) > query.Revision)
            {
                // The newest version is too new: go to the newest that is not, which may belong to the next
                // key.
                more = cursor.Seek(KeyLayout.History(KeyLayout.KeyOf(cursor.Key.Span), query.Revision));
                if (!more || cursor.Key.Span.SequenceCompareTo(after) >= 0)
                {
                    continue;
                }
            }

            if (!KeyValueRecord.IsDeletion(cursor.Value.Span))
            {
                count++;
                if (!items.IsFull)
                {
                    items.Take(KeyValueRecord.Decode(KeyLayout.KeyOf(cursor.Key.Span), cursor.Value));
                }
            }

            more = cursor.Seek(after);
        }

        return count;
    }

    private static void Sort(List<KeyValueItem> items, in RangeQuery query)
    {
        if (query.InStoreOrder)
        {
            return;
        }

        var direction = query.Order == SortOrder.Descend ? -1 : 1;
        var target = query.Target;
        // Keys break ties, so that every replica answers alike; clients are promised no order there.
        items.Sort((left, right) =>
        {
            var order = Compare(target, left, right);
            return order != 0 ? order * direction : left.Key.Span.SequenceCompareTo(right.Key.Span);
        });
    }

    private static int Compare(SortTarget target, in KeyValueItem left, in KeyValueItem right) =>
        target switch
        {
            SortTarget.Version => left.Version.CompareTo(right.Version),
            SortTarget.Create => left.CreateRevision.CompareTo(right.CreateRevision),
            SortTarget.Mod => left.ModRevision.CompareTo(right.ModRevision),
            SortTarget.Value => left.Value.Span.SequenceCompareTo(right.Value.Span),
            _ => left.Key.Span.SequenceCompareTo(right.Key.Span),
        };

    private static List<KeyValueItem> WithoutValues(List<KeyValueItem> items, in RangeQuery query)
    {
        for (var i = 0; query.KeysOnly && i < items.Count; i++)
        {
            items[i] = items[i] with { Value = default };
        }

        return items;
    }
}
