using Ikada.Replica.Tests.Snapshots;

namespace Ikada.Replica.Tests.Divergence;

/// <summary>A node on which an effect went wrong: found, quarantined and rebuilt.</summary>
public sealed class Quarantine
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly string[] Five = ["x000", "x001", "x002", "x003", "x004"];

    [Fact]
    public void A_follower_that_a_majority_contradicts_is_quarantined_and_rebuilt_from_the_leader()
    {
        var cluster = Led(3);
        cluster.RunFor(Second / 2);
        var agreed = cluster[1].Replica.Status.Applied;
        Spoil(cluster, 3);
        cluster.Delivers = message => message.Type != MessageType.SnapshotRequest;
        cluster.RunFor(Second / 2);

        var status = cluster[3].Replica.Status;
        Assert.True(status.IsQuarantined);
        Assert.Equal((agreed, agreed.Next), (status.StatesAgreedAt, status.StatesDifferAt));
        Assert.Equal(1, cluster[1].Replica.Status.OddMembers);
        Assert.Contains(cluster[1].StateFacts, fact =>
            fact is { Kind: StateFactKind.MemberDiffers, Peer.Value: 3 } && fact.Agreed == agreed);

        cluster.Delivers = _ => true;
        cluster.RunFor(5 * Second);

        Assert.False(cluster[3].Replica.Status.IsQuarantined);
        Assert.Equal([.. Five, "spoilt"], cluster[3].Machine.Commands);
        Assert.Contains(cluster[3].StateFacts, fact => fact.Kind == StateFactKind.Rebuilt);
        Assert.Equal(new NodeId(1), cluster[3].SnapshotFacts.Single(
            fact => fact.Kind == SnapshotFactKind.Received).Peer);
        cluster[1].Propose("after");
        cluster.RunFor(Second);
        Assert.Equal(cluster[1].Machine.Commands, cluster[3].Machine.Commands);
        Assert.Equal(0, cluster[1].Replica.Status.OddMembers);
        Assert.All(cluster.Nodes, node => Assert.False(node.Replica.Status.IsQuarantined));
    }

    [Fact]
    public void It_serves_no_reads_and_takes_no_writes_but_votes_and_acknowledges()
    {
        var cluster = Quarantined();
        var (read, write) = (cluster[3].Read(), cluster[3].Propose("mine"));
        Assert.Equal(Refusal.Quarantined, Assert.Single(read.Outcomes).Refusal);
        Assert.Equal(Refusal.Quarantined, write.Refusal);

        cluster.Isolate(2);
        var acknowledged = cluster[1].Propose("by two");
        cluster.RunFor(Second / 2);
        Assert.Equal(OutcomeKind.Applied, acknowledged.Kind);

        cluster.Heal();
        cluster.RunFor(Second / 2);
        cluster.Isolate(1);
        cluster.RunFor(10 * Second);
        Assert.Equal(Role.Leader, cluster[2].Replica.Status.Role);
    }

    [Fact]
    public void Reads_and_writes_that_wait_when_it_is_found_are_ended()
    {
        var cluster = Led(3);
        cluster.Delivers = message =>
            message.Type is not (MessageType.ForwardReadReply or MessageType.SnapshotRequest);
        Spoil(cluster, 3);
        var read = cluster[3].Read();
        Assert.Empty(read.Outcomes);

        cluster.RunFor(Second / 2);

        Assert.Equal(Refusal.Quarantined, Assert.Single(read.Outcomes).Refusal);
    }

    [Fact]
    public void It_gives_no_snapshot_and_drops_those_it_had()
    {
        var cluster = Led(3);
        Spoil(cluster, 3);
        cluster[3].Replica.TakeSnapshot(new Snapshot());
        cluster[3].Run();
        Assert.Single(cluster[3].Disk.Snapshots);
        cluster.Delivers = message => message.Type != MessageType.SnapshotRequest;
        cluster.RunFor(Second);
        Assert.True(cluster[3].Replica.Status.IsQuarantined);
        Assert.Empty(cluster[3].Disk.Snapshots);
        cluster[3].Sent.Clear();

        cluster[3].Receive(new Message
        {
            Type = MessageType.SnapshotRequest, From = new NodeId(2), To = new NodeId(3), Term = new Term(1),
            Position = new LogPosition(new LogIndex(1), new Term(1)),
        });

        Assert.DoesNotContain(cluster[3].Sent, sent => sent.Message.Type == MessageType.SnapshotOffer);
    }

    [Fact]
    public void A_leader_that_is_odd_hands_over_first_and_is_rebuilt_by_its_successor()
    {
        var cluster = Led(3);
        Spoil(cluster, 1);
        cluster.RunFor(Second / 2);
        Assert.NotEqual(Role.Leader, cluster[1].Replica.Status.Role);
        Assert.Contains(cluster[1].StateFacts, fact => fact.Kind == StateFactKind.Quarantined);

        cluster.RunFor(5 * Second);

        Assert.False(cluster[1].Replica.Status.IsQuarantined);
        Assert.Equal([.. Five, "spoilt"], cluster[1].Machine.Commands);
        Assert.DoesNotContain(cluster[2].StateFacts, fact => fact.Kind == StateFactKind.Quarantined);
        Assert.DoesNotContain(cluster[3].StateFacts, fact => fact.Kind == StateFactKind.Quarantined);
    }

    [Fact]
    public void Without_a_majority_all_are_told_and_nobody_is_quarantined()
    {
        var cluster = Led(2);
        Spoil(cluster, 2);
        cluster.RunFor(Second);

        Assert.All(cluster.Nodes, node =>
        {
            var status = node.Replica.Status;
            Assert.False(status.IsQuarantined);
            Assert.Equal(status.Applied, status.StatesDisputedAt);
            Assert.Single(node.StateFacts, fact => fact.Kind == StateFactKind.Disputed);
        });
    }

    [Fact]
    public void Where_the_one_that_could_decide_is_away_for_long_it_is_disputed_until_it_is_back()
    {
        var cluster = Led(3);
        cluster.Isolate(2);
        Spoil(cluster, 3);
        cluster.RunFor(5 * Second);
        Assert.All(cluster.Nodes, node => Assert.Empty(node.StateFacts));

        cluster.RunFor(15 * Second);
        Assert.NotEqual(LogIndex.Zero, cluster[1].Replica.Status.StatesDisputedAt);
        Assert.NotEqual(LogIndex.Zero, cluster[3].Replica.Status.StatesDisputedAt);
        Assert.False(cluster[3].Replica.Status.IsQuarantined);

        cluster.Heal();
        cluster.RunFor(10 * Second);
        Assert.All(cluster.Nodes, node => Assert.Equal(LogIndex.Zero, node.Replica.Status.StatesDisputedAt));
        Assert.Equal(cluster[1].Machine.Commands, cluster[3].Machine.Commands);
    }

    [Fact]
    public void A_state_that_is_wrong_when_it_is_opened_is_found_though_nothing_is_applied()
    {
        var cluster = Led(3, isDurable: true);
        cluster[3].Machine.Flush();
        cluster[3].Files!.Commands[2] = "changed";
        cluster.Restart(3);
        cluster.RunFor(5 * Second);

        Assert.Contains(cluster[3].StateFacts, fact => fact.Kind == StateFactKind.Rebuilt);
        Assert.Equal(Five, cluster[3].Machine.Commands);
        Assert.Equal(0, cluster[1].Replica.Status.OddMembers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_outlives_a_restart(bool isDurable)
    {
        var cluster = Quarantined(isDurable);
        var node = cluster.Restart(3);

        Assert.True(node.Replica.Status.IsQuarantined);
        Assert.Equal(Refusal.Quarantined, Assert.Single(node.Read().Outcomes).Refusal);
        Assert.Single(node.StateFacts, fact => fact.Kind == StateFactKind.StillQuarantined);
        cluster.Delivers = _ => true;
        cluster.RunFor(5 * Second);

        Assert.False(cluster[3].Replica.Status.IsQuarantined);
        Assert.Equal([.. Five, "spoilt"], cluster[3].Machine.Commands);
        Assert.False(cluster.Restart(3).Replica.Status.IsQuarantined);
    }

    [Fact]
    public void A_verdict_that_its_own_state_does_not_bear_out_changes_nothing()
    {
        var cluster = Led(3);
        cluster.RunFor(Second / 2);
        var status = cluster[3].Replica.Status;
        var verdict = new Message
        {
            Type = MessageType.StateVerdict, From = status.Leader, To = new NodeId(3), Term = status.Term,
            Position = new LogPosition(status.Applied, default), Sequence = cluster[3].Machine.StateHash,
        };
        cluster[3].Receive(verdict);
        cluster[3].Receive(verdict with { From = new NodeId(2), Sequence = 7 });
        cluster[3].Receive(verdict with { Term = new Term(0), Sequence = 7 });
        cluster[3].Receive(verdict with { Position = new LogPosition(new LogIndex(999), default) });

        Assert.False(cluster[3].Replica.Status.IsQuarantined);
    }

    [Fact]
    public void It_is_rebuilt_only_from_a_state_that_the_majority_is_known_to_have()
    {
        var cluster = Quarantined();
        // The leader is alone in saying what its state is.
        cluster.Delivers = message => message is not { Type: MessageType.HeartbeatReply, From.Value: 2 };
        cluster[1].Propose("not compared");
        cluster.RunFor(5 * Second);
        Assert.True(cluster[3].Replica.Status.IsQuarantined);

        cluster.Delivers = _ => true;
        cluster.RunFor(5 * Second);
        Assert.False(cluster[3].Replica.Status.IsQuarantined);
        Assert.Equal(cluster[1].Machine.Commands, cluster[3].Machine.Commands);
    }

    [Fact]
    public void Where_they_never_rest_marks_are_compared()
    {
        var cluster = new ReplicaCluster(3, new ReplicaOptions { StateMarkEntries = 8 });
        cluster.Elect(1);
        cluster[3].Machine.WrongNext = "wrong";
        // As under load, where followers have no other index in common with the leader.
        cluster.Delivers = message =>
            message.Type != MessageType.HeartbeatReply || message.Position.Index.Value % 8 == 0;
        for (var i = 0; i < 40 && !cluster[3].Replica.Status.IsQuarantined; i++)
        {
            cluster[3].HoldsApply = i % 10 != 9;
            cluster[1].Propose($"{i}");
            cluster.RunFor(TimeSpan.FromMilliseconds(30));
        }

        Assert.Contains(cluster[3].StateFacts, fact =>
            fact.Kind == StateFactKind.Quarantined && fact.Differs.Value % 8 == 0);
    }

    [Fact]
    public void No_request_reaches_over_a_mark()
    {
        var cluster = new ReplicaCluster(1, new ReplicaOptions { StateMarkEntries = 8 });
        cluster[1].HoldsApply = true;
        cluster.Elect(1);
        TakingSnapshots.Write(cluster[1], 30);
        cluster[1].HoldsApply = false;
        cluster[1].Run();
        Assert.InRange(cluster[1].Machine.LargestRequest, 2, 8);
    }

    [Fact]
    public void States_are_not_compared_where_that_is_off()
    {
        var cluster = new ReplicaCluster(3, new ReplicaOptions { ComparesStates = false });
        cluster.Elect(1);
        Spoil(cluster, 3);
        cluster.RunFor(Second);
        Assert.All(cluster.Nodes, node => Assert.Empty(node.StateFacts));
    }

    private static ReplicaCluster Led(int size, bool isDurable = false)
    {
        var cluster = new ReplicaCluster(size, isDurable: isDurable);
        cluster.Elect(1);
        TakingSnapshots.Write(cluster[1], 5);
        cluster.Settle();
        return cluster;
    }

    private static void Spoil(ReplicaCluster cluster, int id)
    {
        cluster.RunFor(Second / 4);
        cluster[id].Machine.WrongNext = "wrong";
        cluster[1].Propose("spoilt");
        cluster.Settle();
    }

    private static ReplicaCluster Quarantined(bool isDurable = false)
    {
        var cluster = Led(3, isDurable);
        Spoil(cluster, 3);
        cluster.Delivers = message => message.Type != MessageType.SnapshotRequest;
        cluster.RunFor(Second / 2);
        if (isDurable)
        {
            cluster[3].Machine.Flush();
        }

        Assert.True(cluster[3].Replica.Status.IsQuarantined);
        return cluster;
    }
}
