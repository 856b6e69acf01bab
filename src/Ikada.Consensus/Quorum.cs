using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>How an election stands.</summary>
public enum VoteResult : byte
{
    /// <summary>Neither won nor lost yet.</summary>
    Pending = 0,

    /// <summary>A majority voted yes.</summary>
    Won,

    /// <summary>A majority can no longer be reached.</summary>
    Lost,
}

/// <summary>The arithmetic of majorities, apart from everything else so that it can be proved
/// alone.</summary>
public static class Quorum
{
    private const int OnStackMax = 16;

    /// <summary>How many of <paramref name="voters"/> are a majority.</summary>
    public static int MajorityOf(int voters) => (voters / 2) + 1;

    /// <summary>
    /// The highest index that a majority has acknowledged: the majority-th largest over all voters, those
    /// that never answered included as 0 (§5.3). An empty set acknowledges everything: it is the neutral
    /// half of a joint state.
    /// </summary>
    public static LogIndex CommittedIndex(ReadOnlySpan<LogIndex> acknowledged)
    {
        if (acknowledged.IsEmpty)
        {
            return new LogIndex(ulong.MaxValue);
        }

        var sorted = acknowledged.Length <= OnStackMax
            ? stackalloc LogIndex[acknowledged.Length]
            : new LogIndex[acknowledged.Length];
        acknowledged.CopyTo(sorted);
        SortDescending(sorted);
        return sorted[MajorityOf(sorted.Length) - 1];
    }

    /// <summary>The result of an election among <paramref name="voters"/>, of whom these said yes and no.
    /// An empty set has already elected everybody: it is the neutral half of a joint state.</summary>
    public static VoteResult Tally(int voters, int yes, int no)
    {
        if (voters == 0 || yes >= MajorityOf(voters))
        {
            return VoteResult.Won;
        }

        return voters - no >= MajorityOf(voters) ? VoteResult.Pending : VoteResult.Lost;
    }

    /// <summary>The result of an election that needs both halves of a joint state (diss. §4.3).</summary>
    public static VoteResult Both(VoteResult incoming, VoteResult outgoing) =>
        incoming == VoteResult.Lost || outgoing == VoteResult.Lost ? VoteResult.Lost
        : incoming == VoteResult.Won && outgoing == VoteResult.Won ? VoteResult.Won
        : VoteResult.Pending;

    // Few elements: insertion beats a general sort and needs no comparer.
    private static void SortDescending(Span<LogIndex> values)
    {
        for (var i = 1; i < values.Length; i++)
        {
            var value = values[i];
            var place = i;
            while (place > 0 && values[place - 1] < value)
            {
                values[place] = values[place - 1];
                place--;
            }

            values[place] = value;
        }
    }
}
