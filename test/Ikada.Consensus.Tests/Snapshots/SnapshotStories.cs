namespace Ikada.Consensus.Tests.Snapshots;

/// <summary>Snapshots in a cluster, from the refusal to the last entry.</summary>
public sealed class SnapshotStories
{
    [Fact]
    [Covers("SlowNodeRestore", "story: slow_follower_after_compaction")]
    public void A_slow_follower_catches_up_by_snapshot_and_then_by_the_log()
    {
        var cluster = WithNodeBehind(3, entries: 100);
        cluster.Do(1, node => node.Compact(90));

        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(1, cluster[3].Disk.Installs);
        cluster.Propose(1, "after");
        cluster.RunFor(TimeSpan.FromMilliseconds(200));
        cluster.AssertConverged();
        Assert.Equal(0, cluster[2].Disk.Installs);
    }

    [Fact]
    public void A_follower_behind_a_log_that_still_reaches_it_gets_no_snapshot()
    {
        var cluster = WithNodeBehind(3, entries: 100);
        cluster.Do(1, node => node.Compact(1));

        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(0, cluster[3].Disk.Installs);
        cluster.AssertConverged();
    }

    [Fact]
    public void A_leader_that_knows_nothing_of_its_peers_yet_sends_no_snapshot_to_those_that_have_the_log()
    {
        var cluster = WithNodeBehind(3, entries: 10);
        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(1));
        foreach (var id in new[] { 1, 2, 3 })
        {
            cluster.Do(id, node => node.Compact(node.Commit));
        }

        cluster.Campaign(2);
        cluster.RunFor(TimeSpan.FromSeconds(5));
        cluster.Crash(1);
        cluster.RunFor(TimeSpan.FromSeconds(5));

        Assert.All(cluster.Nodes, node => Assert.Equal(0, node.Disk.Installs));
    }

    [Fact]
    public void Transfers_that_fail_are_tried_again_until_one_arrives()
    {
        var cluster = WithNodeBehind(3, entries: 50);
        cluster.Do(1, node => node.Compact(40));
        cluster.Heal();
        for (var failures = 0; failures < 3;)
        {
            cluster.Pass(TimeSpan.FromMilliseconds(100));
            cluster.Do(1, node => node.Tick());
            while (cluster.Pool.Count > 0)
            {
                if (cluster.Pool[0].Snapshot is not null)
                {
                    cluster.Drop(0);
                    failures++;
                }
                else
                {
                    cluster.Deliver(0);
                }
            }
        }

        Assert.Equal(0, cluster[3].Disk.Installs);
        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(1, cluster[3].Disk.Installs);
        cluster.AssertConverged();
    }

    [Fact]
    public void A_log_compacted_while_a_transfer_is_under_way_still_reaches_its_end()
    {
        var cluster = WithNodeBehind(3, entries: 50);
        cluster.Do(1, node => node.Compact(40));
        cluster.Heal();
        cluster.RunUntil(() => cluster.Pool.Exists(each => each.Snapshot is not null));
        var place = cluster.Pool.FindIndex(each => each.Snapshot is not null);
        var transfer = cluster.Pool[place];
        cluster.Pool.RemoveAt(place);
        for (var i = 0; i < 20; i++)
        {
            cluster.Propose(1, $"meanwhile {i}");
            cluster.Do(1, node => node.Compact(node.Core.CompactionLimit.Value));
        }

        Assert.Equal(transfer.Message.Position.Index, cluster[1].Disk.Base.Index);
        cluster.Pool.Add(transfer);
        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(1, cluster[3].Disk.Installs);
        cluster.AssertConverged();
    }

    [Fact]
    public void A_follower_that_crashes_while_it_installs_gets_the_snapshot_again()
    {
        var cluster = WithNodeBehind(3, entries: 50);
        cluster.Do(1, node => node.Compact(40));
        cluster[3].HoldsDisk = true;
        cluster.Heal();
        cluster.RunUntil(() => cluster[3].Core.State.IsInstalling);
        cluster.Crash(3);
        cluster[3].HoldsDisk = false;
        cluster.Restart(3, seed: 8);

        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(1, cluster[3].Disk.Installs);
        cluster.AssertConverged();
    }

    private static TestCluster WithNodeBehind(int id, int entries)
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);
        cluster.Isolate(id);
        for (var i = 0; i < entries; i++)
        {
            cluster.Propose(1, $"entry {i}");
        }

        Assert.Single(cluster[id].Log);
        return cluster;
    }
}
