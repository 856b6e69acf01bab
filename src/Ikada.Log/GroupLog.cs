using Ikada.Log.Format;
using Ikada.Log.Writing;
using Ikada.Primitives;

namespace Ikada.Log;

/// <summary>One group's part of the log. Single-threaded.</summary>
public sealed class GroupLog
{
    private readonly WriteAheadLog _log;
    private readonly GroupEntries _entries;
    private Term _term;
    private NodeId _vote;
    private LogIndex _notedCommit;

    internal GroupLog(WriteAheadLog log, GroupId group)
    {
        _log = log;
        _entries = new GroupEntries(this, log.Budget, log.Use);
        Group = group;
    }

    /// <summary>Which group.</summary>
    public GroupId Group { get; }

    /// <summary>The position before the first entry held: index 0 until the log was compacted.</summary>
    public LogPosition Base => _entries.Base;

    /// <summary>The membership as of <see cref="Base"/>.</summary>
    public Membership BaseMembership => _entries.BaseMembership;

    /// <summary>The hard state found at open.</summary>
    public HardState RecoveredHardState { get; private set; }

    /// <summary>The last entry appended (durable or not).</summary>
    public LogPosition Last => _entries.Last;

    /// <summary>The last entry known durable here, or the base, which a durable snapshot covers. Invariant:
    /// not after <see cref="Last"/>.</summary>
    public LogPosition Durable => _entries.Durable;

    /// <summary>The entries that cannot be read, by index, without overlap. They count as held: votes and
    /// acknowledgements name them, but <see cref="TryGet"/> and <see cref="ReadBack"/> never give them
    /// out: a read stops before the first one.</summary>
    public IReadOnlyList<DamagedRange> Damage => _entries.Held.Damage.All;

    /// <summary>Whether entries may be missing behind <see cref="Last"/> that were acknowledged, or the
    /// term of the last one is lost: the node must neither vote nor campaign until it knows better
    /// (<see cref="NoteSure"/>).</summary>
    public bool IsUnsure { get; internal set; }

    /// <summary>Whether a newer term or vote than any readable copy may be lost: the node must never vote
    /// under this incarnation.</summary>
    public bool LostHardState => IsHardStateLost || IsStartedOver;

    /// <summary>Whether the directory was started over and no membership in this log names its incarnation
    /// yet.
    /// </summary>
    public bool IsStartedOver { get; private set; }

    /// <summary>Whether damage took a hard state from this very log, or the membership as of the base and
    /// nothing has given it back.</summary>
    public bool IsHardStateLost => IsVoteLost || IsMembershipLost;

    /// <summary>Whether damage took the membership as of <see cref="Base"/>: the opening code gives it back
    /// by <see cref="Compact"/>, from a snapshot of the base or of a later entry.</summary>
    public bool IsMembershipLost { get; internal set; }

    internal bool IsVoteLost { get; set; }

    internal GroupEntries Entries => _entries;

    internal EntryTail Tail => _entries.Tail;

    internal bool HasBase => _entries.HasBase;

    /// <summary>The base after the last batch that was built: what heads say.</summary>
    internal RecordedBase BuiltBase { get; set; }

    /// <summary>Hard state and end of the log after the last batch that was built.</summary>
    internal BatchGroup Built { get; set; }

    internal bool IsCommitDirty { get; set; }

    /// <summary>Whether it wrote since a seal or head named it.</summary>
    internal bool IsUnsealed { get; set; }

    /// <summary>The plan that last counted this group, and that last counted its hard state.</summary>
    internal ulong PlannedIn { get; set; }

    internal ulong HardStatePlannedIn { get; set; }

    internal LogIndex NotedCommit => _notedCommit;

    /// <summary>Visits all entries found at open, in order: term, kind, body length, and for memberships the
    /// body. Damaged entries come as runs of one term: one call for all from
    /// <see cref="RecoveredEntry.Index"/> to <see cref="RecoveredEntry.Last"/>, their kinds unknown. To be
    /// called before anything is appended, truncated or repaired.</summary>
    public void VisitRecovered(Action<RecoveredEntry> visit)
    {
        if (_entries.Found is null)
        {
            throw new InvalidOperationException(
                "VisitRecovered comes before the first append or truncation.");
        }

        _entries.Found.Visit(Base.Index, _entries.Held.Terms, _entries.Held.Damage, visit);
    }

    /// <summary>Queues entries; they are readable at once. The first one's index must be Last + 1.</summary>
    public void Append(ReadOnlySpan<LogEntry> entries, ulong generation)
    {
        _entries.Found = null;
        foreach (var entry in entries)
        {
            Invariant.Check(
                entry.Index == Last.Index.Next && entry.Term >= Last.Term,
                $"entry {entry.Term.Value}/{entry.Index.Value} does not follow "
                    + $"{Last.Term.Value}/{Last.Index.Value}");
            _log.CheckFits(entry);
            _entries.Hold(entry);
            _log.Queue(new PendingRecord(RecordKind.Entry, this, entry, default, generation));
        }

        _log.Budget.Trim();
    }

    /// <summary>Queues the removal of all entries from <paramref name="first"/> on.</summary>
    public void Truncate(LogIndex first)
    {
        Invariant.Check(
            first > Base.Index && first > _notedCommit,
            $"truncation from {first.Value} reaches the base {Base.Index.Value} or the commit "
                + $"{_notedCommit.Value}");
        _entries.Found = null;
        if (first > Last.Index)
        {
            return;
        }

        _log.TakeBack(this, first);
        var wasRecorded = _entries.Held.LastRecorded >= first;
        _entries.CutFrom(first);
        if (wasRecorded)
        {
            var entry = new LogEntry(first, default, default, 0, 0, default);
            _log.Queue(new PendingRecord(RecordKind.Truncation, this, entry, default, Last.Term.Value));
        }
    }

    /// <summary>Everything up to <paramref name="newBase"/> is covered by a durable snapshot, or by the state
    /// machine's own durable state: forgets it, keeps what lies behind, and queues a record of it. When that
    /// is durable comes <see cref="ILogEvents.BaseSaved"/>. Nothing happens at or below the present base. The
    /// log must hold the entry there; its term may be lost. For entries up to it that are not durable yet
    /// comes no <see cref="ILogEvents.EntriesFlushed"/> any more.</summary>
    public void Compact(LogPosition newBase, Membership membership)
    {
        if (newBase.Index < Base.Index || (newBase.Index == Base.Index && !IsMembershipLost))
        {
            return;
        }

        Invariant.Check(
            newBase.Index <= Last.Index
                && (IsTermLost(newBase.Index) || PositionOf(newBase.Index) == newBase),
            $"the log ends at {Last} and does not hold the new base {newBase}");
        IsMembershipLost = false;
        _entries.MoveBase(newBase, membership);
        NoteCommit(newBase.Index);
        _log.Queue(RecordOf(RecordKind.Compaction, newBase, membership.Encode()));
    }

    /// <summary>A snapshot takes the place of the whole log, which does not hold its last entry: drops
    /// everything, goes on behind <paramref name="newBase"/>, and queues a record of it. When that is durable
    /// comes <see cref="ILogEvents.BaseSaved"/>. Nothing happens at or below the present base. A doubt
    /// (<see cref="IsUnsure"/>, <see cref="LostHardState"/>) stays.</summary>
    public void Reset(LogPosition newBase, Membership membership)
    {
        if (HasBase && newBase.Index <= Base.Index)
        {
            return;
        }

        Invariant.Check(
            newBase.Index >= LogIndex.Min(_notedCommit, Last.Index),
            $"the base {newBase} would drop entries up to the commit {_notedCommit.Value}");
        IsMembershipLost = false;
        _log.TakeBackAll(this);
        _entries.StartAt(newBase, membership);
        NoteCommit(newBase.Index);
        _log.Queue(RecordOf(RecordKind.Base, newBase, membership.Encode()));
    }

    /// <summary>Queues a term and vote.</summary>
    public void SaveHardState(Term term, NodeId vote)
    {
        Invariant.Check(term >= _term, $"term {term.Value} is below the saved term {_term.Value}");
        Invariant.Check(
            term > _term || _vote.IsNone || vote == _vote,
            $"second vote in term {term.Value}: {vote} after {_vote}");
        _term = term;
        _vote = vote;
        var entry = new LogEntry(default, term, default, 0, 0, default);
        _log.Queue(new PendingRecord(RecordKind.HardState, this, entry, vote, 0));
    }

    /// <summary>Remembers the commit index, to ride in the next batch. Never causes a write.</summary>
    public void NoteCommit(LogIndex commit)
    {
        if (commit > _notedCommit)
        {
            _notedCommit = commit;
            _log.CommitNoted(this);
        }
    }

    /// <summary>The entry, if it is in the in-memory tail.</summary>
    public bool TryGet(LogIndex index, out LogEntry entry) => Tail.TryGet(index, out entry);

    /// <summary>The term of the entry there, unless it is lost; the base counts as held.</summary>
    public bool TryGetTerm(LogIndex index, out Term term)
    {
        term = default;
        if (index < Base.Index || index > Last.Index || _entries.Held.IsTermLost(index))
        {
            return false;
        }

        term = _entries.Held.PositionOf(index).Term;
        return true;
    }

    /// <summary>Asks for older entries from the disk; they come by <see cref="ILogEvents.EntriesRead"/>: at
    /// least one if the first is held, and no more than <paramref name="bytesMax"/> (bodies and
    /// <see cref="LogEntry.OverheadBytes"/> each) beyond it.</summary>
    public void ReadBack(LogIndex first, LogIndex last, int bytesMax, ulong cookie)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytesMax);
        _log.SubmitRead(this, first, last, bytesMax, cookie);
    }

    /// <summary>Queues replacements for damaged entries, in order of their indexes. The caller knows that
    /// they are the right ones: the same index and term, or, where the term is lost, known to be committed.
    /// When they are durable comes <see cref="ILogEvents.EntriesRepaired"/>, once per run of indexes; not
    /// for those that were truncated or compacted meanwhile.</summary>
    public void Repair(ReadOnlySpan<LogEntry> entries)
    {
        _entries.Found = null;
        foreach (var entry in entries)
        {
            if (entry.Index <= Base.Index)
            {
                continue; // a snapshot covers it meanwhile
            }

            Invariant.Check(
                _entries.Held.Damage.TryFind(entry.Index, out var range)
                    && (range.Term == entry.Term || range.Term == default),
                $"entry {entry.Term.Value}/{entry.Index.Value} is no replacement: it is not damaged here, or "
                    + $"of another term");
            _log.CheckFits(entry);
            _log.Queue(new PendingRecord(RecordKind.RewrittenForward, this, entry, default, 0));
        }
    }

    /// <summary>It is known now that nothing acknowledged is missing behind <see cref="Last"/>: queues a
    /// record of it, so that the next start does not doubt again.</summary>
    public void NoteSure()
    {
        if (IsUnsure)
        {
            IsUnsure = false;
            var last = new LogEntry(Last.Index, Last.Term, default, 0, 0, default);
            _log.Queue(new PendingRecord(RecordKind.Sure, this, last, default, 0));
        }
    }

    /// <summary>The locations of entries on disk from <paramref name="first"/> on, as many as bound and range
    /// allow, and none behind a damaged one.</summary>
    internal ulong[] LocationsOf(LogIndex first, LogIndex last, int countMax) =>
        _entries.Held.LocationsOf(first, LogIndex.Min(last, Durable.Index), countMax);

    internal PendingRecord RecordOf(RecordKind kind, LogPosition start, ReadOnlyMemory<byte> membership) =>
        new(kind, this, new LogEntry(start.Index, start.Term, default, 0, 0, membership), default, 0);

    /// <summary>Takes the next replacement that a finished batch made durable: it is read from now
    /// on.</summary>
    internal bool TryTakeRepaired(ulong batch, out LogIndex repaired)
    {
        var isRepaired = _entries.Held.TryTakeRepaired(batch, out var position);
        repaired = position.Index;
        if (isRepaired)
        {
            _entries.Learned(position);
            Built = Built.Last.Index == position.Index ? Built with { Last = position } : Built;
        }

        return isRepaired;
    }

    /// <summary>A directory that was started over does not vote until it has been added again: told by the
    /// newest membership here.</summary>
    internal void StartedOver(NodeId self, Incarnation incarnation)
    {
        IsStartedOver = true;
        var newest = _entries.Found?.NewestMembership is { IsEmpty: false } body
            && Membership.TryDecode(body.Span, out var found) ? found : BaseMembership;
        foreach (var member in newest.Members)
        {
            IsStartedOver &= member.Id != self || member.Incarnation != incarnation;
        }
    }

    /// <summary>The position of an entry that is held; its term is 0 where it is lost.</summary>
    internal LogPosition PositionOf(LogIndex index) => _entries.Held.PositionOf(index);

    internal bool IsTermLost(LogIndex index) => _entries.Held.IsTermLost(index);

    /// <summary>Takes a copy of the hard state that was found; the newest counts. A vote in a term is never
    /// changed, so of two copies of one term the one with a vote is newer. Returns whether it was.</summary>
    internal bool RecoverHardState(HardState found, bool withCommit)
    {
        var newer = found.Term > _term || (found.Term == _term && _vote.IsNone && !found.Vote.IsNone);
        if (newer)
        {
            _term = found.Term;
            _vote = found.Vote;
        }

        if (withCommit)
        {
            _notedCommit = LogIndex.Max(_notedCommit, found.Commit);
        }

        SetRecovered();
        return newer;
    }

    /// <summary>Recovery found a base: what lies up to it was committed.</summary>
    internal void RaiseCommit(LogIndex commit)
    {
        _notedCommit = LogIndex.Max(_notedCommit, commit);
        SetRecovered();
    }

    private void SetRecovered()
    {
        RecoveredHardState = new HardState(_term, _vote, _notedCommit);
        Built = Built with { Group = Group, HardState = RecoveredHardState };
    }
}
