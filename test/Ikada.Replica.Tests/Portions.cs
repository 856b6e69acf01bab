namespace Ikada.Replica.Tests;

/// <summary>What a host relies on: committed entries come in bounded portions, each once and in
/// order.</summary>
public sealed class Portions
{
    [Fact]
    [Covers("CommitPagination")]
    public void Committed_entries_are_applied_in_bounded_portions()
    {
        var cluster = Led(new ReplicaOptions { ApplyEntriesMax = 3 });
        cluster[1].HoldsApply = true;
        for (var i = 0; i < 10; i++)
        {
            cluster[1].Propose($"w{i}");
        }

        cluster.Settle();
        cluster[1].HoldsApply = false;
        cluster[1].Run();

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"w{i}"), cluster[1].Machine.Commands);
        Assert.InRange(cluster[1].Machine.LargestRequest, 1, 3);
    }

    [Fact]
    [Covers("CommitPagination")]
    public void Portions_are_bounded_in_bytes_and_a_larger_entry_goes_alone()
    {
        var cluster = Led(new ReplicaOptions { ApplyBytesMax = 100 });
        cluster[1].HoldsApply = true;
        string[] commands = [new('a', 60), new('b', 60), new('c', 500), new('d', 10), new('e', 10)];
        foreach (var command in commands)
        {
            cluster[1].Propose(command);
        }

        cluster.Settle();
        cluster[1].HoldsApply = false;
        cluster[1].Run();

        Assert.Equal(commands, cluster[1].Machine.Commands);
        Assert.Equal(2, cluster[1].Machine.LargestRequest);
    }

    [Fact]
    [Covers(
        "CommitPaginationAfterRestart",
        Note = "Apply reads what is committed from the log again, in portions, as "
        + "after a restart: the tail in memory is empty.")]
    public void Portions_read_back_from_the_disk_leave_no_gap()
    {
        var cluster = Led(new ReplicaOptions { ApplyEntriesMax = 4, ApplyBytesMax = 8 }, tailBytes: 0);
        cluster[1].HoldsApply = true;
        for (var i = 0; i < 30; i++)
        {
            cluster[1].Propose($"w{i:00}");
            cluster.Settle();
        }

        cluster[1].HoldsApply = false;
        cluster[1].Run();
        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"w{i:00}"), cluster[1].Machine.Commands);
        Assert.InRange(cluster[1].Machine.LargestRequest, 1, 4);
    }

    [Fact]
    [Covers("DisableProposalForwarding")]
    public void A_node_that_does_not_forward_refuses_and_says_who_leads()
    {
        var cluster = Led(new ReplicaOptions { ForwardsProposals = false });

        var refused = cluster[2].Propose("a");
        var taken = cluster[1].Propose("b");
        cluster.Settle();

        Assert.Equal((OutcomeKind.Refused, Refusal.NotLeader), (refused.Kind, refused.Refusal));
        Assert.Equal(cluster[1].Id, Assert.Single(refused.Outcomes).Leader);
        Assert.Equal(OutcomeKind.Applied, taken.Kind);
        Assert.Equal(["b"], cluster[1].Machine.Commands);
    }

    private static ReplicaCluster Led(ReplicaOptions options, long tailBytes = 1 << 20)
    {
        var cluster = new ReplicaCluster(3, options, tailBytes);
        cluster.Elect(1);
        cluster.RunFor(TimeSpan.FromMilliseconds(200));
        return cluster;
    }
}
