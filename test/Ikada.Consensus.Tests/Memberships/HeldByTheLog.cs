namespace Ikada.Consensus.Tests.Memberships;

/// <summary>Which membership is in force where in the log (§6), apart from everything else.</summary>
public sealed class HeldByTheLog
{
    private static readonly Membership Three = NodeSetup.VotersOf(3);
    private static readonly Membership Four = NodeSetup.VotersOf(4);
    private static readonly Membership Five = NodeSetup.VotersOf(5);

    [Fact]
    public void Each_change_is_counted_against_the_membership_before_it()
    {
        var held = Holding((2, Four), (4, Three), (6, NodeSetup.VotersOf(3)), (7, Five));

        Assert.Equal(3, held.ChangesAfter(default));
        Assert.Equal(2, held.ChangesAfter(new LogIndex(2)));
        Assert.Equal(1, held.ChangesAfter(new LogIndex(4)));
        Assert.Equal(0, held.ChangesAfter(new LogIndex(7)));
    }

    [Fact]
    public void Compaction_forgets_the_entry_at_its_end_and_keeps_the_next()
    {
        var held = Holding((2, Four), (3, Five));

        held.CompactTo(new LogIndex(2), Four);

        Assert.False(held.HasAt(new LogIndex(2)));
        Assert.True(held.HasAt(new LogIndex(3)));
        Assert.Equal(1, held.ChangesAfter(default));
        Assert.Same(Four, held.At(new LogIndex(2)));
        Assert.Same(Five, held.Newest);
    }

    [Fact]
    public void What_takes_the_place_of_the_whole_log_leaves_none_of_its_memberships()
    {
        var held = Holding((2, Four), (3, Five));

        held.ResetTo(new LogIndex(9), Three);

        Assert.Same(Three, held.Newest);
        Assert.Equal(9ul, held.NewestIndex.Value);
        Assert.False(held.HasAt(new LogIndex(3)));
    }

    [Fact]
    public void A_repaired_entry_brings_its_membership_to_its_place_and_replaces_what_stood_there()
    {
        var held = Holding((2, Four), (6, Five));

        held.Rewrite(new LogIndex(3), [default, Header(Three), default]);
        Assert.Same(Four, held.At(new LogIndex(3)));
        Assert.Same(Three, held.At(new LogIndex(4)));
        Assert.Same(Five, held.Newest);
        Assert.Equal(3, held.ChangesAfter(default));

        held.Rewrite(new LogIndex(4), [Header(Five)]);
        Assert.Same(Five, held.At(new LogIndex(4)));
        Assert.Equal(2, held.ChangesAfter(default));
        held.Rewrite(new LogIndex(4), [default]);
        Assert.Same(Four, held.At(new LogIndex(5)));
    }

    private static EntryHeader Header(Membership membership) => TestEntry.Of(1, membership).Header;

    private static LogMemberships Holding(params (ulong Index, Membership Membership)[] entries)
    {
        var held = new LogMemberships(default, Three);
        foreach (var (index, membership) in entries)
        {
            held.Add(new LogIndex(index), membership);
        }

        return held;
    }
}
