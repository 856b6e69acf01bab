namespace Ikada.Replica.Tests.Snapshots;

/// <summary>A follower that needs what the leader's log has forgotten gets a snapshot.</summary>
public sealed class CatchingUp
{
    [Fact]
    public void A_follower_that_missed_forgotten_entries_gets_a_snapshot_and_then_the_log()
    {
        var cluster = Behind(out var expected);

        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(1));
        cluster[1].Propose("after");
        cluster.RunFor(TimeSpan.FromMilliseconds(300));

        Assert.Equal(1, cluster[3].Machine.Restores);
        Assert.Equal(0, cluster[2].Machine.Restores);
        Assert.Equal([.. expected, "after"], cluster[3].Machine.Commands);
        Assert.Equal(cluster[1].Replica.Status.Applied, cluster[3].Replica.Status.Applied);
        Assert.Contains(cluster[1].SnapshotFacts, fact => fact.Kind == SnapshotFactKind.Sent);
        Assert.Contains(cluster[3].SnapshotFacts, fact => fact.Kind == SnapshotFactKind.Installed);
    }

    [Fact]
    public void A_transfer_that_was_cut_goes_on_where_it_was()
    {
        var cluster = Behind(out var expected);
        var pieces = 0;
        cluster.Delivers = message => message.Type != MessageType.SnapshotPiece || ++pieces <= 10;
        cluster.Heal();
        cluster.RunFor(TimeSpan.FromMilliseconds(500));
        Assert.Equal(0, cluster[3].Machine.Restores);

        cluster.Delivers = _ => true;
        cluster.Reconnect(cluster[1], cluster[3]);
        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(expected, cluster[3].Machine.Commands);
        var size = cluster[1].SnapshotFacts.Last(fact => fact.Kind == SnapshotFactKind.Sent).Bytes;
        Assert.Equal(size, cluster.Delivered(MessageType.SnapshotPiece));
    }

    [Fact]
    public void A_lost_piece_is_sent_again()
    {
        var cluster = Behind(out var expected);
        var pieces = 0;
        cluster.Delivers = message => message.Type != MessageType.SnapshotPiece || ++pieces % 7 != 3;

        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(expected, cluster[3].Machine.Commands);
        Assert.Equal(1, cluster[3].Machine.Restores);
    }

    internal static ReplicaOptions Small { get; } = new()
    {
        SnapshotEntries = 50, RetainedEntriesMin = 5, SnapshotPieceBytes = 64, ApplyEntriesMax = 7,
    };

    /// <summary>Three nodes; node 1 leads.</summary>
    internal static ReplicaCluster Led(ReplicaOptions options, bool isDurable = false)
    {
        var cluster = new ReplicaCluster(3, options, isDurable: isDurable);
        cluster.Elect(1);
        return cluster;
    }

    /// <summary>Node 1 leads, and its log starts behind what node 3 has.</summary>
    internal static ReplicaCluster Behind(
        out List<string> expected, int writes = 120, ReplicaOptions? options = null, bool isDurable = false)
    {
        var cluster = Led(options ?? Small, isDurable);
        cluster.Isolate(3);
        expected = [.. Enumerable.Range(0, writes).Select(number => $"write {number}")];
        foreach (var command in expected)
        {
            cluster[1].Propose(command);
            cluster.Settle();
            if (isDurable)
            {
                cluster[1].Machine.Flush();
            }
        }

        cluster.RunFor(TimeSpan.FromMilliseconds(200));
        Assert.True(cluster[1].Group.Base.Index > cluster[3].Replica.Status.Last.Index);
        return cluster;
    }
}
