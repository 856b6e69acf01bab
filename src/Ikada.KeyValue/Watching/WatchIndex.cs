using System.Diagnostics.CodeAnalysis;

namespace Ikada.KeyValue;

/// <summary>Finds the watchers of a key: those of that key alone in one look-up, those of ranges in a tree.
/// How many others there are does not matter.</summary>
internal sealed class WatchIndex
{
    private readonly Dictionary<ReadOnlyMemory<byte>, RangeGroup> _single = new(new ByContent());
    private readonly IntervalTree _ranges = new();

    public int Count { get; private set; }

    public void Add(Watcher watcher)
    {
        var range = watcher.Range;
        RangeGroup? group;
        if (!range.IsSingle)
        {
            group = _ranges.GetOrAdd(range);
        }
        else if (!_single.TryGetValue(range.Key, out group))
        {
            group = new RangeGroup(range);
            _single.Add(range.Key, group);
        }

        group.Add(watcher);
        Count++;
    }

    public void Remove(Watcher watcher)
    {
        var group = watcher.Group!;
        group.Remove(watcher);
        Count--;
        if (group.Count > 0)
        {
            return;
        }

        if (group.Range.IsSingle)
        {
            _single.Remove(group.Range.Key);
        }
        else
        {
            _ranges.Remove(group);
        }
    }

    /// <summary>Puts the groups of all ranges that hold <paramref name="key"/> into
    /// <paramref name="found"/>, each once.</summary>
    public void Find(ReadOnlyMemory<byte> key, List<RangeGroup> found)
    {
        found.Clear();
        if (_single.TryGetValue(key, out var group))
        {
            found.Add(group);
        }

        _ranges.Find(key.Span, found);
    }

    private sealed class ByContent : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode([DisallowNull] ReadOnlyMemory<byte> obj) =>
            (int)RollingHash.Append(0, obj.Span);
    }
}
