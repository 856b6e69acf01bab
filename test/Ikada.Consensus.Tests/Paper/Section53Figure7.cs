namespace Ikada.Consensus.Tests.Paper;

/// <summary>
/// §5.3, figure 7: whatever a follower's log looks like, the leader brings it to equal its own.
/// </summary>
public sealed class Section53Figure7
{
    private static readonly ulong[] LeaderLog = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];

    private static readonly Dictionary<char, ulong[]> Followers = new()
    {
        ['a'] = [1, 1, 1, 4, 4, 5, 5, 6, 6],
        ['b'] = [1, 1, 1, 4],
        ['c'] = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
        ['d'] = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
        ['e'] = [1, 1, 1, 4, 4, 4, 4],
        ['f'] = [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    };

    [Theory]
    [InlineData('a')]
    [InlineData('b')]
    [InlineData('c')]
    [InlineData('d')]
    [InlineData('e')]
    [InlineData('f')]
    [Covers("LeaderSyncFollowerLog")]
    public void Section_5_3_figure_7_the_leader_brings_each_shape_of_log_to_its_own(char shape)
    {
        // The third node has an empty log; its vote makes the election.
        var cluster = new TestCluster(3, setup => setup with
        {
            Term = 7,
            Log = TestEntry.OfTerms(1, setup.Id == 1 ? LeaderLog : setup.Id == 2 ? Followers[shape] : []),
        });

        cluster.Campaign(1);

        Assert.Equal(Role.Leader, cluster[1].Role);
        Assert.Equal(8ul, cluster[1].Term);
        cluster.Propose(1, "x");
        Assert.Equal([.. LeaderLog, 8, 8], cluster[2].Terms);
        cluster.AssertConverged();
    }

    [Fact]
    [Covers("LeaderSyncFollowerLog")]
    [Covers("story: probe_and_replicate")]
    public void Section_5_3_figure_7_all_six_at_once()
    {
        var shapes = "abcdef";
        var cluster = new TestCluster(7, setup => setup with
        {
            Term = 7,
            Log = TestEntry.OfTerms(1, setup.Id == 1 ? LeaderLog : Followers[shapes[setup.Id - 2]]),
        });

        cluster.Campaign(1);

        // c and d hold more than the leader and deny it their votes; four others do not.
        Assert.Equal(Role.Leader, cluster[1].Role);
        cluster.AssertConverged();
        Assert.Equal([.. LeaderLog, 8], cluster[7].Terms);
    }

    [Fact]
    [Covers("FastLogRejection")]
    public void Section_5_3_a_hint_skips_whole_terms_rather_than_one_entry_a_time()
    {
        ulong[] behind = [.. Enumerable.Repeat(1ul, 3), .. Enumerable.Repeat(2ul, 100),
            .. Enumerable.Repeat(3ul, 100)];
        ulong[] ahead = [.. Enumerable.Repeat(1ul, 3), .. Enumerable.Repeat(4ul, 200)];
        var cluster = new TestCluster(3, setup => setup with
        {
            Term = 4,
            Log = TestEntry.OfTerms(1, setup.Id == 2 ? behind : ahead),
        });
        var refusals = 0;
        var judge = cluster[2].OnEffect;
        cluster[2].OnEffect = (node, effect) =>
        {
            judge?.Invoke(node, effect);
            refusals += effect.Message.Type == MessageType.AppendReply && effect.Message.Reject ? 1 : 0;
        };

        cluster.Campaign(1);

        cluster.AssertConverged();
        Assert.InRange(refusals, 1, 3);
    }
}
