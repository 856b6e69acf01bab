using Ikada.Log;

namespace Ikada.Replica.Tests.Snapshots;

/// <summary>When snapshots are taken, and what becomes of them.</summary>
public sealed class TakingSnapshots
{
    [Fact]
    public void One_is_taken_after_so_many_applied_entries_and_the_older_one_goes_once_it_was_read_back()
    {
        var node = Alone(new ReplicaOptions { SnapshotEntries = 10, RetainedEntriesMin = 3 });

        Write(node, 25);

        Assert.Equal([10ul, 20ul], Taken(node));
        Assert.Single(node.Disk.Snapshots);
        Assert.Equal(20ul, node.Replica.Status.SnapshotIndex.Value);
    }

    [Fact]
    public void Fewer_entries_call_for_none()
    {
        var node = Alone(new ReplicaOptions { SnapshotEntries = 100 });

        Write(node, 90);

        Assert.Empty(node.SnapshotFacts);
        Assert.Empty(node.Disk.Snapshots);
    }

    [Fact]
    public void One_is_taken_after_so_many_bytes_of_log_but_at_least_as_many_as_the_last_one_has()
    {
        var node = Alone(new ReplicaOptions { SnapshotLogBytes = 2000 });

        Write(node, 120, size: 200);

        // The state is all that was written: each snapshot is twice as large as the one before.
        var taken = Taken(node);
        Assert.InRange(taken[0], 8ul, 12ul);
        Assert.InRange(taken.Length, 3, 5);
    }

    [Fact]
    public void Its_blocks_have_the_size_that_the_options_say()
    {
        var inOne = Alone(new ReplicaOptions { SnapshotEntries = 10 });
        var inMany = Alone(new ReplicaOptions { SnapshotEntries = 10, SnapshotBlockBytes = 8 });

        Write(inOne, 15, size: 20);
        Write(inMany, 15, size: 20);

        // Each block has a head.
        Assert.True(BytesOf(inMany) > BytesOf(inOne) + 32);
        Assert.Contains("SnapshotBlockBytes is 0", new ReplicaOptions { SnapshotBlockBytes = 0 }.Validate());

        static long BytesOf(ReplicaNode node) => node.Disk.GetLength(Assert.Single(node.Disk.Snapshots));
    }

    [Fact]
    public void Writes_go_on_while_one_is_saved_and_are_not_in_it()
    {
        var node = Alone(new ReplicaOptions { SnapshotEntries = 10 });
        node.HoldsSnapshots = true;
        Write(node, 15);
        Assert.Equal(16ul, node.Replica.Status.Applied.Value);

        node.HoldsSnapshots = false;
        node.Run();

        Assert.Equal([10ul], Taken(node));
        Assert.Equal(16ul, node.Replica.Status.Applied.Value);
    }

    [Fact]
    public void The_older_one_stays_until_the_newer_was_read_back()
    {
        var node = Alone(new ReplicaOptions { SnapshotEntries = 10 });
        Write(node, 9);
        Assert.Single(node.Disk.Snapshots);
        node.HoldsSnapshots = true;
        Write(node, 10);

        node.DoOneOfSnapshots();

        Assert.Equal(2, node.Disk.Snapshots.Count);
        var forgotten = node.Group.Base.Index;
        Assert.True(forgotten.Value <= 10);
        node.HoldsSnapshots = false;
        node.Run();
        Assert.Single(node.Disk.Snapshots);
    }

    [Fact]
    public void One_that_does_not_read_back_is_not_used_and_taken_again()
    {
        var node = Alone(new ReplicaOptions
        {
            SnapshotEntries = 10, RetainedEntriesMin = 0, SnapshotRetryDelay = TimeSpan.FromSeconds(5),
        });
        node.HoldsSnapshots = true;
        Write(node, 12);
        node.DoOneOfSnapshots();
        node.Disk.Damage(Assert.Single(node.Disk.Snapshots));

        node.HoldsSnapshots = false;
        node.Run();

        Assert.Equal(SnapshotFactKind.Failed, Assert.Single(node.SnapshotFacts).Kind);
        Assert.Equal(0ul, node.Group.Base.Index.Value);
        var bad = Assert.Single(node.Disk.Snapshots);
        Pass(node, TimeSpan.FromSeconds(6));
        Assert.Equal([13ul], Taken(node));
        Assert.DoesNotContain(bad, node.Disk.Snapshots);
    }

    [Fact]
    public void For_want_of_space_it_is_told_and_tried_again_later_and_the_node_goes_on()
    {
        var node = Alone(new ReplicaOptions
        {
            SnapshotEntries = 10, SnapshotRetryDelay = TimeSpan.FromSeconds(5),
        });
        node.Disk.WriteFails = name => name.StartsWith("snapshot-", StringComparison.Ordinal)
            ? new DiskException("pwrite", name, "no space left on device", isNoSpace: true) : null;
        Write(node, 30);

        var fact = Assert.Single(node.SnapshotFacts);
        Assert.Equal(SnapshotFactKind.Failed, fact.Kind);
        Assert.Contains("no space left", fact.Reason, StringComparison.Ordinal);
        Assert.Null(node.Stopped);
        Assert.True(node.Replica.NextDeadline <= node.Now + TimeSpan.FromSeconds(5));
        node.Disk.WriteFails = _ => null;
        Pass(node, TimeSpan.FromSeconds(4));
        Assert.Single(node.SnapshotFacts);
        Pass(node, TimeSpan.FromSeconds(2));
        Assert.Equal([31ul], Taken(node));
    }

    [Fact]
    public void Any_other_failure_of_the_disk_stops_the_node()
    {
        var node = Alone(new ReplicaOptions { SnapshotEntries = 10 });
        node.Disk.WriteFails = name => name.StartsWith("snapshot-", StringComparison.Ordinal)
            ? new DiskException("pwrite", name, "input/output error") : null;

        Write(node, 12);

        Assert.Contains("input/output error", node.Stopped, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_asked_for_holds_all_that_was_applied_then()
    {
        var node = Alone(new ReplicaOptions());
        Write(node, 7);
        var wish = new Snapshot();

        node.Replica.TakeSnapshot(wish);
        node.Run();
        var again = new Snapshot();
        node.Replica.TakeSnapshot(again);
        node.Run();

        Assert.Equal((8ul, null), (wish.Ends.Single().Position.Index.Value, wish.Ends.Single().Problem));
        Assert.Equal(wish.Ends, again.Ends);
        Assert.Equal([8ul], Taken(node));
    }

    [Fact]
    public void One_that_is_asked_for_while_another_is_saved_is_taken_after_it()
    {
        var node = Alone(new ReplicaOptions { SnapshotEntries = 10 });
        node.HoldsSnapshots = true;
        Write(node, 14);
        var wish = new Snapshot();
        node.Replica.TakeSnapshot(wish);

        node.HoldsSnapshots = false;
        node.Run();

        Assert.Equal(15ul, wish.Ends.Single().Position.Index.Value);
    }

    [Fact]
    public void One_that_fails_says_why()
    {
        var node = Alone(new ReplicaOptions());
        Write(node, 3);
        node.Disk.WriteFails = name => new DiskException("pwrite", name, "full", isNoSpace: true);
        var wish = new Snapshot();

        node.Replica.TakeSnapshot(wish);
        node.Run();

        Assert.Contains("full", wish.Ends.Single().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_starts_from_its_newest_snapshot_and_the_log_behind_it()
    {
        var cluster = new ReplicaCluster(
            1, new ReplicaOptions { SnapshotEntries = 10, RetainedEntriesMin = 2 });
        cluster.Elect(1);
        Write(cluster[1], 25);
        var before = cluster[1].Machine.Commands;

        var node = cluster.Restart(1);
        cluster.Elect(1);

        Assert.Equal(20ul, node.Opened.Applied.Value);
        Assert.Equal(1, node.Machine.Restores);
        Assert.Equal(before, node.Machine.Commands);
        Assert.Equal(18ul, node.Group.Base.Index.Value);
    }

    internal static ReplicaNode Alone(ReplicaOptions options)
    {
        var cluster = new ReplicaCluster(1, options);
        cluster.Elect(1);
        return cluster[1];
    }

    internal static void Write(ReplicaNode node, int count, int size = 4)
    {
        for (var i = 0; i < count; i++)
        {
            node.Propose($"{i:d3}".PadLeft(size, 'x'));
        }
    }

    internal static ulong[] Taken(ReplicaNode node) => [.. node.SnapshotFacts
        .Where(fact => fact.Kind == SnapshotFactKind.Taken).Select(fact => fact.Position.Index.Value)];

    private static void Pass(ReplicaNode node, TimeSpan time)
    {
        node.Now += time;
        node.Tick();
    }
}
