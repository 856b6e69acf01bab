using Ikada.Log.Format;
using Ikada.Primitives;

namespace Ikada.Log.Recovery;

/// <summary>
/// Brings one group's log up from its records, also over lost ones. Behind a lost part the position is open:
/// entries may have been removed and appended there. The next record or table that names the group settles
/// it, by the paper's log matching: two logs that hold an entry of the same index and term are the same up
/// to it. What was committed before the lost part cannot have been removed in it.
/// </summary>
/// <remarks>
/// Where entries stood in segments that are gone, and a head further on tells that they were compacted, the
/// base is *provisional*: the last index known there, perhaps with another term, and with an older
/// membership. That head or an earlier record replaces it. Invariant: a provisional base is at or below
/// <paramref name="newestBase"/>.
/// </remarks>
/// <param name="log">The group's log.</param>
/// <param name="newestBase">The highest base that any readable head names.</param>
internal sealed class GroupReplay(GroupLog log, LogIndex newestBase)
{
    // More missing entries than this are not marked one by one: the group starts over instead.
    private const ulong MissingMax = 16 << 20;
    private readonly RecoveredGroup _filling = new(log);
    private LogIndex _floor;
    private LogIndex _missingLast;
    private bool _isPositionOpen;
    private bool _isHardStateOpen;
    private bool _isHeadLost;
    private bool _isBaseLost;
    private bool _isProvisional;
    private bool _isMembershipLost;

    public GroupLog Log => log;

    /// <summary>Whether entries cannot be read that stood before the first segment there is.</summary>
    public bool MissesEntries => log.Damage.Count > 0 && log.Damage[0].First <= _missingLast;

    /// <summary>Where the group ends is not known from here on.</summary>
    public void LosePosition(bool canBeTruncated)
    {
        if (!_isPositionOpen)
        {
            _isPositionOpen = true;
            var certain = canBeTruncated ? LogIndex.Min(log.NotedCommit, log.Last.Index) : log.Last.Index;
            _floor = _isProvisional ? certain : LogIndex.Max(log.Base.Index, certain);
        }
    }

    /// <summary>A newer hard state than any found may have been here.</summary>
    public void LoseHardState() => _isHardStateOpen = true;

    /// <summary>What a head alone says may be lost: a vote rescued into it, and a doubt.</summary>
    public void LoseHead()
    {
        _isHardStateOpen = true;
        _isHeadLost = true;
    }

    public void Found(HardState state, bool withCommit)
    {
        log.RecoverHardState(state, withCommit);
        _isHardStateOpen = false;
    }

    /// <summary>The group began anew behind that base.</summary>
    public void ApplyBase(LogPosition start, ReadOnlyMemory<byte> bytes)
    {
        _isBaseLost = !Membership.TryDecode(bytes.Span, out var membership);
        if (!_isBaseLost)
        {
            _filling.StartAt(start, membership, bytes.ToArray());
            log.RaiseCommit(start.Index);
            _isPositionOpen = false;
            _isProvisional = false;
            _isMembershipLost = false;
        }
    }

    /// <summary>The group began anew behind that base, and the membership as of there is lost. A compaction
    /// or head further on may tell it, or a snapshot.</summary>
    public void ApplyBase(LogPosition start)
    {
        _filling.StartAt(start, log.BaseMembership, log.BuiltBase.Membership);
        log.RaiseCommit(start.Index);
        _isBaseLost = false;
        _isPositionOpen = false;
        _isProvisional = false;
        _isMembershipLost = true;
    }

    /// <summary>The group forgot what lies up to that base. A record of it that is lost costs nothing: the
    /// next one or a head says more, or else what was forgotten is still here.</summary>
    public void ApplyCompaction(LogPosition newBase, ReadOnlyMemory<byte> bytes, Place place)
    {
        if (HasBase())
        {
            RaiseBase(newBase, bytes, place);
        }
    }

    /// <summary>An entry was appended; its body may be damaged.</summary>
    public void ApplyEntry(
        LogPosition position, LogEntry? entry, ulong location, bool fillsTail, Place place)
    {
        if (!HasBase())
        {
            return;
        }

        if (_isPositionOpen)
        {
            Settle(position.Index.Previous, position, place);
            if (_isBaseLost)
            {
                return;
            }
        }

        if (position.Index != log.Last.Index.Next || position.Term < log.Last.Term)
        {
            throw place.Contradiction($"entry {position} of group {log.Group.Value} follows {log.Last}");
        }

        if (entry is { } whole)
        {
            _filling.Add(whole, location, fillsTail);
        }
        else
        {
            _filling.AddDamaged(position.Index, position.Term);
        }
    }

    /// <summary>Of an entry of which that is not proven: whether it was appended here or written forward;
    /// none if it cannot be told.</summary>
    public RecordKind KindOf(LogIndex index)
    {
        if (index <= (_isPositionOpen ? _floor : log.Last.Index))
        {
            return RecordKind.RewrittenForward;
        }

        return !_isPositionOpen && index == log.Last.Index.Next ? RecordKind.Entry : RecordKind.None;
    }

    public void ApplyRewritten(in LogEntry entry, ulong location)
    {
        // An entry that was truncated or compacted since may still be rewritten: it changes nothing.
        if (HasBase() && (!_isPositionOpen || entry.Index <= _floor))
        {
            _filling.Rewrite(entry, location);
        }
    }

    public void ApplyTruncation(LogIndex first, Place place)
    {
        // While the position is open the entry or table that follows tells more than the truncation does.
        if (!HasBase() || _isPositionOpen)
        {
            return;
        }

        if (first > log.Last.Index || (first <= log.Base.Index && !_isProvisional))
        {
            throw place.Contradiction(
                $"group {log.Group.Value} is truncated from {first.Value}, but holds {log.Base} to "
                    + $"{log.Last}");
        }

        Truncate(first, default);
    }

    public void ApplySure() => log.IsUnsure = false;

    /// <summary>The group's log ended at that entry.</summary>
    public void ApplyLast(LogPosition last, Place place)
    {
        if (!HasBase())
        {
            return;
        }

        // A term that its writer had lost itself settles nothing.
        var isTermLost = last.Term == default && last.Index > LogIndex.Zero;
        if (_isPositionOpen && !isTermLost)
        {
            Settle(last.Index, last, place);
        }

        if (_isPositionOpen || _isBaseLost)
        {
            return;
        }

        if (_isProvisional && log.Last.Index == last.Index && log.Base == log.Last && !isTermLost)
        {
            StartProvisionally(last); // its term may not have been known
        }

        if (log.Last.Index != last.Index
            || (log.Last.Term != last.Term && !isTermLost && !log.IsTermLost(last.Index)))
        {
            throw place.Contradiction(
                $"group {log.Group.Value} ends at {log.Last}, but it says {last}");
        }
    }

    /// <summary>What the head of a segment says of the group.</summary>
    /// <param name="head">It.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="isFirst">Whether it is of the first segment there is.</param>
    public void ApplyHead(in GroupHead head, Place place, bool isFirst)
    {
        Found(head.HardState, withCommit: true);
        _isHeadLost = false;
        if (!head.Membership.IsEmpty)
        {
            if (log.HasBase && !_isBaseLost)
            {
                RaiseBase(head.Base, head.Membership, place);
            }
            else
            {
                BeginAt(head, isFirst);
            }

            if (!_isProvisional && !_isBaseLost && !_isMembershipLost && log.Base != head.Base)
            {
                throw place.Contradiction(
                    $"group {log.Group.Value} begins behind {log.Base}, but it says {head.Base}");
            }

            ApplyLast(head.Last, place);
        }

        log.IsUnsure = head.IsUnsure;
        log.IsVoteLost |= head.LostHardState;
    }

    /// <summary>Says what stays open at the end of the log, and whether anything does.</summary>
    public bool Finish()
    {
        _isBaseLost |= _isProvisional;
        var isOpen = _isPositionOpen || _isHardStateOpen || _isHeadLost
            || (_isBaseLost && !log.IsVoteLost);
        log.IsUnsure |= _isPositionOpen || _isHeadLost || log.IsTermLost(log.Last.Index);
        log.IsVoteLost |= _isHardStateOpen || _isBaseLost;
        log.IsMembershipLost = _isMembershipLost;
        return isOpen;
    }

    private bool HasBase()
    {
        _isBaseLost |= !log.HasBase;
        return !_isBaseLost;
    }

    // The entries between a head's base and its last one stood in segments before.
    private void BeginAt(in GroupHead head, bool isFirst)
    {
        ApplyBase(head.Base, head.Membership);
        if (!_isBaseLost && head.Last.Index > head.Base.Index)
        {
            if (newestBase >= head.Last.Index)
            {
                StartProvisionally(head.Last);
                return;
            }

            LosePosition(canBeTruncated: true);
            _missingLast = isFirst ? head.Last.Index : default;
        }
    }

    private void RaiseBase(LogPosition newBase, ReadOnlyMemory<byte> bytes, Place place)
    {
        var isNews = newBase.Index > log.Base.Index
            || ((_isProvisional || _isMembershipLost) && newBase.Index == log.Base.Index);
        if (!isNews || !Membership.TryDecode(bytes.Span, out var membership))
        {
            return;
        }

        var isHeld = newBase.Index <= log.Last.Index && (newBase.Index == log.Base.Index
            || log.IsTermLost(newBase.Index) || log.PositionOf(newBase.Index) == newBase);
        if (isHeld)
        {
            _filling.MoveBase(newBase, membership, bytes.ToArray());
        }
        else if (_isPositionOpen)
        {
            // What led to the entry there is lost.
            _filling.StartAt(newBase, membership, bytes.ToArray());
        }
        else
        {
            throw place.Contradiction(
                $"group {log.Group.Value} is compacted to {newBase}, but holds {log.Base} to {log.Last}");
        }

        log.RaiseCommit(newBase.Index);
        _floor = LogIndex.Max(_floor, newBase.Index);
        _isProvisional = false;
        _isMembershipLost = false;
    }

    private void Truncate(LogIndex first, Term termBefore)
    {
        _missingLast = LogIndex.Min(_missingLast, first.Previous);
        if (first > log.Base.Index)
        {
            _filling.Truncate(first);
        }
        else
        {
            StartProvisionally(new LogPosition(first.Previous, termBefore));
        }
    }

    private void StartProvisionally(LogPosition start)
    {
        _filling.StartAt(start, log.BaseMembership, log.BuiltBase.Membership);
        _isProvisional = true;
        _isPositionOpen = false;
    }

    /// <summary>The entry <paramref name="known"/> is in the log, which ends at <paramref name="last"/>: at
    /// that entry or just before it.</summary>
    private void Settle(LogIndex last, LogPosition known, Place place)
    {
        _isPositionOpen = false;
        if (last < _floor)
        {
            throw place.Contradiction(
                $"group {log.Group.Value} ends at {last.Value}, but held {_floor.Value} for certain");
        }

        var certain = LogIndex.Min(Matching(known), last);
        if (log.Last.Index > certain)
        {
            Truncate(certain.Next, certain == known.Index ? known.Term : default);
        }

        if (last > certain && newestBase >= last)
        {
            // All that is missing was compacted later.
            StartProvisionally(new LogPosition(last, last == known.Index ? known.Term : default));
            return;
        }

        if (last.Value - certain.Value > MissingMax)
        {
            _isBaseLost = true;
            return;
        }

        // Terms never fall along a log: between two equal ones all are equal.
        var lowest = Term.Max(log.PositionOf(certain).Term, new Term(1));
        for (var index = certain.Next; index <= last; index = index.Next)
        {
            var isKnown = index == known.Index || lowest == known.Term;
            _filling.AddDamaged(index, isKnown ? known.Term : default);
        }
    }

    /// <summary>The last entry that is surely the one held now: the newest of the known entry's term, for its
    /// leader appended both.</summary>
    private LogIndex Matching(LogPosition known)
    {
        var lowest = LogIndex.Max(_floor, log.Base.Index);
        var index = LogIndex.Min(log.Last.Index, known.Index);
        while (index > lowest && (log.IsTermLost(index) || log.PositionOf(index).Term > known.Term))
        {
            index = index.Previous;
        }

        return index > lowest && log.PositionOf(index).Term == known.Term ? index : lowest;
    }
}
