using static Ikada.Replica.Tests.Snapshots.TakingSnapshots;

namespace Ikada.Replica.Tests.Snapshots;

/// <summary>How much of what snapshots cover the log keeps.</summary>
public sealed class CompactingTheLog
{
    [Theory]
    [InlineData(0, 20)]
    [InlineData(3, 17)]
    [InlineData(100, 0)]
    public void So_many_entries_stay_for_slow_followers(int kept, ulong expected)
    {
        var node = Alone(new ReplicaOptions { SnapshotEntries = 10, RetainedEntriesMin = kept });

        Write(node, 25);

        Assert.Equal(expected, node.Group.Base.Index.Value);
        Assert.Equal(expected + 1, node.Replica.Status.LogFirst.Value);
    }

    [Fact]
    public void Large_entries_are_kept_up_to_a_bound_of_bytes()
    {
        // 1000 bytes and 32 each.
        var node = Alone(new ReplicaOptions
        {
            SnapshotEntries = 20, RetainedEntriesMin = 15, RetainedBytesMax = 4 * 1032,
        });

        Write(node, 22, size: 1000);

        Assert.Equal(16ul, node.Group.Base.Index.Value);
    }

    [Fact]
    public void Twice_what_the_log_grew_by_while_a_snapshot_was_saved_stays()
    {
        var node = Alone(new ReplicaOptions { SnapshotEntries = 50, RetainedEntriesMin = 0 });
        node.HoldsSnapshots = true;
        Write(node, 59);
        node.HoldsSnapshots = false;
        node.Run();

        // Ten entries came meanwhile (51 to 60), so twenty stay.
        Assert.Equal([50ul], Taken(node));
        Assert.Equal(40ul, node.Group.Base.Index.Value);
    }

    [Fact]
    public void But_no_more_than_its_bound()
    {
        var options = new ReplicaOptions
        {
            SnapshotEntries = 50, RetainedEntriesMin = 0, RetainedGrowthBytesMax = 5 * 36,
        };
        var node = Alone(options);
        node.HoldsSnapshots = true;
        Write(node, 59);
        node.HoldsSnapshots = false;
        node.Run();

        Assert.Equal(50ul, node.Group.Base.Index.Value);
    }

    [Fact]
    public void While_a_follower_gets_a_snapshot_the_log_behind_it_stays_and_goes_afterwards()
    {
        var cluster = CatchingUp.Behind(
            out _, options: CatchingUp.Small with { RetainedEntriesMin = 0, RetainedGrowthBytesMax = 0 });
        cluster.Delivers = message => message.Type != MessageType.SnapshotPiece;
        cluster.Heal();
        cluster.RunFor(TimeSpan.FromMilliseconds(300));
        var sent = cluster[1].Replica.Status.SnapshotIndex;
        Assert.Equal(1, cluster[1].Replica.Status.SnapshotsSending);

        for (var i = 0; i < 120; i++)
        {
            cluster[1].Propose($"meanwhile {i}");
            cluster.Settle();
        }

        Assert.True(cluster[1].Replica.Status.SnapshotIndex > sent);
        Assert.Equal(sent, cluster[1].Group.Base.Index);
        cluster.Delivers = _ => true;
        cluster.RunFor(TimeSpan.FromSeconds(5));
        Assert.True(cluster[1].Group.Base.Index > sent);
        Assert.Equal(cluster[1].Machine.Commands, cluster[3].Machine.Commands);
        Assert.Equal(1, cluster[3].Machine.Restores);
    }
}
