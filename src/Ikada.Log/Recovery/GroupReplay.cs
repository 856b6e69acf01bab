using Ikada.Log.Format;
using Ikada.Primitives;

namespace Ikada.Log.Recovery;

/// <summary>
/// Brings one group's log up from its records, also over lost ones. Behind a lost part the position is open:
/// entries may have been removed and appended there. The next record or table that names the group settles
/// it, by the paper's log matching: two logs that hold an entry of the same index and term are the same up
/// to it. What was committed before the lost part cannot have been removed in it.
/// </summary>
internal sealed class GroupReplay(GroupLog log)
{
    private LogIndex _floor;
    private bool _isPositionOpen;
    private bool _isHardStateOpen;
    private bool _isHeadLost;
    private bool _isBaseLost;

    public GroupLog Log => log;

    /// <summary>Where the group ends is not known from here on.</summary>
    public void LosePosition(bool canBeTruncated)
    {
        if (!_isPositionOpen)
        {
            _isPositionOpen = true;
            var certain = canBeTruncated ? LogIndex.Min(log.NotedCommit, log.Last.Index) : log.Last.Index;
            _floor = LogIndex.Max(log.Base.Index, certain);
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

    public void ApplyBase(LogPosition start, ReadOnlyMemory<byte> bytes)
    {
        _isBaseLost = !Membership.TryDecode(bytes.Span, out var membership);
        if (!_isBaseLost)
        {
            log.SetBase(start, membership, bytes.ToArray());
            _isPositionOpen = false;
        }
    }

    public void LoseBase() => _isBaseLost = true;

    /// <summary>An entry was appended; its body may be damaged.</summary>
    public void ApplyEntry(LogPosition position, LogEntry? entry, ulong location, Place place)
    {
        if (!HasBase())
        {
            return;
        }

        if (_isPositionOpen)
        {
            Settle(position.Index.Previous, position, place);
        }

        if (position.Index != log.Last.Index.Next || position.Term < log.Last.Term)
        {
            throw place.Contradiction($"entry {position} of group {log.Group.Value} follows {log.Last}");
        }

        if (entry is { } whole)
        {
            log.Recover(whole, location);
        }
        else
        {
            log.RecoverDamaged(position.Index, position.Term);
        }
    }

    public void ApplyRewritten(in LogEntry entry, ulong location)
    {
        // An entry that was truncated or compacted since may still be rewritten: it changes nothing.
        if (HasBase() && !_isPositionOpen)
        {
            log.RecoverRewritten(entry, location);
        }
    }

    public void ApplyTruncation(LogIndex first, Place place)
    {
        // While the position is open the entry or table that follows tells more than the truncation does.
        if (!HasBase() || _isPositionOpen)
        {
            return;
        }

        if (first <= log.Base.Index || first > log.Last.Index)
        {
            throw place.Contradiction(
                $"group {log.Group.Value} is truncated from {first.Value}, but holds {log.Base} to "
                    + $"{log.Last}");
        }

        log.RecoverTruncation(first);
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
        var isTermLost = last.Term == default && last.Index > log.Base.Index;
        if (_isPositionOpen && !isTermLost)
        {
            Settle(last.Index, last, place);
        }

        if (!_isPositionOpen && (log.Last.Index != last.Index
            || (log.Last.Term != last.Term && !isTermLost && !log.IsTermLost(last.Index))))
        {
            throw place.Contradiction(
                $"group {log.Group.Value} ends at {log.Last}, but it says {last}");
        }
    }

    /// <summary>What the head of a segment says of the group.</summary>
    public void ApplyHead(in GroupHead head, Place place)
    {
        Found(head.HardState, withCommit: true);
        _isHeadLost = false;
        if (!head.Membership.IsEmpty)
        {
            if (!log.HasBase || (_isPositionOpen && log.Base != head.Base))
            {
                ApplyBase(head.Base, head.Membership);
                LosePosition(canBeTruncated: true);
            }

            if (log.Base != head.Base)
            {
                throw place.Contradiction(
                    $"group {log.Group.Value} begins behind {log.Base}, but it says {head.Base}");
            }

            ApplyLast(head.Last, place);
        }

        log.IsUnsure = head.IsUnsure;
        log.IsHardStateLost |= head.LostHardState;
    }

    /// <summary>Says what stays open at the end of the log, and whether anything does.</summary>
    public bool Finish()
    {
        var isOpen = _isPositionOpen || _isHardStateOpen || _isHeadLost
            || (_isBaseLost && !log.IsHardStateLost);
        log.IsUnsure |= _isPositionOpen || _isHeadLost || log.IsTermLost(log.Last.Index);
        log.IsHardStateLost |= _isHardStateOpen || _isBaseLost;
        return isOpen;
    }

    private bool HasBase()
    {
        _isBaseLost |= !log.HasBase;
        return !_isBaseLost;
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
            log.RecoverTruncation(certain.Next);
        }

        // Terms never fall along a log: between two equal ones all are equal.
        var lowest = Term.Max(log.PositionOf(certain).Term, new Term(1));
        for (var index = certain.Next; index <= last; index = index.Next)
        {
            var isKnown = index == known.Index || lowest == known.Term;
            log.RecoverDamaged(index, isKnown ? known.Term : default);
        }
    }

    /// <summary>The last entry that is surely the one held now: the newest of the known entry's term, for its
    /// leader appended both.</summary>
    private LogIndex Matching(LogPosition known)
    {
        var index = LogIndex.Min(log.Last.Index, known.Index);
        while (index > _floor && (log.IsTermLost(index) || log.PositionOf(index).Term > known.Term))
        {
            index = index.Previous;
        }

        return index > _floor && log.PositionOf(index).Term == known.Term ? index : _floor;
    }
}
