namespace Ikada.KeyValue;

/// <summary>Answers range reads from a view: find, filter, sort, limit, in this order.</summary>
internal static class RangeReader
{
    public static RangeResult Read(IOrderedView view, in StoreState state, in RangeQuery query)
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
        var found = new List<KeyValueItem>();
        var count = query.Revision <= 0 || query.Revision == state.Revision
            ? ReadCurrent(view, query, stopAt, found)
            : ReadHistory(view, query, stopAt, found);
        if (query.CountOnly)
        {
            return new RangeResult { Revision = state.Revision, Count = count };
        }

        // A scan that stopped early has cut what it did not see.
        var passed = query.HasFilters || !query.InStoreOrder ? found.Count : count;
        Sort(found, query);
        var more = query.Limit > 0 && passed > query.Limit;
        if (more && found.Count > query.Limit)
        {
            found.RemoveRange((int)query.Limit, found.Count - (int)query.Limit);
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
        IOrderedView view, in RangeQuery query, long stopAt, List<KeyValueItem> found)
    {
        var start = query.Range.CurrentStart();
        if (query.Range.IsSingle)
        {
            if (!view.TryGet(start, out var record))
            {
                return 0;
            }

            if (stopAt > 0)
            {
                Take(query, KeyValueRecord.Decode(query.Range.Key, record), found);
            }

            return 1;
        }

        var end = query.Range.CurrentEnd();
        if (stopAt > 0)
        {
            var cursor = view.OpenCursor();
            for (var more = cursor.Seek(start); more && found.Count < stopAt; more = cursor.MoveNext())
            {
                if (cursor.Key.Span.SequenceCompareTo(end) >= 0)
                {
                    break;
                }

                Take(query, KeyValueRecord.Decode(cursor.Key[1..], cursor.Value), found);
            }
        }

        return view.CountRange(start, end);
    }

    private static long ReadHistory(
        IOrderedView view, in RangeQuery query, long stopAt, List<KeyValueItem> found)
    {
        var count = 0L;
        var end = query.Range.HistoryEnd();
        var cursor = view.OpenCursor();
        var more = cursor.Seek(KeyLayout.HistoryStart(query.Range.Key.Span));
        while (more && cursor.Key.Span.SequenceCompareTo(end) < 0)
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
                if (found.Count < stopAt)
                {
                    Take(query, KeyValueRecord.Decode(KeyLayout.KeyOf(cursor.Key.Span), cursor.Value), found);
                }
            }

            more = cursor.Seek(after);
        }

        return count;
    }

    private static void Take(in RangeQuery query, in KeyValueItem item, List<KeyValueItem> found)
    {
        if (query.Passes(item))
        {
            found.Add(item);
        }
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
