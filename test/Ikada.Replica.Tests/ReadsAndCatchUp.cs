namespace Ikada.Replica.Tests;

/// <summary>
/// Reads wait for the state machine; followers that are behind the tail in memory are fed from the disk.
/// </summary>
public sealed class ReadsAndCatchUp
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_read_is_ready_once_all_that_was_committed_when_it_began_is_applied_here(int at)
    {
        var cluster = Led();
        cluster[at].HoldsApply = true;
        cluster[1].Propose("a");
        cluster.RunFor(TimeSpan.FromMilliseconds(200));

        var read = cluster[at].Read();
        cluster.Settle();
        Assert.Empty(read.Outcomes);
        cluster[at].HoldsApply = false;
        cluster[at].Run();

        var outcome = Assert.Single(read.Outcomes);
        Assert.True(outcome.Ready);
        Assert.Equal(2ul, outcome.Index.Value);
        Assert.Equal(["a"], cluster[at].Machine.Commands);
    }

    [Fact]
    public void A_forwarded_read_whose_connection_broke_is_refused()
    {
        var cluster = Led();
        var read = cluster[2].Read();

        cluster[2].Replica.ConnectionClosed(cluster[2].Now, cluster[1].Id);

        var outcome = Assert.Single(read.Outcomes);
        Assert.Equal((false, Refusal.LeadershipLost), (outcome.Ready, outcome.Refusal));
    }

    [Fact]
    public void A_forwarded_read_that_could_not_be_queued_is_refused()
    {
        var cluster = Led();
        cluster[2].FullFor = MessageType.ForwardRead;

        Assert.Equal(Refusal.Overloaded, Assert.Single(cluster[2].Read().Outcomes).Refusal);
    }

    [Fact]
    public void A_follower_behind_the_tail_in_memory_is_fed_from_the_disk()
    {
        var cluster = Led(tailBytes: 0);
        cluster.Isolate(3);
        for (var i = 0; i < 20; i++)
        {
            cluster[1].Propose($"w{i}");
            cluster.Settle();
        }

        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(2));

        Assert.Equal(cluster[1].Machine.Commands, cluster[3].Machine.Commands);
        Assert.Equal(20, cluster[3].Machine.Commands.Count);
    }

    [Fact]
    public void A_read_from_the_disk_that_outlives_its_leadership_does_not_hold_up_the_next()
    {
        var cluster = Led(tailBytes: 0);
        cluster.Isolate(3);
        for (var i = 0; i < 20; i++)
        {
            cluster[1].Propose($"w{i}");
            cluster.Settle();
        }

        // The reads for node 3 stay away for several heartbeats, while node 1 is deposed and elected again.
        cluster[1].HoldsReads = true;
        cluster.Heal();
        cluster.RunFor(TimeSpan.FromMilliseconds(600));
        Assert.True(cluster[1].HeldReads > 0);
        var term = cluster[1].Replica.Status.Term;
        cluster[1].Receive(new Message
        {
            Type = MessageType.Heartbeat, From = cluster[2].Id, To = cluster[1].Id, Term = term.Next,
        });
        cluster.Isolate(2);
        cluster.RunFor(TimeSpan.FromMilliseconds(10));
        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(1));
        cluster.Elect(1);
        cluster[1].ReleaseReads();
        cluster.RunFor(TimeSpan.FromSeconds(2));

        Assert.Equal(20, cluster[3].Machine.Commands.Count);
        Assert.Equal(cluster[1].Replica.Status.Last, cluster[3].Replica.Status.Last);
    }

    private static ReplicaCluster Led(long tailBytes = 1 << 20)
    {
        var cluster = new ReplicaCluster(3, tailBytes: tailBytes);
        cluster.Elect(1);
        cluster.RunFor(TimeSpan.FromMilliseconds(200));
        return cluster;
    }
}
