namespace Ikada.Consensus.Tests.Paper;

/// <summary>§5.2: randomized election timeouts, so that split votes are rare.</summary>
public sealed class Section52Timeouts
{
    private const int Seeds = 1000;
    private static readonly TimeSpan ElectionTimeout = new ConsensusOptions().ElectionTimeout;

    [Fact]
    [Covers("FollowerElectionTimeoutRandomized", "PastElectionTimeout")]
    public void Section_5_2_a_followers_timeout_is_spread_over_T_to_2T() =>
        AssertSpread(seed => TimeoutOf(Follower(seed)));

    [Fact]
    [Covers("CandidateElectionTimeoutRandomized")]
    public void Section_5_2_a_candidates_timeout_is_spread_over_T_to_2T() =>
        AssertSpread(seed => TimeoutOf(Candidate(seed)));

    [Fact]
    public void Section_5_2_a_follower_draws_a_new_timeout_each_time_it_hears_the_leader()
    {
        var node = Follower(1);
        var drawn = new HashSet<TimeSpan>();
        for (var beat = 0; beat < 100; beat++)
        {
            node.Receive(Make.Heartbeat(from: 2, term: 1));
            drawn.Add(TimeoutOf(node));
        }

        Assert.True(drawn.Count > 90, $"{drawn.Count} different timeouts in 100");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [Covers("FollowersElectionTimeoutNonconflict")]
    public void Section_5_2_followers_rarely_time_out_together(int size) =>
        AssertRarelyTogether(size, Follower);

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [Covers("CandidatesElectionTimeoutNonconflict")]
    public void Section_5_2_candidates_rarely_time_out_together(int size) =>
        AssertRarelyTogether(size, Candidate);

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Section_5_2_a_split_vote_ends_since_candidates_time_out_apart(int size)
    {
        var cluster = new TestCluster(size);
        cluster.RunFor(TimeSpan.FromSeconds(20));

        Assert.NotNull(cluster.Leader);
    }

    private static TestNode Follower(ulong seed) => new(new NodeSetup { Seed = seed });

    private static TestNode Candidate(ulong seed)
    {
        var node = Follower(seed);
        node.PassDeadline();
        node.Receive(Make.PreVoteReply(from: 2, term: 1));
        Assert.Equal(Role.Candidate, node.Role);
        return node;
    }

    private static TimeSpan TimeoutOf(TestNode node) => node.Core.NextDeadline - node.Now;

    private static void AssertRarelyTogether(int size, Func<ulong, TestNode> make)
    {
        var conflicts = 0;
        for (var round = 0; round < Seeds; round++)
        {
            TimeSpan[] timeouts =
            [
                .. Enumerable.Range(0, size).Select(id =>
                    TimeoutOf(make((ulong)((round * size) + id)))).Order(),
            ];
            conflicts += timeouts[1] - timeouts[0] < TimeSpan.FromMilliseconds(10) ? 1 : 0;
        }

        // Independent draws fall within 10 ms of the first in about size - 1 percent of the rounds.
        Assert.True(conflicts < Seeds * 2 * size / 100, $"{conflicts} conflicts in {Seeds} rounds");
    }

    private static void AssertSpread(Func<ulong, TimeSpan> timeoutOf)
    {
        var tenths = new int[10];
        for (var seed = 0ul; seed < Seeds; seed++)
        {
            var timeout = timeoutOf(seed);
            Assert.InRange(timeout, ElectionTimeout, (2 * ElectionTimeout) - TimeSpan.FromTicks(1));
            tenths[(int)((timeout - ElectionTimeout) * 10 / ElectionTimeout)]++;
        }

        Assert.All(tenths, count => Assert.InRange(count, Seeds / 20, Seeds / 5));
    }
}
