using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>What is known of each entry that a group holds behind its base: its term, where its record
/// stands, and which cannot be read.</summary>
internal sealed class HeldEntries(SegmentUse use)
{
    private readonly TermRuns _terms = new();
    private readonly DamageRanges _damage = new();

    // From the base on, for entries that were put into a batch: the low half of the segment's sequence and
    // the
    // offset in units of 8 bytes; 0 where the entry cannot be read.
    private readonly List<ulong> _locations = [];

    // Replacements in a batch under way, without bodies.
    private readonly List<(ulong Batch, LogEntry Entry, ulong Location)> _repairing = [];
    private LogPosition _base;

    public DamageRanges Damage => _damage;

    public TermRuns Terms => _terms;

    /// <summary>The last entry whose record has a place.</summary>
    public LogIndex LastRecorded => _base.Index + (ulong)_locations.Count;

    public void Reset(LogPosition start)
    {
        _base = start;
        Drop(0, _locations.Count);
        _damage.Clear();
        _terms.Reset();
        _repairing.Clear();
    }

    /// <summary>Forgets what lies up to a new base.</summary>
    /// <param name="newBase">The base.</param>
    /// <param name="last">The last entry held, recorded or not.</param>
    public void CompactTo(LogPosition newBase, LogIndex last)
    {
        var count = (int)Math.Min(newBase.Index.Value - _base.Index.Value, (ulong)_locations.Count);
        Drop(0, count);
        _damage.DropTo(newBase.Index);
        _repairing.RemoveAll(repair => repair.Entry.Index <= newBase.Index);
        _base = newBase;
        if (last > newBase.Index)
        {
            _terms.DropTo(newBase.Index);
        }
        else
        {
            _terms.Reset();
        }
    }

    public void Appended(LogPosition position) => _terms.Append(position);

    /// <summary>The next entry's record has its place.</summary>
    public void Recorded(LogIndex index, ulong location)
    {
        Invariant.Check(index == LastRecorded.Next, $"entry {index.Value} is recorded out of order");
        _locations.Add(location);
        if (location != 0)
        {
            use.Add(location);
        }
    }

    /// <summary>The next entry cannot be read. A term of 0 is lost: it lies between those of the
    /// neighbours.</summary>
    public void Damaged(LogIndex index, Term term)
    {
        _damage.Append(index, term);
        _terms.Append(new LogPosition(index, Term.Max(term, Term.Max(_terms.Last, _base.Term))));
        Recorded(index, 0);
    }

    public void TruncateFrom(LogIndex first)
    {
        _terms.TruncateFrom(first);
        _damage.TruncateFrom(first);
        _repairing.RemoveAll(repair => repair.Entry.Index >= first);
        if (LastRecorded >= first)
        {
            var keep = Position(first);
            Drop(keep, _locations.Count - keep);
        }
    }

    public bool IsTermLost(LogIndex index) =>
        !_damage.IsEmpty && _damage.TryFind(index, out var range) && range.Term == default;

    /// <summary>The position of an entry that is held, or of the base; its term is 0 where it is
    /// lost.</summary>
    public LogPosition PositionOf(LogIndex index)
    {
        if (index == _base.Index)
        {
            return _base;
        }

        return new LogPosition(index, IsTermLost(index) ? default : _terms.TermAt(index));
    }

    /// <summary>Where entries stand, from <paramref name="first"/> on, up to the first that cannot be
    /// read.</summary>
    public ulong[] LocationsOf(LogIndex first, LogIndex last, int countMax)
    {
        if (first <= _base.Index || first > last)
        {
            return [];
        }

        var count = (int)Math.Min((ulong)countMax, last.Value - first.Value + 1);
        var locations = new ulong[count];
        _locations.CopyTo(Position(first), locations, 0, count);
        var damaged = locations.AsSpan().IndexOf(0UL);
        return damaged < 0 ? locations : locations[..damaged];
    }

    /// <summary>A replacement goes into the batch under construction.</summary>
    public void RecordRepair(in LogEntry entry, ulong location, ulong batch) => _repairing.Add(
        (batch, new LogEntry(entry.Index, entry.Term, entry.Kind, entry.Version, entry.Checksum, default),
            location));

    /// <summary>Takes the next replacement that a finished batch made durable.</summary>
    public bool TryTakeRepaired(ulong batch, out LogPosition repaired)
    {
        while (_repairing.Count > 0 && _repairing[0].Batch <= batch)
        {
            var (_, entry, location) = _repairing[0];
            _repairing.RemoveAt(0);
            repaired = entry.Position;
            if (repaired.Index > _base.Index && Rewritten(repaired, location))
            {
                return true;
            }
        }

        repaired = default;
        return false;
    }

    /// <summary>A copy of the entry stands there: it is read from there from now on. Whether it could not
    /// be read before. A copy of another entry changes nothing: the one it was of is gone.</summary>
    public bool Rewritten(LogPosition entry, ulong location)
    {
        if (_damage.TryFind(entry.Index, out var range))
        {
            return (range.Term == entry.Term || range.Term == default) && Restore(entry, location);
        }

        if (_terms.TermAt(entry.Index) == entry.Term)
        {
            Move(Position(entry.Index), location);
        }

        return false;
    }

    /// <summary>The next entries in a row whose records stand in a segment. Returns the first one's index,
    /// or where to look further.</summary>
    /// <param name="segment">Which.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="countMax">The most to return.</param>
    /// <param name="looks">How many entries may still be looked at.</param>
    /// <param name="locations">Where they stand.</param>
    public LogIndex FindIn(
        ulong segment, LogIndex from, int countMax, ref int looks, out ulong[] locations)
    {
        var all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_locations);
        var skipped = from > _base.Index ? from.Value - _base.Index.Value - 1 : 0;
        var at = (int)Math.Min(skipped, (ulong)all.Length);
        looks--;
        while (at < all.Length && looks > 0 && (uint)(all[at] >> 32) != (uint)segment)
        {
            at++;
            looks--;
        }

        var end = at;
        while (end < all.Length && end - at < countMax && (uint)(all[end] >> 32) == (uint)segment)
        {
            end++;
        }

        locations = all[at..end].ToArray();
        return _base.Index + (ulong)at + 1;
    }

    private bool Restore(LogPosition entry, ulong location)
    {
        var wasTermLost = IsTermLost(entry.Index);
        if (!_damage.Remove(entry.Index))
        {
            return false;
        }

        Move(Position(entry.Index), location);
        if (wasTermLost)
        {
            _terms.Set(entry.Index, entry.Term);
        }

        return true;
    }

    private void Move(int position, ulong location)
    {
        use.Remove(_locations[position]);
        use.Add(location);
        _locations[position] = location;
    }

    private void Drop(int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            use.Remove(_locations[i]);
        }

        _locations.RemoveRange(first, count);
    }

    private int Position(LogIndex index) => (int)(index.Value - _base.Index.Value - 1);
}
