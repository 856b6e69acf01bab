namespace Ikada.Replica.Tests;

/// <summary>
/// The three outcomes of a write: applied, refused (nothing happened), unknown (it may still happen).
/// </summary>
public sealed class WriteOutcomes
{
    [Fact]
    [Covers("openraft: apply_single")]
    public void A_write_at_the_leader_is_applied_with_its_result_and_position()
    {
        var cluster = Led();

        var write = cluster[1].Propose("a");
        Assert.Null(write.Kind);
        cluster.Settle();

        Assert.Equal(OutcomeKind.Applied, write.Kind);
        Assert.Equal("done a", write.Result);
        Assert.Equal(new LogPosition(new LogIndex(2), new Term(1)), write.Outcomes[0].Position);
        cluster.RunFor(TimeSpan.FromSeconds(1));
        Assert.All(cluster.Nodes, node => Assert.Equal(["a"], node.Machine.Commands));
    }

    [Fact]
    public void A_write_where_no_leader_is_known_is_refused()
    {
        var cluster = new ReplicaCluster(3);

        var write = cluster[1].Propose("a");

        Assert.Equal((OutcomeKind.Refused, Refusal.NoLeader), (write.Kind, write.Refusal));
    }

    [Fact]
    public void A_write_that_its_leader_had_not_committed_when_it_stepped_down_is_unknown()
    {
        var cluster = Led();
        cluster.Isolate(1);
        var write = cluster[1].Propose("a");

        cluster.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(OutcomeKind.Unknown, write.Kind);
    }

    [Fact]
    public void A_write_committed_but_not_applied_yet_is_applied_even_if_leadership_ends_meanwhile()
    {
        var cluster = Led();
        cluster[1].HoldsApply = true;
        var write = cluster[1].Propose("a");
        cluster.Settle();
        Assert.Null(write.Kind);

        cluster.Isolate(1);
        cluster.RunFor(TimeSpan.FromSeconds(5));
        Assert.NotEqual(Role.Leader, cluster[1].Replica.Status.Role);
        cluster[1].HoldsApply = false;
        cluster[1].Run();

        Assert.Equal(OutcomeKind.Applied, write.Kind);
    }

    [Fact]
    public void Writes_of_one_batch_keep_their_order()
    {
        var cluster = Led();
        Write[] writes = [.. Enumerable.Range(0, 100).Select(i => new Write($"w{i}"))];
        foreach (var write in writes)
        {
            cluster[1].Replica.Propose(write);
        }

        cluster[1].Run();
        cluster.Settle();

        Assert.All(writes, write => Assert.Equal(OutcomeKind.Applied, write.Kind));
        Assert.Equal(writes.Length, cluster[1].Machine.Commands.Count);
        Assert.Equal(["w0", "w1", "w2"], cluster[1].Machine.Commands[..3]);
    }

    [Fact]
    public void An_entry_committed_but_not_durable_here_is_not_applied_here()
    {
        var cluster = Led();
        cluster[1].HoldsDisk = true;
        var write = cluster[1].Propose("a");
        cluster.Settle();
        Assert.Equal(2ul, cluster[1].Replica.Status.Commit.Value);
        Assert.Null(write.Kind);

        cluster[1].HoldsDisk = false;
        cluster[1].Run();

        Assert.Equal(OutcomeKind.Applied, write.Kind);
    }

    private static ReplicaCluster Led()
    {
        var cluster = new ReplicaCluster(3);
        cluster.Elect(1);
        cluster.RunFor(TimeSpan.FromMilliseconds(200));
        return cluster;
    }
}
