namespace Ikada.Replica.Tests;

/// <summary>Replicas whose logs have no room for commands (DESIGN §7, No space).</summary>
public sealed class FullLogs
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_write_that_is_refused_for_want_of_space_says_so_at_every_node()
    {
        var cluster = Led();
        Fill(cluster, true, 2, 3, 1);

        var atLeader = cluster[1].Propose("a");
        var atFollower = cluster[2].Propose("b");
        cluster.Settle();

        Assert.Equal((OutcomeKind.Refused, Refusal.NoSpace), (atLeader.Kind, atLeader.Refusal));
        Assert.Equal((OutcomeKind.Refused, Refusal.NoSpace), (atFollower.Kind, atFollower.Refusal));
        Assert.All(cluster.Nodes, node => Assert.True(node.Replica.Status.IsFull));

        Fill(cluster, false, 2, 3, 1);
        var later = cluster[2].Propose("c");
        cluster.Settle();
        cluster.RunFor(Second);
        Assert.Equal(OutcomeKind.Applied, later.Kind);
        Assert.All(cluster.Nodes, node => Assert.Equal(["c"], node.Machine.Commands));
    }

    [Fact]
    public void A_full_follower_writes_what_stands_before_the_first_command_and_the_rest_when_it_can()
    {
        var cluster = Led();
        cluster.Isolate(3);
        cluster[1].Propose("a");
        cluster.Settle();
        Fill(cluster, true, 3);
        cluster.Heal();
        cluster.RunFor(Second);

        Assert.Equal(new LogIndex(1), cluster[3].Replica.Status.Durable);
        Assert.Empty(cluster[3].Machine.Commands);
        Fill(cluster, false, 3);
        cluster.RunFor(Second);
        Assert.Equal(["a"], cluster[3].Machine.Commands);
    }

    [Fact]
    public void A_full_leader_hands_over_and_refuses_its_own_clients_while_others_go_on()
    {
        var cluster = Led();
        Fill(cluster, true, 1);
        cluster.RunFor(Second);
        Assert.NotEqual(Role.Leader, cluster[1].Replica.Status.Role);

        // It could not apply what it cannot log, and so never knows the result.
        Assert.Equal(Refusal.NoSpace, cluster[1].Propose("a").Refusal);
        foreach (var id in (int[])[2, 3])
        {
            var write = cluster[id].Propose($"at {id}");
            cluster.Settle();
            cluster.RunFor(Second);
            Assert.Equal(OutcomeKind.Applied, write.Kind);
        }

        Fill(cluster, false, 1);
        cluster.RunFor(Second);
        Assert.Equal(["at 2", "at 3"], cluster[1].Machine.Commands);
    }

    private static ReplicaCluster Led()
    {
        var cluster = new ReplicaCluster(3);
        cluster.Elect(1);
        return cluster;
    }

    private static void Fill(ReplicaCluster cluster, bool isFull, params int[] ids)
    {
        foreach (var id in ids)
        {
            cluster[id].Replica.SpaceChanged(cluster.Now, isFull);
            cluster.Settle();
        }
    }
}
