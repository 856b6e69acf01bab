using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// What consensus keeps of the log: which term each index has (as runs), how many bytes the entries take,
/// and the memberships among them. No bodies.
/// </summary>
internal sealed class LogView
{
    private const int PlacesMin = 1024;
    private readonly List<Run> _runs = [];
    private LogPosition _base;

    // _endBytes[i]: bytes of all entries ever seen up to and including index base + 1 + i; _baseBytes: up to
    // the base.
    private long[] _endBytes = new long[PlacesMin];
    private long _baseBytes;

    // The longest the log was since the last compaction.
    private int _places;

    public LogView(LogPosition basePosition, Membership baseMembership)
    {
        _base = basePosition;
        Memberships = new LogMemberships(basePosition.Index, baseMembership);
        Last = basePosition;
    }

    /// <summary>The position before the first entry.</summary>
    public LogPosition Base => _base;

    /// <summary>For how many entries there is room, to show that it shrinks.</summary>
    public int Places => _endBytes.Length;

    /// <summary>The last entry.</summary>
    public LogPosition Last { get; private set; }

    /// <summary>How often the log was truncated: completions of earlier writes say nothing about what came
    /// after.</summary>
    public ulong Generation { get; private set; }

    /// <summary>How many commands were ever appended, to show that a full log takes none.</summary>
    public ulong Commands { get; private set; }

    /// <summary>The newest membership, committed or not: effective on append (§6).</summary>
    public Membership Membership => Memberships.Newest;

    /// <summary>All memberships among the entries.</summary>
    public LogMemberships Memberships { get; }

    /// <summary>The entry that holds <see cref="Membership"/>; the base if none does.</summary>
    public LogIndex MembershipIndex => Memberships.NewestIndex;

    /// <summary>The membership that was in force at <paramref name="index"/>, within the log.</summary>
    public Membership MembershipAt(LogIndex index) => Memberships.At(index);

    /// <summary>Appends an entry at the end.</summary>
    public void Append(in EntryHeader entry, Term term)
    {
        Invariant.Check(
            term >= Last.Term,
            $"term {term} of a new entry lies below {Last.Term} of the last one, {Last.Index}");
        var index = Last.Index.Next;
        var place = (int)(index - _base.Index) - 1;
        if (place == _endBytes.Length)
        {
            Array.Resize(ref _endBytes, _endBytes.Length * 2);
        }

        _endBytes[place] = EndBytes(Last.Index) + entry.SizeBytes + LogEntry.OverheadBytes;
        if (_runs.Count == 0 || _runs[^1].Term != term)
        {
            _runs.Add(new Run(index, term));
        }

        Commands += entry.Kind == EntryKind.Command ? 1u : 0;
        if (entry.Kind == EntryKind.Membership)
        {
            Invariant.Check(entry.Membership is not null,
                $"membership entry {index} came without its membership");
            Memberships.Add(index, entry.Membership);
        }

        Last = new LogPosition(index, term);
    }

    /// <summary>Forgets the entries up to <paramref name="position"/>, which the log holds; what follows
    /// stays.</summary>
    public void CompactTo(LogPosition position, Membership membership)
    {
        Invariant.Check(
            Holds(position), $"cannot compact to {position} a log of {_base} to {Last}: it is not in it");
        var dropped = (int)(position.Index - _base.Index);
        var left = (int)(Last.Index - position.Index);
        _places = Math.Max(_places, dropped + left);
        DropRunsUpTo(position.Index);
        Memberships.CompactTo(position.Index, membership);
        _baseBytes = EndBytes(position.Index);
        // Room for the longest stretch between two compactions stays, so that a steady log allocates nothing.
        var places = PlacesFor(_places);
        var kept = places <= _endBytes.Length / 4 ? new long[places] : _endBytes;
        Array.Copy(_endBytes, dropped, kept, 0, left);
        _endBytes = kept;
        _places = left;
        _base = position;
    }

    /// <summary>Forgets everything: the log starts after <paramref name="position"/> (§7).</summary>
    public void ResetTo(LogPosition position, Membership membership)
    {
        _runs.Clear();
        Memberships.ResetTo(position.Index, membership);
        _endBytes = new long[PlacesMin];
        (_baseBytes, _places) = (0, 0);
        _base = position;
        Last = position;
        Generation++;
    }

    /// <summary>
    /// Puts entries in place of damaged ones, from <paramref name="first"/> on: their terms, sizes and
    /// memberships are known now. Those after them up to <paramref name="lostUpTo"/> have lost their terms:
    /// the lower bound that stands for them rises.
    /// </summary>
    public void Rewrite(LogIndex first, ReadOnlySpan<EntryHeader> entries, LogIndex lostUpTo)
    {
        var last = first + (ulong)(entries.Length - 1);
        Invariant.Check(
            first > _base.Index && last <= lostUpTo && lostUpTo <= Last.Index,
            $"cannot rewrite {first} to {last} and {lostUpTo} in a log of {_base.Index} to {Last.Index}");
        var after = _runs[RunOf(LogIndex.Min(lostUpTo.Next, Last.Index))];
        var behind = _runs.FindAll(run => run.First > lostUpTo.Next);
        _runs.RemoveAll(run => run.First >= first);
        var index = first;
        foreach (var entry in entries)
        {
            AddRun(index, entry.Term);
            index = index.Next;
        }

        if (lostUpTo < Last.Index)
        {
            AddRun(lostUpTo.Next, after.Term);
            _runs.AddRange(behind);
        }

        Last = Last with { Term = _runs[^1].Term };
        RewriteSizes(first, entries);
        Memberships.Rewrite(first, entries);
    }

    /// <summary>Drops the entries from <paramref name="first"/> on; a membership among them is rolled
    /// back.</summary>
    public void TruncateFrom(LogIndex first)
    {
        Invariant.Check(
            first > _base.Index && first <= Last.Index,
            $"cannot cut at {first} a log of {_base.Index} to {Last.Index}");
        while (_runs.Count > 0 && _runs[^1].First >= first)
        {
            _runs.RemoveAt(_runs.Count - 1);
        }

        Memberships.TruncateFrom(first);

        _places = Math.Max(_places, (int)(Last.Index - _base.Index));
        var last = first.Previous;
        Last = last == _base.Index ? _base : new LogPosition(last, _runs[^1].Term);
        Generation++;
    }

    /// <summary>Whether the log reaches <paramref name="index"/> and still holds it or stands on
    /// it.</summary>
    public bool Reaches(LogIndex index) => index >= _base.Index && index <= Last.Index;

    /// <summary>Whether the log holds exactly this entry, or stands on it.</summary>
    public bool Holds(LogPosition position) =>
        Reaches(position.Index) && TermAt(position.Index) == position.Term;

    /// <summary>The term at an index that the log <see cref="Reaches"/>.</summary>
    public Term TermAt(LogIndex index)
    {
        Invariant.Check(Reaches(index),
            $"index {index} lies outside the log of {_base.Index} to {Last.Index}");
        if (index == _base.Index)
        {
            return _base.Term;
        }

        return _runs[RunOf(index)].Term;
    }

    /// <summary>
    /// The largest index at or below <paramref name="index"/> with a term at or below
    /// <paramref name="term"/>: where a log that has <paramref name="term"/> at <paramref name="index"/>
    /// may agree with this one. Skips whole terms (§5.3, last paragraphs).
    /// </summary>
    public LogPosition LastNotAbove(LogIndex index, Term term)
    {
        index = LogIndex.Min(index, Last.Index);
        if (index <= _base.Index)
        {
            return _base;
        }

        for (var run = RunOf(index); run >= 0; run--)
        {
            if (_runs[run].Term <= term)
            {
                return new LogPosition(index, _runs[run].Term);
            }

            index = _runs[run].First.Previous;
        }

        return _base;
    }

    /// <summary>The bytes of the entries after <paramref name="after"/> up to
    /// <paramref name="upTo"/>.</summary>
    public long BytesBetween(LogIndex after, LogIndex upTo) =>
        upTo <= after ? 0 : EndBytes(upTo) - EndBytes(LogIndex.Max(after, _base.Index));

    /// <summary>The last index behind which, up to <paramref name="upTo"/>, there are at least so many bytes;
    /// the base where there are fewer.</summary>
    public LogIndex IndexBefore(LogIndex upTo, long bytes)
    {
        var bound = EndBytes(upTo) - bytes;
        var low = _base.Index.Value;
        var high = LogIndex.Max(upTo, _base.Index).Value;
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            (low, high) = EndBytes(new LogIndex(middle)) <= bound ? (middle, high) : (low, middle - 1);
        }

        return new LogIndex(low);
    }

    /// <summary>The last index of a message that starts at <paramref name="first"/> and takes at most
    /// <paramref name="bytesMax"/>, but at least one entry.</summary>
    public LogIndex EndOfBatch(LogIndex first, long bytesMax)
    {
        if (first > Last.Index)
        {
            return first.Previous;
        }

        var bound = EndBytes(first.Previous) + bytesMax;
        if (EndBytes(Last.Index) <= bound)
        {
            return Last.Index;
        }

        var low = first.Value;
        var high = Last.Index.Value;
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            if (EndBytes(new LogIndex(middle)) <= bound)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return new LogIndex(low);
    }

    /// <summary>The last index before the first entry from <paramref name="first"/> on that may be a command.
    /// A term opens with an entry that is none (§8).</summary>
    public LogIndex LastBeforeCommand(LogIndex first)
    {
        var index = LogIndex.Max(first, _base.Index.Next);
        while (index <= Last.Index
            && (Memberships.HasAt(index) || TermAt(index) > TermAt(index.Previous)))
        {
            index = index.Next;
        }

        return index.Previous;
    }

    private long EndBytes(LogIndex index) =>
        index <= _base.Index ? _baseBytes : _endBytes[(int)(index - _base.Index) - 1];

    private void AddRun(LogIndex first, Term term)
    {
        var before = _runs.Count > 0 ? _runs[^1].Term : _base.Term;
        Invariant.Check(term >= before, $"term {term} at {first} lies below {before} before it");
        if (_runs.Count == 0 || before != term)
        {
            _runs.Add(new Run(first, term));
        }
    }

    private void RewriteSizes(LogIndex first, ReadOnlySpan<EntryHeader> entries)
    {
        var grown = 0L;
        var place = (int)(first - _base.Index) - 1;
        var before = EndBytes(first.Previous);
        for (var i = place; i < (int)(Last.Index - _base.Index); i++)
        {
            var was = _endBytes[i] - before;
            before = _endBytes[i];
            grown += i - place < entries.Length
                ? entries[i - place].SizeBytes + LogEntry.OverheadBytes - was : 0;
            _endBytes[i] += grown;
        }
    }

    private static int PlacesFor(int count)
    {
        var places = PlacesMin;
        while (places < count)
        {
            places *= 2;
        }

        return places;
    }

    private void DropRunsUpTo(LogIndex index)
    {
        var whole = 0;
        while (whole < _runs.Count && (whole + 1 < _runs.Count ? _runs[whole + 1].First : Last.Index.Next)
            <= index.Next)
        {
            whole++;
        }

        _runs.RemoveRange(0, whole);
        if (_runs.Count > 0 && _runs[0].First <= index)
        {
            _runs[0] = _runs[0] with { First = index.Next };
        }
    }

    // The run that holds the index: the last one that starts at or before it.
    private int RunOf(LogIndex index)
    {
        var low = 0;
        var high = _runs.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_runs[middle].First <= index)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    private readonly record struct Run(LogIndex First, Term Term);
}
