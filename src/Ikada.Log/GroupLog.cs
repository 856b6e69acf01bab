using Ikada.Log.Format;
using Ikada.Log.Writing;
using Ikada.Primitives;

namespace Ikada.Log;

/// <summary>One group's part of the log. Single-threaded.</summary>
public sealed class GroupLog
{
    private readonly WriteAheadLog _log;
    private readonly HeldEntries _held = new();
    private readonly FlushRuns _flushing = new();
    private RecoveredEntries? _recovered = new();
    private Term _term;
    private NodeId _vote;
    private LogIndex _notedCommit;

    internal GroupLog(WriteAheadLog log, GroupId group)
    {
        _log = log;
        Group = group;
    }

    /// <summary>Which group.</summary>
    public GroupId Group { get; }

    /// <summary>The position before the first entry held (index 0 until there are snapshots).</summary>
    public LogPosition Base { get; private set; }

    /// <summary>The membership as of <see cref="Base"/>.</summary>
    public Membership BaseMembership { get; private set; } = Membership.Empty;

    /// <summary>The hard state found at open.</summary>
    public HardState RecoveredHardState { get; private set; }

    /// <summary>The last entry appended (durable or not).</summary>
    public LogPosition Last { get; private set; }

    /// <summary>The last entry known durable here. Invariant: not after <see cref="Last"/>.</summary>
    public LogPosition Durable { get; private set; }

    /// <summary>The entries that cannot be read, by index, without overlap. They count as held: votes and
    /// acknowledgements name them, but <see cref="TryGet"/> and <see cref="ReadBack"/> never give them
    /// out: a read stops before the first one.</summary>
    public IReadOnlyList<DamagedRange> Damage => _held.Damage.All;

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

    /// <summary>Whether damage took a hard state from this very log.</summary>
    public bool IsHardStateLost { get; internal set; }

    internal EntryTail Tail { get; } = new();

    internal ReadOnlyMemory<byte> BaseMembershipBytes { get; private set; }

    internal bool HasBase { get; private set; }

    /// <summary>Whether the base is in the stream or on its way: then heads name the group.</summary>
    internal bool IsBaseRecorded { get; set; }

    /// <summary>Hard state and end of the log after the last batch that was built.</summary>
    internal BatchGroup Built { get; set; }

    internal bool IsCommitDirty { get; set; }

    /// <summary>Whether it wrote since a seal or head named it.</summary>
    internal bool IsUnsealed { get; set; }

    /// <summary>The plan that last counted this group, and that last counted its hard state.</summary>
    internal ulong PlannedIn { get; set; }

    internal ulong HardStatePlannedIn { get; set; }

    /// <summary>The reads under way, to be told of a truncation that reaches them.</summary>
    internal List<ReadOperation> Reads { get; } = [];

    internal LogIndex NotedCommit => _notedCommit;

    /// <summary>Visits all entries found at open, in order: term, kind, body length, and for memberships the
    /// body. Damaged entries come as runs of one term: one call for all from
    /// <see cref="RecoveredEntry.Index"/> to <see cref="RecoveredEntry.Last"/>, their kinds unknown. To be
    /// called before anything is appended, truncated or repaired.</summary>
    public void VisitRecovered(Action<RecoveredEntry> visit)
    {
        if (_recovered is null)
        {
            throw new InvalidOperationException(
                "VisitRecovered comes before the first append or truncation.");
        }

        _recovered.Visit(Base.Index, _held.Terms, _held.Damage, visit);
    }

    /// <summary>Queues entries; they are readable at once. The first one's index must be Last + 1.</summary>
    public void Append(ReadOnlySpan<LogEntry> entries, ulong generation)
    {
        _recovered = null;
        foreach (var entry in entries)
        {
            Invariant.Check(
                entry.Index == Last.Index.Next && entry.Term >= Last.Term,
                $"entry {entry.Term.Value}/{entry.Index.Value} does not follow "
                    + $"{Last.Term.Value}/{Last.Index.Value}");
            _log.CheckFits(entry);
            Hold(entry);
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
        _recovered = null;
        if (first > Last.Index)
        {
            return;
        }

        _log.TakeBack(this, first);
        var wasRecorded = _held.LastRecorded >= first;
        CutFrom(first);
        _flushing.TruncateFrom(first);
        foreach (var read in Reads)
        {
            read.Truncated(first);
        }

        if (wasRecorded)
        {
            var entry = new LogEntry(first, default, default, 0, 0, default);
            _log.Queue(new PendingRecord(RecordKind.Truncation, this, entry, default, 0));
        }
    }

    /// <summary>Everything up to <paramref name="newBase"/> is covered by a durable snapshot, or by the state
    /// machine's own durable state: forgets it, keeps what lies behind, and queues a record of it. When that
    /// is durable comes <see cref="ILogEvents.BaseSaved"/>. Nothing happens at or below the present
    /// base.</summary>
    public void Compact(LogPosition newBase, Membership membership) =>
        throw new NotSupportedException($"{newBase} {membership}");

    /// <summary>A snapshot takes the place of the whole log, which does not hold its last entry: drops
    /// everything, goes on behind <paramref name="newBase"/>, and queues a record of it. When that is durable
    /// comes <see cref="ILogEvents.BaseSaved"/>.</summary>
    public void Reset(LogPosition newBase, Membership membership) =>
        throw new NotSupportedException($"{newBase} {membership}");

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
        if (index < Base.Index || index > Last.Index || _held.IsTermLost(index))
        {
            return false;
        }

        term = _held.PositionOf(index).Term;
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
    /// for those that were truncated meanwhile.</summary>
    public void Repair(ReadOnlySpan<LogEntry> entries)
    {
        _recovered = null;
        foreach (var entry in entries)
        {
            Invariant.Check(
                _held.Damage.TryFind(entry.Index, out var range)
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
        _held.LocationsOf(first, LogIndex.Min(last, Durable.Index), countMax);

    internal void SetBase(LogPosition start, Membership membership, ReadOnlyMemory<byte> bytes)
    {
        Base = Last = Durable = start;
        BaseMembership = membership;
        BaseMembershipBytes = bytes;
        HasBase = true;
        _held.Reset(start);
        _recovered?.Clear();
        Built = Built with { Group = Group, Last = start };
        _log.Budget.Removed(Tail.TruncateFrom(default));
    }

    /// <summary>An entry goes into the batch under construction, its record at that place.</summary>
    internal void Record(in LogEntry entry, ulong location, ulong batch, ulong generation)
    {
        _held.Recorded(entry.Index, location);
        _flushing.Add(batch, generation, entry.Index);
    }

    /// <summary>A replacement goes into the batch under construction.</summary>
    internal void RecordRepair(in LogEntry entry, ulong location, ulong batch) =>
        _held.RecordRepair(entry, location, batch);

    /// <summary>Takes the next replacement that a finished batch made durable: it is read from now
    /// on.</summary>
    internal bool TryTakeRepaired(ulong batch, out LogIndex repaired)
    {
        var isRepaired = _held.TryTakeRepaired(batch, out var position);
        repaired = position.Index;
        if (isRepaired)
        {
            Learned(position);
        }

        return isRepaired;
    }

    /// <summary>A directory that was started over does not vote until it has been added again: told by the
    /// newest membership here.</summary>
    internal void StartedOver(NodeId self, Incarnation incarnation)
    {
        IsStartedOver = true;
        var newest = _recovered?.NewestMembership is { IsEmpty: false } body
            && Membership.TryDecode(body.Span, out var found) ? found : BaseMembership;
        foreach (var member in newest.Members)
        {
            IsStartedOver &= member.Id != self || member.Incarnation != incarnation;
        }
    }

    internal bool TryTakeFlushed(ulong batch, out FlushRun run)
    {
        if (!_flushing.TryTake(batch, out run))
        {
            return false;
        }

        Durable = _held.PositionOf(run.Last);
        return true;
    }

    /// <summary>The position of an entry that is held; its term is 0 where it is lost.</summary>
    internal LogPosition PositionOf(LogIndex index) => _held.PositionOf(index);

    internal bool IsTermLost(LogIndex index) => _held.IsTermLost(index);

    /// <summary>Recovery found an entry.</summary>
    internal void Recover(in LogEntry entry, ulong location)
    {
        _recovered!.Add(entry);
        Hold(entry);
        _held.Recorded(entry.Index, location);
        Durable = Last;
        Built = Built with { Last = Last };
        _log.Budget.Trim();
    }

    /// <summary>Recovery found an entry that cannot be read, or the traces of one. A term of 0 is
    /// lost.</summary>
    internal void RecoverDamaged(LogIndex index, Term term)
    {
        // The tail has no holes: what is before this one is read back from the disk.
        _log.Budget.Removed(Tail.TruncateFrom(default));
        _recovered!.AddDamaged();
        _held.Damaged(index, term);
        Last = Durable = new LogPosition(index, term);
        Built = Built with { Last = Last };
    }

    /// <summary>Recovery found a copy of an entry further on.</summary>
    internal void RecoverRewritten(in LogEntry entry, ulong location)
    {
        if (entry.Index > Base.Index && entry.Index <= Last.Index
            && _held.Rewritten(entry.Position, location))
        {
            _recovered!.Replace((int)(entry.Index.Value - Base.Index.Value - 1), entry);
            Learned(entry.Position);
        }
    }

    internal void RecoverTruncation(LogIndex first)
    {
        _recovered!.Truncate((int)(first.Value - Base.Index.Value - 1));
        CutFrom(first);
        Built = Built with { Last = Last };
    }

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

        RecoveredHardState = new HardState(_term, _vote, _notedCommit);
        Built = Built with { Group = Group, HardState = RecoveredHardState };
        return newer;
    }

    // The term of an entry may have been lost before.
    private void Learned(LogPosition entry)
    {
        Last = Last.Index == entry.Index ? entry : Last;
        Durable = Durable.Index == entry.Index ? entry : Durable;
        Built = Built.Last.Index == entry.Index ? Built with { Last = entry } : Built;
    }

    private void Hold(in LogEntry entry)
    {
        Tail.Add(entry);
        _log.Budget.Added(this, entry);
        _held.Appended(entry.Position);
        Last = entry.Position;
    }

    private void CutFrom(LogIndex first)
    {
        _log.Budget.Removed(Tail.TruncateFrom(first));
        _held.TruncateFrom(first);
        Last = PositionOf(first.Previous);
        if (Durable.Index >= first)
        {
            Durable = Last;
        }
    }
}
