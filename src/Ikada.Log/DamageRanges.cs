using Ikada.Primitives;

namespace Ikada.Log;

/// <summary>The damaged entries of a group, as runs of one term, by index. Invariant: runs do not overlap,
/// and neighbours that touch differ in term.</summary>
internal sealed class DamageRanges
{
    private readonly List<DamagedRange> _ranges = [];

    public IReadOnlyList<DamagedRange> All => _ranges;

    public bool IsEmpty => _ranges.Count == 0;

    public void Clear() => _ranges.Clear();

    /// <summary>Adds one behind all others.</summary>
    public void Append(LogIndex index, Term term)
    {
        if (_ranges.Count > 0 && _ranges[^1] is var last && last.Last.Next == index && last.Term == term)
        {
            _ranges[^1] = last with { Last = index };
            return;
        }

        _ranges.Add(new DamagedRange(index, index, term));
    }

    public bool TryFind(LogIndex index, out DamagedRange range)
    {
        foreach (var candidate in _ranges)
        {
            if (candidate.First <= index && index <= candidate.Last)
            {
                range = candidate;
                return true;
            }
        }

        range = default;
        return false;
    }

    public void TruncateFrom(LogIndex first)
    {
        for (var i = _ranges.Count - 1; i >= 0; i--)
        {
            var range = _ranges[i];
            if (range.First >= first)
            {
                _ranges.RemoveAt(i);
            }
            else if (range.Last >= first)
            {
                _ranges[i] = range with { Last = first.Previous };
            }
        }
    }

    /// <summary>Forgets all up to an index.</summary>
    public void DropTo(LogIndex last)
    {
        while (_ranges.Count > 0 && _ranges[0].First <= last)
        {
            if (_ranges[0].Last > last)
            {
                _ranges[0] = _ranges[0] with { First = last.Next };
                return;
            }

            _ranges.RemoveAt(0);
        }
    }

    /// <summary>Takes one entry out. False if it was not damaged.</summary>
    public bool Remove(LogIndex index)
    {
        for (var i = 0; i < _ranges.Count; i++)
        {
            var range = _ranges[i];
            if (range.First <= index && index <= range.Last)
            {
                _ranges.RemoveAt(i);
                if (index < range.Last)
                {
                    _ranges.Insert(i, range with { First = index.Next });
                }

                if (range.First < index)
                {
                    _ranges.Insert(i, range with { Last = index.Previous });
                }

                return true;
            }
        }

        return false;
    }
}
