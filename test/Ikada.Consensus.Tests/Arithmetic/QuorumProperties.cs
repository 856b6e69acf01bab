using CsCheck;

namespace Ikada.Consensus.Tests.Arithmetic;

/// <summary>
/// The arithmetic of majorities against a second, naive algorithm: count for each candidate.
/// </summary>
public sealed class QuorumProperties
{
    private static readonly Gen<ulong[]> Acknowledged = Gen.ULong[0, 12].Array[1, 20];

    private static readonly Gen<(int Voters, int Yes, int No)> Election =
        from voters in Gen.Int[0, 9]
        from yes in Gen.Int[0, voters]
        from no in Gen.Int[0, voters - yes]
        select (voters, yes, no);

    [Fact]
    public void The_committed_index_is_the_highest_that_more_than_half_have_acknowledged() =>
        Acknowledged.Sample(acknowledged =>
            Assert.Equal(NaiveCommitted(acknowledged), Committed(acknowledged)));

    [Fact]
    public void The_committed_index_does_not_depend_on_the_order_of_the_voters() =>
        Acknowledged.Select(each => (each, Gen.Shuffle(each).Single())).Sample(pair =>
            Assert.Equal(Committed(pair.each), Committed(pair.Item2)));

    [Fact]
    public void Another_acknowledgement_never_lowers_the_committed_index() =>
        (from acknowledged in Acknowledged
         from place in Gen.Int[0, acknowledged.Length - 1]
         from more in Gen.ULong[0, 5]
         select (acknowledged, place, more)).Sample(each =>
        {
            ulong[] raised = [.. each.acknowledged];
            raised[each.place] += each.more;
            Assert.True(Committed(raised) >= Committed(each.acknowledged));
        });

    [Fact]
    public void In_a_joint_state_the_lower_of_both_halves_is_committed() =>
        (from incoming in Acknowledged
         from outgoing in Gen.ULong[0, 12].Array[0, 9]
         select (incoming, outgoing)).Sample(each =>
        {
            var joint = Math.Min(Committed(each.incoming), Committed(each.outgoing));
            var naive = 0ul;
            for (var index = 0ul; index <= 12; index++)
            {
                naive = HasMajority(each.incoming, index) && HasMajority(each.outgoing, index)
                    ? index : naive;
            }

            Assert.Equal(naive, joint);
        });

    [Fact]
    public void Any_two_majorities_share_a_voter() =>
        Gen.Int[1, 1000].Sample(voters => Assert.True(2 * Quorum.MajorityOf(voters) > voters));

    [Fact]
    public void A_majority_is_no_larger_than_needed() =>
        Gen.Int[1, 1000].Sample(voters => Assert.True(2 * (Quorum.MajorityOf(voters) - 1) <= voters));

    [Fact]
    public void An_election_is_won_if_it_would_be_whatever_the_silent_say_and_lost_if_it_never_can_be() =>
        Election.Sample(each =>
        {
            var silent = each.Voters - each.Yes - each.No;
            var wonByNow = each.Voters == 0 || 2 * each.Yes > each.Voters;
            var canBeWon = each.Voters == 0 || 2 * (each.Yes + silent) > each.Voters;
            var expected = wonByNow ? VoteResult.Won : canBeWon ? VoteResult.Pending : VoteResult.Lost;

            Assert.Equal(expected, Quorum.Tally(each.Voters, each.Yes, each.No));
        });

    [Fact]
    public void A_joint_election_needs_both_halves() =>
        Gen.Select(Election, Election).Sample((incoming, outgoing) =>
        {
            var left = Quorum.Tally(incoming.Voters, incoming.Yes, incoming.No);
            var right = Quorum.Tally(outgoing.Voters, outgoing.Yes, outgoing.No);
            var result = Quorum.Both(left, right);

            Assert.Equal(left == VoteResult.Won && right == VoteResult.Won, result == VoteResult.Won);
            Assert.Equal(left == VoteResult.Lost || right == VoteResult.Lost, result == VoteResult.Lost);
        });

    [Fact]
    public void An_empty_set_is_the_neutral_half()
    {
        Assert.Equal(ulong.MaxValue, Committed([]));
        Assert.Equal(VoteResult.Won, Quorum.Tally(0, 0, 0));
    }

    private static ulong Committed(ulong[] acknowledged) =>
        Quorum.CommittedIndex([.. acknowledged.Select(index => new LogIndex(index))]).Value;

    private static ulong NaiveCommitted(ulong[] acknowledged)
    {
        var committed = 0ul;
        foreach (var candidate in acknowledged)
        {
            committed = HasMajority(acknowledged, candidate) ? Math.Max(committed, candidate) : committed;
        }

        return committed;
    }

    private static bool HasMajority(ulong[] acknowledged, ulong index) =>
        acknowledged.Length == 0 || 2 * acknowledged.Count(each => each >= index) > acknowledged.Length;
}
