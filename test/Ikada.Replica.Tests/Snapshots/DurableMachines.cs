namespace Ikada.Replica.Tests.Snapshots;

/// <summary>State machines that keep their state durably by themselves.</summary>
public sealed class DurableMachines
{
    private static readonly ReplicaOptions Often = new() { SnapshotEntries = 10, RetainedEntriesMin = 0 };

    [Fact]
    public void A_restart_applies_exactly_what_lies_behind_the_durable_index()
    {
        var cluster = Alone(new ReplicaOptions());
        TakingSnapshots.Write(cluster[1], 8);
        cluster[1].Machine.Flush();
        var durable = cluster[1].Machine.AppliedIndex;
        TakingSnapshots.Write(cluster[1], 5);
        var expected = cluster[1].Machine.Commands;

        var node = cluster.Restart(1);
        Assert.Equal(durable, node.Opened.Applied);
        Assert.Equal(durable, node.Opened.DurableApplied);
        cluster.Elect(1);

        Assert.Equal(durable.Next, node.Machine.FirstGiven);
        Assert.Equal(expected, node.Machine.Commands);
        Assert.Equal(0, node.Machine.Restores);
    }

    [Fact]
    public void A_restart_needs_no_snapshot_that_is_older_than_the_durable_index()
    {
        var cluster = Alone(Often);
        TakingSnapshots.Write(cluster[1], 15);
        cluster[1].Machine.Flush();
        TakingSnapshots.Write(cluster[1], 2);
        var expected = cluster[1].Machine.Commands;
        Assert.True(cluster[1].Replica.Status.SnapshotIndex.Value > 0);

        var node = cluster.Restart(1);
        cluster.Elect(1);

        Assert.Equal(0, node.Machine.Restores);
        Assert.Equal(expected, node.Machine.Commands);
    }

    [Fact]
    public void The_log_is_not_compacted_beyond_the_durable_index_and_is_once_that_has_followed()
    {
        var node = Alone(Often)[1];
        TakingSnapshots.Write(node, 5);
        node.Machine.Flush();

        TakingSnapshots.Write(node, 12);

        Assert.Equal(6ul, node.Replica.Status.DurableApplied?.Value);
        Assert.Equal(6ul, node.Group.Base.Index.Value);
        node.Machine.Flush();
        TakingSnapshots.Write(node, 1);
        Assert.Equal(10ul, node.Group.Base.Index.Value);
    }

    [Fact]
    public void While_nothing_is_durable_nothing_is_compacted()
    {
        var node = Alone(Often)[1];

        TakingSnapshots.Write(node, 35);

        Assert.True(node.Replica.Status.SnapshotIndex.Value > 0);
        Assert.Equal(0ul, node.Group.Base.Index.Value);
    }

    [Fact]
    public void A_snapshot_that_is_newer_than_the_durable_index_is_restored()
    {
        var cluster = Alone(Often);
        TakingSnapshots.Write(cluster[1], 12);
        var expected = cluster[1].Machine.Commands;

        var node = cluster.Restart(1);
        cluster.Elect(1);

        Assert.Equal(1, node.Machine.Restores);
        Assert.Equal(10ul, node.Files!.Applied.Value);
        Assert.Equal(expected, node.Machine.Commands);
    }

    [Fact]
    public void A_view_is_let_go_of_when_it_is_written_and_when_it_could_not_be()
    {
        var node = Alone(Often)[1];
        TakingSnapshots.Write(node, 12);
        Assert.True(node.Replica.Status.SnapshotIndex.Value > 0);
        Assert.Equal(0, node.Machine.HeldViews);

        node.Disk.WriteFails = name => name.StartsWith("snapshot-", StringComparison.Ordinal)
            ? new Log.DiskException("pwrite", name, "no space left on device", isNoSpace: true) : null;
        TakingSnapshots.Write(node, 12);

        Assert.Contains(node.SnapshotFacts, fact => fact.Kind == SnapshotFactKind.Failed);
        Assert.Equal(0, node.Machine.HeldViews);
    }

    [Fact]
    public void A_follower_that_gets_a_snapshot_holds_it_durably_and_goes_on_from_there_after_a_crash()
    {
        var cluster = CatchingUp.Behind(out var expected, isDurable: true);
        cluster[1].Machine.Flush();
        cluster[1].Propose("one more");
        cluster.Settle();
        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(1, cluster[3].Machine.Restores);
        var installed = cluster[3].Files!.Applied;
        cluster.Isolate(3);

        var node = cluster.Restart(3);
        Assert.Equal(installed, node.Opened.Applied);
        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(2));

        Assert.Equal(0, node.Machine.Restores);
        Assert.Equal([.. expected, "one more"], node.Machine.Commands);
    }

    [Fact]
    public void Files_of_another_directory_are_refused_by_name()
    {
        var cluster = Alone(new ReplicaOptions());
        TakingSnapshots.Write(cluster[1], 3);
        cluster[1].Files!.Applied = new LogIndex(1000);

        var wrong = Assert.Throws<StateLostException>(() => cluster.Restart(1));

        Assert.Contains("up to 1000", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("remove the machine's files", wrong.Message, StringComparison.Ordinal);
    }

    private static ReplicaCluster Alone(ReplicaOptions options)
    {
        var cluster = new ReplicaCluster(1, options, isDurable: true);
        cluster.Elect(1);
        return cluster;
    }
}
