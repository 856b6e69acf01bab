using Ikada.Primitives;

namespace Ikada.Testing.Clusters;

/// <summary>A log with bodies: what a node has in memory, or on its disk.</summary>
public sealed class ClusterLog(LogPosition basePosition, Membership baseMembership)
{
    private readonly List<ClusterEntry> _entries = [];

    /// <summary>The position before the first entry.</summary>
    public LogPosition Base { get; private set; } = basePosition;

    /// <summary>The membership as of <see cref="Base"/>.</summary>
    public Membership BaseMembership { get; private set; } = baseMembership;

    /// <summary>Its entries.</summary>
    public IReadOnlyList<ClusterEntry> Entries => _entries;

    /// <summary>The last index.</summary>
    public LogIndex Last => Base.Index + (ulong)_entries.Count;

    /// <summary>The position at an index from the base on.</summary>
    public LogPosition PositionAt(LogIndex index) =>
        index == Base.Index ? Base : new LogPosition(index, this[index].Term);

    /// <summary>The entry at an index.</summary>
    public ClusterEntry this[LogIndex index] => _entries[(int)(index - Base.Index) - 1];

    /// <summary>Whether an entry stands at an index.</summary>
    public bool Holds(LogIndex index) => index > Base.Index && index <= Last;

    /// <summary>The entries after one index up to another, or null if not all of them can be read.</summary>
    public ClusterEntry[]? Between(LogIndex after, LogIndex upTo)
    {
        if (after < Base.Index || upTo > Last)
        {
            return null;
        }

        ClusterEntry[] entries = [.. _entries[(int)(after - Base.Index)..(int)(upTo - Base.Index)]];
        return entries.Any(entry => entry.IsDamaged) ? null : entries;
    }

    /// <summary>The membership in force at an index.</summary>
    public Membership MembershipAt(LogIndex index)
    {
        for (var at = index; at > Base.Index; at = at.Previous)
        {
            if (this[at].Membership is { } membership)
            {
                return membership;
            }
        }

        return BaseMembership;
    }

    /// <summary>Adds entries at the end.</summary>
    public void Append(IEnumerable<ClusterEntry> entries) => _entries.AddRange(entries);

    /// <summary>Drops the entries from an index on.</summary>
    public void TruncateFrom(LogIndex first)
    {
        var kept = (int)(first - Base.Index) - 1;
        _entries.RemoveRange(kept, _entries.Count - kept);
    }

    /// <summary>Puts an entry in place of another.</summary>
    public void Replace(LogIndex index, ClusterEntry entry) =>
        _entries[(int)(index - Base.Index) - 1] = entry;

    /// <summary>Drops the entries up to an index.</summary>
    public void CompactTo(LogIndex index)
    {
        var membership = MembershipAt(index);
        var position = PositionAt(index);
        _entries.RemoveRange(0, (int)(index - Base.Index));
        (Base, BaseMembership) = (position, membership);
    }

    /// <summary>Starts over after a position.</summary>
    public void Reset(LogPosition position, Membership membership)
    {
        _entries.Clear();
        (Base, BaseMembership) = (position, membership);
    }

    /// <summary>A copy.</summary>
    public ClusterLog Copy()
    {
        var copy = new ClusterLog(Base, BaseMembership);
        copy.Append(_entries);
        return copy;
    }
}
