using Ikada.Consensus.Handlers;
using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// What of this node's log cannot be read, or may be missing at its end (DESIGN §7, a damaged log is an input
/// at start; docs/protocol/damaged-logs.md). Three cases: (a) entries that stand in the log but cannot be
/// read, here and in <see cref="EntryRepair"/>; (b) a log that may have lost its end, in
/// <see cref="LogDoubt"/>; (c) a node whose word counts for nothing any more.
/// </summary>
internal sealed class LogDamage
{
    private readonly ConsensusState _state;

    // By index, without overlap. One whose replacement is on its way to the disk is still in it.
    private readonly List<DamagedRange> _ranges;

    // On their way to the disk.
    private readonly List<Replacement> _replacing = [];

    public LogDamage(ConsensusState state, RestoredLog restored)
    {
        _state = state;
        _ranges = new List<DamagedRange>(restored.Damage);
        IsTreatedAsWiped = restored.LostHardState;
        IsStateMissing = restored.IsStateMissing;
        Applied = restored.Applied;
        Doubt = new LogDoubt(state, restored.IsInDoubt);
        Repair = new EntryRepair(state, this);
        DeriveTerms();
    }

    /// <summary>What cannot be read, by index.</summary>
    public IReadOnlyList<DamagedRange> Ranges => _ranges;

    /// <summary>What the state machine held durably at the start: what is damaged up to there is
    /// applied.</summary>
    public LogIndex Applied { get; }

    /// <summary>Whether the log's end can be trusted.</summary>
    public LogDoubt Doubt { get; }

    /// <summary>Asks others for what cannot be read.</summary>
    public EntryRepair Repair { get; }

    /// <summary>Acknowledged entries may be missing at the end.</summary>
    public bool IsUnsure => Doubt.IsUnsure;

    /// <summary>A vote may be lost, or acknowledged entries are: nothing this node says counts until it is
    /// added again.</summary>
    public bool IsTreatedAsWiped { get; private set; }

    /// <summary>The state before the log's base is lost; a snapshot of any node brings it back.</summary>
    public bool IsStateMissing { get; private set; }

    /// <summary>Where a snapshot of any node must reach to bring this one further, since nothing else can:
    /// the log's base, if the state before it is lost; an entry that it can neither read nor has applied, if
    /// all others that answer have said that they lack it too. 0: no need.</summary>
    public LogIndex NeededSnapshot
    {
        get
        {
            if (IsStateMissing)
            {
                return LogIndex.Max(_state.Log.Base.Index, LogIndex.Zero.Next);
            }

            if (!Repair.IsInVain)
            {
                return LogIndex.Zero;
            }

            var first = FirstAfter(Applied);
            return first <= _state.Log.Last.Index ? first : LogIndex.Zero;
        }
    }

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsNone => _ranges.Count == 0 && !Doubt.Exists && !IsTreatedAsWiped && !IsStateMissing;

    /// <summary>When <see cref="Tick"/> has something to do.</summary>
    public Instant Deadline => IsNone ? Instant.Never : Instant.Min(Doubt.Deadline, Repair.Deadline);

    /// <summary>
    /// Up to where this node may acknowledge, as far as damage goes. An entry whose term was lost is
    /// acknowledged only when its replacement is durable: it may be another one than that which stood there.
    /// One whose term is known was durable here, and its body is known by it: it is acknowledged as usual.
    /// </summary>
    public LogIndex AcknowledgeMax
    {
        get
        {
            var max = new LogIndex(ulong.MaxValue);
            foreach (var replacement in _replacing)
            {
                max = replacement.LostTerm ? LogIndex.Min(max, replacement.First.Previous) : max;
            }

            return max;
        }
    }

    /// <summary>Asks what is to be asked.</summary>
    public void Tick()
    {
        if (!IsNone)
        {
            Doubt.Tick();
            Repair.Tick();
        }
    }

    /// <summary>After each step: what it brought.</summary>
    public void After()
    {
        if (IsNone)
        {
            return;
        }

        // Compacted, or replaced by a snapshot.
        DropWithin(LogIndex.Zero, _state.Log.Base.Index);
        DropWithin(_state.Log.Last.Index.Next, new LogIndex(ulong.MaxValue));
        Doubt.After();
    }

    /// <summary>
    /// Whether the leader's heartbeat shows that this log is what it was: a log that ends before what it has
    /// acknowledged in this term, or before what it is told is committed in it, has lost entries. A node that
    /// knows of its loss says so by asking (<see cref="LogDoubt"/>); for one that does not it is an alarm,
    /// and from here on its word counts for nothing.
    /// </summary>
    public bool Trusts(in Message heartbeat)
    {
        var known = LogIndex.Max(heartbeat.Position.Index, heartbeat.Commit);
        if (known > _state.Log.Last.Index && IsAboutThis(heartbeat) && !Doubt.IsUnsure && !IsTreatedAsWiped)
        {
            IsTreatedAsWiped = true;
            _state.Effects.Observe(Fact.LostLog);
        }

        return !IsTreatedAsWiped;
    }

    /// <summary>Up to where a heartbeat's commit index counts. The leader names no more than this node has
    /// acknowledged; but if it knows that it may have lost some of that, or if that was another under its id,
    /// only what has been compared since is surely the leader's.</summary>
    public LogIndex CommitTold(in Message heartbeat) =>
        Doubt.IsUnsure || !IsAboutThis(heartbeat)
            ? LogIndex.Min(heartbeat.Commit, _state.Verified)
            : heartbeat.Commit;

    // A wiped node hears what its predecessor had acknowledged, until it is added again.
    private bool IsAboutThis(in Message heartbeat) =>
        _state.Identities.Self.Incarnation.Value == heartbeat.End.Value;

    /// <summary>Whether an entry within these bounds is damaged.</summary>
    public bool Touches(LogIndex first, LogIndex last)
    {
        foreach (var range in _ranges)
        {
            if (range.First <= last && range.Last >= first)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The range that holds a damaged entry.</summary>
    public bool TryFind(LogIndex index, out DamagedRange found)
    {
        foreach (var range in _ranges)
        {
            if (range.First <= index && index <= range.Last)
            {
                found = range;
                return true;
            }
        }

        found = default;
        return false;
    }

    /// <summary>Whether the term of the entry there is lost too; the log's view has a lower bound of
    /// it.</summary>
    public bool HasLostTerm(LogIndex index) => TryFind(index, out var range) && range.Term == default;

    /// <summary>
    /// Whether the log held the last entry of a snapshot, though its term is lost here: an entry behind it is
    /// of its term or a later one, and whoever appended that held what is committed (§5.3, §5.4.3).
    /// </summary>
    public bool IsShownByWhatFollows(LogPosition committed)
    {
        var next = committed.Index;
        while (TryFind(next, out var range) && range.Term == default)
        {
            next = range.Last.Next;
        }

        return next > committed.Index && next <= _state.Log.Last.Index
            && _state.Log.TermAt(next) >= committed.Term;
    }

    /// <summary>The next damaged entry after <paramref name="index"/>; the end of all where there is
    /// none.</summary>
    public LogIndex FirstAfter(LogIndex index)
    {
        foreach (var range in _ranges)
        {
            if (range.Last > index)
            {
                return LogIndex.Max(range.First, index.Next);
            }
        }

        return new LogIndex(ulong.MaxValue);
    }

    /// <summary>Up to where the log may be compacted: what can be neither read nor was applied is in no
    /// snapshot.</summary>
    public LogIndex CompactionLimit => FirstAfter(LogIndex.Max(Applied, _state.Log.Base.Index)).Previous;

    /// <summary>That place, or the nearest one below it whose term is known.</summary>
    public LogPosition KnownAtOrBelow(LogPosition position)
    {
        if (!TryFind(position.Index, out var range) || range.Term != default)
        {
            return position;
        }

        var below = range.First.Previous;
        return new LogPosition(below, _state.Log.TermAt(below));
    }

    /// <summary>Whether the replacement of an entry is on its way to the disk.</summary>
    public bool IsReplacing(LogIndex index)
    {
        foreach (var replacement in _replacing)
        {
            if (replacement.First <= index && index <= replacement.Last)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Puts entries that are known to be the right ones in place of damaged ones: those of the input from
    /// <paramref name="skip"/> on, which stand from <paramref name="first"/> on, all in one damaged range.
    /// Where their terms were lost they are known from now on.
    /// </summary>
    public void Replace(LogIndex first, ReadOnlySpan<EntryHeader> entries, int skip)
    {
        var last = first + (ulong)(entries.Length - 1);
        var inRange = TryFind(first, out var range);
        Invariant.Check(
            inRange && last <= range.Last,
            $"{first} to {last} are not in the damaged {range.First} to {range.Last}");
        var lost = range.Term == default;
        _replacing.Add(new Replacement(first, last, lost));
        _state.Log.Rewrite(first, entries, lost ? range.Last : last);
        if (lost)
        {
            DropFromRanges(first, last);
            AddKnown(first, entries);
            DeriveTerms();
        }

        _state.Effects.Add(new Effect
        {
            Kind = EffectKind.RepairLog, First = first, Last = last, Skip = skip,
        });
    }

    /// <summary>Replacements are durable.</summary>
    public void Replaced(LogIndex first, LogIndex last)
    {
        var before = _ranges.Count;
        DropWithin(first, last);
        if (before > 0 && _ranges.Count == 0)
        {
            _state.Effects.Observe(Fact.LogWhole);
        }

        Repair.Continue();
        var isFed = !_state.Leader.IsNone && _state.Verified > LogIndex.Zero && !_state.IsInstalling;
        if (_state.Role == Role.Follower && isFed && !IsTreatedAsWiped)
        {
            OnAppend.Acknowledge(_state, _state.Leader);
        }
    }

    /// <summary>A snapshot is in force: the state machine holds all that the log stands on.</summary>
    public void StateRestored() => IsStateMissing = false;

    /// <summary>A majority holds another state: as if this one were lost.</summary>
    public void StateCondemned() => IsStateMissing = true;

    /// <summary>The log was cut: what lies beyond is damaged no more.</summary>
    public void Truncated(LogIndex first)
    {
        if (_ranges.Count > 0)
        {
            DropWithin(first, new LogIndex(ulong.MaxValue));
        }
    }

    // Terms never fall along a log: between two entries of one term all are of it, lost or not.
    private void DeriveTerms()
    {
        for (var i = 0; i < _ranges.Count; i++)
        {
            var range = _ranges[i];
            if (range.Term == default && range.Last < _state.Log.Last.Index
                && _state.Log.TermAt(range.First) == _state.Log.TermAt(range.Last.Next))
            {
                _ranges[i] = range with { Term = _state.Log.TermAt(range.First) };
            }
        }
    }

    private void DropWithin(LogIndex first, LogIndex last)
    {
        DropFromRanges(first, last);
        for (var i = _replacing.Count - 1; i >= 0; i--)
        {
            var (from, to, lost) = _replacing[i];
            if (from > last || to < first)
            {
                continue;
            }

            _replacing.RemoveAt(i);
            if (from < first)
            {
                _replacing.Add(new Replacement(from, first.Previous, lost));
            }

            if (to > last)
            {
                _replacing.Add(new Replacement(last.Next, to, lost));
            }
        }
    }

    private void DropFromRanges(LogIndex first, LogIndex last)
    {
        for (var i = _ranges.Count - 1; i >= 0; i--)
        {
            var range = _ranges[i];
            if (range.First > last || range.Last < first)
            {
                continue;
            }

            _ranges.RemoveAt(i);
            if (range.Last > last)
            {
                _ranges.Insert(i, range with { First = last.Next });
            }

            if (range.First < first)
            {
                _ranges.Insert(i, range with { Last = first.Previous });
            }
        }
    }

    // Damaged still, until the replacements are durable, but with terms.
    private void AddKnown(LogIndex first, ReadOnlySpan<EntryHeader> entries)
    {
        var place = 0;
        while (place < _ranges.Count && _ranges[place].First < first)
        {
            place++;
        }

        for (var i = 0; i < entries.Length; i++)
        {
            var index = first + (ulong)i;
            if (i > 0 && entries[i].Term == entries[i - 1].Term)
            {
                _ranges[place - 1] = _ranges[place - 1] with { Last = index };
            }
            else
            {
                _ranges.Insert(place++, new DamagedRange(index, index, entries[i].Term));
            }
        }
    }

    private readonly record struct Replacement(LogIndex First, LogIndex Last, bool LostTerm);
}
