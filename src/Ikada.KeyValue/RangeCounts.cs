using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>
/// How many keys are left behind a page, for whoever reads a large range page by page: etcd's count is that
/// of the whole range asked for, and an engine on disk looks at each key of it. So pages would take time by
/// the square of the range. What a revision holds never changes, so what was counted for one page is known
/// for the next. From any thread: an entry never changes, and of two for one place at once one is forgotten.
/// </summary>
internal sealed class RangeCounts
{
    // A smaller rest is counted as soon as it is looked up.
    private const long RestMin = 1000;
    private const int KeyBytesMax = 4096;
    private const uint Places = 256;
    private readonly Entry?[] _entries = new Entry?[Places];

    /// <summary>Finds the count of a range at a revision.</summary>
    public bool TryGet(long revision, in KeyRange range, out long count)
    {
        var entry = _entries[PlaceOf(revision, range)];
        var isFound = entry is not null && entry.Revision == revision
            && entry.Range.Key.Span.SequenceEqual(range.Key.Span)
            && entry.Range.End.Span.SequenceEqual(range.End.Span);
        count = isFound ? entry!.Count : 0;
        return isFound;
    }

    /// <summary>Notes how many keys of a range lie behind <paramref name="last"/>: the next page begins at
    /// the first key that may follow it.</summary>
    public void AddRest(long revision, in KeyRange range, ReadOnlySpan<byte> last, long count)
    {
        if (count >= RestMin && last.Length + range.End.Length < KeyBytesMax)
        {
            var rest = new KeyRange((byte[])[.. last, 0], range.End.ToArray());
            _entries[PlaceOf(revision, rest)] = new Entry(revision, rest, count);
        }
    }

    private static uint PlaceOf(long revision, in KeyRange range) =>
        Crc32C.Append(Crc32C.Append((uint)revision, range.Key.Span), range.End.Span) % Places;

    private sealed record Entry(long Revision, KeyRange Range, long Count);
}
