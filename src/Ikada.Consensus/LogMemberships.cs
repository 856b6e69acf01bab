using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>The memberships among the entries of the log, and the one as of its base. Effective on append,
/// and rolled back with a truncated entry (§6).</summary>
internal sealed class LogMemberships(LogIndex baseIndex, Membership baseMembership)
{
    private readonly List<(LogIndex Index, Membership Membership)> _memberships = [];
    private LogIndex _base = baseIndex;
    private Membership _baseMembership = baseMembership;

    /// <summary>The newest.</summary>
    public Membership Newest => _memberships.Count > 0 ? _memberships[^1].Membership : _baseMembership;

    /// <summary>The entry that holds <see cref="Newest"/>; the base if none does.</summary>
    public LogIndex NewestIndex => _memberships.Count > 0 ? _memberships[^1].Index : _base;

    /// <summary>The longest lease of any membership held.</summary>
    public TimeSpan LongestLease()
    {
        var longest = _baseMembership.Lease;
        foreach (var (_, membership) in _memberships)
        {
            longest = membership.Lease > longest ? membership.Lease : longest;
        }

        return longest;
    }

    /// <summary>The last index that the base may move to with a membership of at least this lease still
    /// held.</summary>
    public LogIndex LastThatKeepsLease(TimeSpan lease)
    {
        for (var i = _memberships.Count - 1; i >= 0; i--)
        {
            if (_memberships[i].Membership.Lease >= lease)
            {
                return i == _memberships.Count - 1 ? new LogIndex(ulong.MaxValue)
                    : _memberships[i + 1].Index.Previous;
            }
        }

        // In the base alone, or nowhere.
        return _memberships.Count == 0 ? new LogIndex(ulong.MaxValue) : _memberships[0].Index.Previous;
    }

    /// <summary>The membership that was in force at <paramref name="index"/>, within the log.</summary>
    public Membership At(LogIndex index)
    {
        for (var i = _memberships.Count - 1; i >= 0; i--)
        {
            if (_memberships[i].Index <= index)
            {
                return _memberships[i].Membership;
            }
        }

        return _baseMembership;
    }

    /// <summary>Whether the entry at <paramref name="index"/> is a membership.</summary>
    public bool HasAt(LogIndex index)
    {
        foreach (var (at, _) in _memberships)
        {
            if (at == index)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The membership in force at <paramref name="index"/> and all newer ones, in order.</summary>
    public List<Membership> From(LogIndex index)
    {
        List<Membership> found = [At(index)];
        foreach (var (at, membership) in _memberships)
        {
            if (at > index)
            {
                found.Add(membership);
            }
        }

        return found;
    }

    /// <summary>The newest, with the members that those from <paramref name="index"/> on had besides: who
    /// is in it may be needed, and who votes is as in the newest.</summary>
    public Membership WithFormer(LogIndex index)
    {
        if (NewestIndex <= index)
        {
            return Newest;
        }

        var newest = Newest;
        List<Member> members = [.. newest.Members];
        foreach (var membership in From(index))
        {
            foreach (var member in membership.Members)
            {
                if (!members.Exists(known => known.Id == member.Id))
                {
                    members.Add(member);
                }
            }
        }

        return members.Count == newest.Members.Length ? newest
            : new Membership(
                [.. members], newest.Voters, newest.OutgoingVoters, newest.Learners, newest.LearnersNext);
    }

    /// <summary>How many of the entries after <paramref name="after"/> change who belongs to the group in
    /// what part; those that only bind or update members do not.</summary>
    public int ChangesAfter(LogIndex after)
    {
        var changes = 0;
        for (var i = _memberships.Count - 1; i >= 0 && _memberships[i].Index > after; i--)
        {
            var before = i > 0 ? _memberships[i - 1].Membership : _baseMembership;
            changes += HaveSameParts(before, _memberships[i].Membership) ? 0 : 1;
        }

        return changes;
    }

    /// <summary>Whether the same nodes belong to both, in the same part.</summary>
    public static bool HaveSameParts(Membership left, Membership right) =>
        left.Voters.SequenceEqual(right.Voters) && left.OutgoingVoters.SequenceEqual(right.OutgoingVoters)
            && left.Learners.SequenceEqual(right.Learners)
            && left.LearnersNext.SequenceEqual(right.LearnersNext);

    /// <summary>The entry there, the last one, holds a membership.</summary>
    public void Add(LogIndex index, Membership membership) => _memberships.Add((index, membership));

    /// <summary>The entries from <paramref name="first"/> on are dropped.</summary>
    public void TruncateFrom(LogIndex first)
    {
        while (_memberships.Count > 0 && _memberships[^1].Index >= first)
        {
            _memberships.RemoveAt(_memberships.Count - 1);
        }
    }

    /// <summary>The entries up to <paramref name="index"/> are forgotten.</summary>
    public void CompactTo(LogIndex index, Membership membership)
    {
        var dropped = 0;
        while (dropped < _memberships.Count && _memberships[dropped].Index <= index)
        {
            dropped++;
        }

        _memberships.RemoveRange(0, dropped);
        (_base, _baseMembership) = (index, membership);
    }

    /// <summary>All entries are forgotten.</summary>
    public void ResetTo(LogIndex index, Membership membership)
    {
        _memberships.Clear();
        (_base, _baseMembership) = (index, membership);
    }

    /// <summary>Entries take the place of damaged ones: their memberships are known now.</summary>
    public void Rewrite(LogIndex first, ReadOnlySpan<EntryHeader> entries)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            var index = first + (ulong)i;
            _memberships.RemoveAll(held => held.Index == index);
            if (entries[i].Membership is { } membership)
            {
                var place = _memberships.FindLastIndex(held => held.Index < index) + 1;
                _memberships.Insert(place, (index, membership));
            }
        }
    }
}
