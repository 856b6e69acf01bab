using Ikada.Replica.Divergence;

namespace Ikada.Replica.Tests.Divergence;

/// <summary>Who is odd, by the reports alone.</summary>
public sealed class Judging
{
    private static readonly NodeId[] Ids = [.. Enumerable.Range(1, 5).Select(id => new NodeId((ulong)id))];
    private readonly StateJudge _judge = new();

    [Fact]
    public void One_voter_of_three_says_nothing_and_two_decide()
    {
        var three = Voters(3);
        Assert.Equal(JudgementKind.Open, Report(three, 1, 10, 0xA).Kind);
        Assert.Equal(JudgementKind.Open, Report(three, 2, 10, 0xB).Kind);
        Assert.Equal(new Judgement(JudgementKind.Majority, 0xB), Report(three, 3, 10, 0xB));
    }

    [Fact]
    public void What_is_reported_of_another_index_does_not_count()
    {
        var three = Voters(3);
        Report(three, 1, 10, 0xA);
        Assert.Equal(JudgementKind.Open, Report(three, 2, 11, 0xA).Kind);
        Assert.Equal(JudgementKind.Majority, Report(three, 2, 10, 0xA).Kind);
    }

    [Fact]
    public void Three_states_of_three_voters_have_no_majority_nor_have_two_of_two()
    {
        var three = Voters(3);
        Report(three, 1, 10, 0xA);
        Report(three, 2, 10, 0xB);
        Assert.Equal(JudgementKind.NoMajority, Report(three, 3, 10, 0xC).Kind);
        Report(Voters(2), 1, 11, 0xA);
        Assert.Equal(JudgementKind.NoMajority, Report(Voters(2), 2, 11, 0xB).Kind);
    }

    [Fact]
    public void Those_that_are_silent_may_still_decide()
    {
        var five = Voters(5);
        Report(five, 1, 10, 0xA);
        Assert.Equal(JudgementKind.Open, Report(five, 2, 10, 0xB).Kind);
        Report(five, 3, 10, 0xB);
        Assert.Equal(new Judgement(JudgementKind.Majority, 0xB), Report(five, 4, 10, 0xB));
    }

    [Fact]
    public void Learners_do_not_count()
    {
        var members = Array.ConvertAll(Ids, id => new Member(id, null, default));
        var membership = new Membership(members, Ids.AsSpan(0, 3), learners: Ids.AsSpan(3, 2));
        Report(membership, 4, 10, 0xB);
        Report(membership, 5, 10, 0xB);
        Assert.Equal(JudgementKind.Open, Report(membership, 1, 10, 0xB).Kind);
        Report(membership, 2, 10, 0xA);
        Assert.Equal(new Judgement(JudgementKind.Majority, 0xA), Report(membership, 3, 10, 0xA));
    }

    [Fact]
    public void Both_halves_of_a_joint_membership_must_agree()
    {
        var members = Array.ConvertAll(Ids, id => new Member(id, null, default));
        var joint = new Membership(members, [Ids[0], Ids[3], Ids[4]], [Ids[0], Ids[1], Ids[2]]);
        Report(joint, 1, 10, 0xA);
        Assert.Equal(JudgementKind.Open, Report(joint, 4, 10, 0xA).Kind);
        Assert.Equal(JudgementKind.Majority, Report(joint, 2, 10, 0xA).Kind);
    }

    [Fact]
    public void A_later_word_takes_the_place_of_an_earlier_one()
    {
        var three = Voters(3);
        Report(three, 1, 10, 0xA);
        Report(three, 2, 10, 0xB);
        Assert.Equal(new Judgement(JudgementKind.Majority, 0xA), Report(three, 2, 10, 0xA));
    }

    [Fact]
    public void An_index_older_than_all_that_are_kept_is_not_judged_any_more()
    {
        var three = Voters(3);
        for (ulong index = 100; index < 140; index++)
        {
            Report(three, 1, index, 0xA);
        }

        Report(three, 1, 50, 0xA);
        Assert.Equal(JudgementKind.Open, Report(three, 2, 50, 0xA).Kind);
        Assert.Equal(JudgementKind.Majority, Report(three, 2, 139, 0xA).Kind);
    }

    [Fact]
    public void The_ring_keeps_marks_longer_than_what_lies_between_them()
    {
        var ring = new HashRing(8);
        for (ulong index = 1; index <= 100; index++)
        {
            ring.Add(new LogIndex(index), index);
        }

        Assert.Equal((new LogIndex(100), 100UL), ring.Newest);
        Assert.Equal((new LogIndex(96), 96UL), ring.NewestMark);
        Assert.True(ring.TryFind(new LogIndex(8), out var old) && old == 8);
        Assert.True(ring.TryFind(new LogIndex(99), out _));
        Assert.False(ring.TryFind(new LogIndex(9), out _));
        ring.Clear();
        Assert.False(ring.TryFind(new LogIndex(96), out _));
        ring.Add(new LogIndex(104), 0);
        Assert.Equal(LogIndex.Zero, ring.Newest.Index);
    }

    private Judgement Report(Membership membership, int id, ulong index, ulong hash) =>
        _judge.Report(membership, Ids[id - 1], new LogIndex(index), hash);

    private static Membership Voters(int count) => new(
        Array.ConvertAll(Ids[..count], id => new Member(id, null, default)), Ids.AsSpan(0, count));
}
