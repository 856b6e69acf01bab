namespace Ikada.Consensus.Tests.Paper;

/// <summary>
/// §5.4.2, figure 8: an entry of an earlier term on a majority may still be overwritten; it is safe only
/// once an entry of the leader's own term follows it there.
/// </summary>
public sealed class Section54Figure8
{
    // Larger than a batch, so that it travels apart from what follows it.
    private static readonly TestEntry Second = new(2, new string('2', 1024));
    private static readonly TestEntry First = new(1, "1");
    private static readonly TestEntry Third = new(3, "3");

    [Fact]
    [Covers("CannotCommitWithoutNewTermEntry")]
    public void Section_5_4_2_figure_8_d_an_older_entry_on_a_majority_is_not_committed_and_can_be_lost()
    {
        var cluster = AtStepC();
        Assert.Equal(1ul, cluster[1].Commit);

        cluster.Crash(1);
        cluster.Pool.Clear();
        cluster.Heal();
        // The first try teaches S5 the term of the others, the second wins.
        cluster.Campaign(5);
        cluster.Campaign(5);
        Assert.Equal(Role.Leader, cluster[5].Role);
        cluster.Restart(1, seed: 77);
        cluster.RunFor(TimeSpan.FromSeconds(5));

        cluster.AssertConverged();
        Assert.Equal(Third, cluster[1].Log[1]);
    }

    [Fact]
    public void Section_5_4_2_figure_8_e_once_an_entry_of_the_own_term_is_on_a_majority_both_are_safe()
    {
        var cluster = AtStepC();
        cluster.Settle();
        Assert.Equal(3ul, cluster[1].Commit);

        cluster.Crash(1);
        cluster.Heal();
        cluster.Campaign(5);
        cluster.Campaign(5);

        Assert.NotEqual(Role.Leader, cluster[5].Role);
        cluster.RunFor(TimeSpan.FromSeconds(20));
        Assert.NotNull(cluster.Leader);
        Assert.NotEqual(5, (int)cluster.Leader.Id.Value);
        Assert.Equal(Second, cluster[5].Log[1]);
    }

    // S1 leads term 4 and has brought its entry of term 2 to S3: it stands on S1, S2 and S3.
    private static TestCluster AtStepC()
    {
        var cluster = new TestCluster(5, setup => setup with
        {
            Term = 3,
            Commit = 1,
            Options = new ConsensusOptions { AppendBytesMax = 1024 },
            Log = setup.Id switch
            {
                1 or 2 => [First, Second],
                5 => [First, Third],
                _ => [First],
            },
        });
        cluster.Isolate(5);
        cluster.Cut(1, 4);
        Win(cluster);
        // Nothing but S3's share of the replication passes.
        for (var i = 0; i < 20 && cluster[3].Log.Count < 2; i++)
        {
            DeliverFirst(cluster, between: 3);
        }

        Assert.Equal([First, Second], cluster[3].Log);
        DeliverFirst(cluster, between: 3);
        return cluster;
    }

    private static void Win(TestCluster cluster)
    {
        cluster.Pass(TimeSpan.FromSeconds(3));
        cluster.Do(1, node => node.Tick());
        for (var i = 0; i < 50 && cluster[1].Role != Role.Leader; i++)
        {
            cluster.Deliver(0);
        }

        Assert.Equal(Role.Leader, cluster[1].Role);
        Assert.Equal(4ul, cluster[1].Term);
    }

    private static void DeliverFirst(TestCluster cluster, int between)
    {
        var place = cluster.Pool.FindIndex(each =>
            each.Type is MessageType.Append or MessageType.AppendReply
            && (each.Message.From == Make.Id(between) || each.Message.To == Make.Id(between)));
        Assert.True(place >= 0, "nothing is on its way");
        cluster.Deliver(place);
    }
}
