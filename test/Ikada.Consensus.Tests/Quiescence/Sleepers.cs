namespace Ikada.Consensus.Tests.Quiescence;

/// <summary>Groups that may sleep after half a second of nothing.</summary>
internal static class Sleepers
{
    public static readonly TimeSpan After = TimeSpan.FromMilliseconds(500);

    public static readonly ConsensusOptions Options = new() { QuiesceAfter = After };

    /// <summary>A cluster that node 1 leads, all of it asleep.</summary>
    public static TestCluster Asleep(Func<NodeSetup, NodeSetup>? change = null)
    {
        var cluster = Awake(change);
        cluster.RunFor(TimeSpan.FromSeconds(1));
        Assert.All(cluster.Nodes, node => Assert.True(node.Core.IsAsleep));
        return cluster;
    }

    /// <summary>A cluster that node 1 has just begun to lead.</summary>
    public static TestCluster Awake(Func<NodeSetup, NodeSetup>? change = null)
    {
        var cluster = new TestCluster(3, setup =>
        {
            setup = setup with { Options = Options };
            return change?.Invoke(setup) ?? setup;
        });
        cluster.Pass(TimeSpan.FromSeconds(2));
        cluster.Campaign(1);
        cluster.Campaign(1);
        Assert.Equal((Role.Leader, 1ul), (cluster[1].Role, cluster[1].Term));
        return cluster;
    }

    /// <summary>The leader of <see cref="Asleep"/> alone.</summary>
    public static TestNode Leader() => Alone(Asleep()[1]);

    /// <summary>A sleeping follower of node 1, with connections open.</summary>
    public static TestNode Follower() => Alone(Asleep()[2]);

    public static Message Quiesce(int from, ulong term, ulong commit) => new()
    {
        Type = MessageType.Quiesce, From = Make.Id(from), Term = new Term(term),
        Commit = new LogIndex(commit),
    };

    private static TestNode Alone(TestNode node)
    {
        // Nobody judges it by its cluster any more.
        node.OnEffect = null;
        return node;
    }
}
