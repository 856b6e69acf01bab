using Ikada.Replica.Tests.Snapshots;

namespace Ikada.Replica.Tests.Divergence;

/// <summary>Stored bytes that change where they lie: found, quarantined and rebuilt.</summary>
public sealed class Scrubbing
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly string[] Five = ["x000", "x001", "x002", "x003", "x004"];

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void Whoever_a_majority_contradicts_is_quarantined_and_rebuilt(int rotten)
    {
        var cluster = Led(3);
        cluster.RunFor(3 * Second);
        Assert.All(cluster.Nodes, node => Assert.Equal(
            node.Replica.Status.Applied, node.Replica.Status.ScrubbedAt));
        cluster[rotten].Machine.Rot(2);
        cluster.RunFor(15 * Second);

        var fact = cluster[rotten].StateFacts.First(fact => fact.Kind == StateFactKind.Quarantined);
        Assert.True(fact is { IsStored: true, Reason: null });
        Assert.NotEqual(LogIndex.Zero, fact.Differs);
        Assert.Contains(cluster[rotten].StateFacts, fact => fact.Kind == StateFactKind.Rebuilt);
        Assert.All(cluster.Nodes, node =>
        {
            Assert.Equal(Five, node.Machine.Commands);
            Assert.False(node.Replica.Status.IsQuarantined);
            Assert.Equal(0, node.Machine.HeldViews);
        });
        Assert.All(
            cluster.Nodes.Where(node => node.Id.Value != (ulong)rotten),
            node => Assert.DoesNotContain(node.StateFacts, fact => fact.Kind == StateFactKind.Quarantined));
    }

    [Fact]
    public void A_state_that_cannot_be_read_is_quarantined_whatever_the_others_have()
    {
        var cluster = Led(3);
        cluster[2].Machine.ReadTrouble = "block checksum mismatch";
        cluster.Delivers = message => message.Type != MessageType.SnapshotRequest;
        cluster.RunFor(3 * Second);

        Assert.True(cluster[2].Replica.Status.IsQuarantined);
        Assert.Contains(cluster[2].StateFacts, fact => fact.Kind == StateFactKind.Quarantined
            && fact.Reason!.Contains("block checksum mismatch", StringComparison.Ordinal));
        Assert.Contains(cluster[1].StateFacts, fact =>
            fact is { Kind: StateFactKind.MemberDiffers, IsStored: true, Peer.Value: 2 });
        Assert.Equal(1, cluster[1].Replica.Status.OddMembers);

        cluster[2].Machine.ReadTrouble = null;
        cluster.Delivers = _ => true;
        cluster.RunFor(5 * Second);
        Assert.False(cluster[2].Replica.Status.IsQuarantined);
        Assert.Equal(0, cluster[1].Replica.Status.OddMembers);
    }

    [Fact]
    public void The_only_voter_goes_on_with_a_state_that_it_cannot_read_and_says_so()
    {
        var cluster = Led(1);
        cluster[1].Machine.ReadTrouble = "block checksum mismatch";
        cluster.RunFor(3 * Second);
        var status = cluster[1].Replica.Status;
        Assert.True(status is { IsQuarantined: false, IsStateUnreadable: true });
        Assert.Contains(cluster[1].StateFacts, fact => fact.Kind == StateFactKind.Unreadable);
    }

    [Fact]
    public void Without_a_majority_nobody_is_quarantined_until_stored_bytes_agree()
    {
        var cluster = Led(2);
        cluster[2].Machine.Rot(2);
        cluster.RunFor(4 * Second);
        Assert.All(cluster.Nodes, node =>
        {
            Assert.False(node.Replica.Status.IsQuarantined);
            Assert.NotEqual(LogIndex.Zero, node.Replica.Status.StatesDisputedAt);
            Assert.Single(node.StateFacts, fact => fact.Kind == StateFactKind.Disputed);
        });
        cluster[1].Propose("more");
        cluster.RunFor(Second);
        Assert.NotEqual(LogIndex.Zero, cluster[2].Replica.Status.StatesDisputedAt);

        cluster[1].Machine.Rot(2);
        cluster.RunFor(5 * Second);
        Assert.All(cluster.Nodes, node => Assert.Equal(LogIndex.Zero, node.Replica.Status.StatesDisputedAt));
    }

    [Fact]
    public void Under_load_all_read_their_states_as_of_one_index()
    {
        var cluster = Led(3);
        cluster.Delivers = message =>
        {
            if (message.Type == MessageType.StateScrub)
            {
                cluster[1].Propose("meanwhile");
            }

            return true;
        };
        for (var i = 0; i < 100; i++)
        {
            cluster[1].Propose($"{i}");
            cluster[1].Propose($"and {i}");
            cluster.RunFor(TimeSpan.FromMilliseconds(40));
        }

        var compared = cluster[1].StateFacts.Where(fact => fact.Kind == StateFactKind.StoresCompared);
        Assert.Contains(compared, fact => fact is { Members: 3, OddMembers: 0 });
        Assert.All(cluster.Nodes, node => Assert.DoesNotContain(
            node.StateFacts, fact => fact.Kind == StateFactKind.Quarantined));
    }

    [Fact]
    public void One_that_is_behind_stops_at_the_index_also_where_it_has_more_to_apply()
    {
        var cluster = Led(3);
        cluster[3].HoldsApply = true;
        TakingSnapshots.Write(cluster[1], 1);
        cluster.Settle();
        TakingSnapshots.Write(cluster[1], 9);
        cluster.Settle();
        cluster.RunFor(2 * Second);
        Assert.Equal(cluster[1].Replica.Status.Applied, cluster[1].Replica.Status.ScrubbedAt);
        var at = cluster[1].Replica.Status.ScrubbedAt;
        TakingSnapshots.Write(cluster[1], 10);
        cluster.Settle();
        cluster[3].HoldsApply = false;
        cluster[3].Run();
        cluster.Settle();

        Assert.Equal(at, cluster[3].Replica.Status.ScrubbedAt);
        Assert.Equal(at + 10, cluster[3].Replica.Status.Applied);
        Assert.Contains(cluster[1].StateFacts, fact => fact.Differs == at
            && fact is { Kind: StateFactKind.StoresCompared, Members: 3, OddMembers: 0 });
    }

    [Fact]
    public void A_leader_that_has_not_looked_at_its_own_tells_nobody_that_he_is_odd()
    {
        var cluster = Led(5);
        cluster[1].Machine.Rot(2);
        cluster[5].Machine.Rot(3);
        cluster[1].HoldsSnapshots = true;
        cluster.RunFor(2 * Second);
        Assert.All(cluster.Nodes.Skip(1), node =>
            Assert.NotEqual(LogIndex.Zero, node.Replica.Status.ScrubbedAt));
        Assert.False(cluster[5].Replica.Status.IsQuarantined);

        cluster[1].HoldsSnapshots = false;
        cluster.RunFor(20 * Second);
        Assert.All(cluster.Nodes, node => Assert.Equal(Five, node.Machine.Commands));
    }

    [Fact]
    public void A_verdict_that_what_it_has_stored_does_not_bear_out_changes_nothing()
    {
        var cluster = Led(3);
        cluster.RunFor(3 * Second);
        var status = cluster[3].Replica.Status;
        var verdict = new Message
        {
            Type = MessageType.StateVerdict, From = status.Leader, To = new NodeId(3), Term = status.Term,
            Position = new LogPosition(status.ScrubbedAt, default), Sequence = 7, Round = 1,
        };
        cluster[3].Receive(verdict with { From = new NodeId(2) });
        cluster[3].Receive(verdict with { Term = new Term(0) });
        cluster[3].Receive(verdict with { Position = new LogPosition(new LogIndex(999), default) });
        Assert.False(cluster[3].Replica.Status.IsQuarantined);

        cluster[3].Receive(verdict);
        Assert.True(cluster[3].Replica.Status.IsQuarantined);
    }

    [Fact]
    public void A_group_that_sleeps_is_compared()
    {
        var cluster = Led(3, new ConsensusOptions { QuiesceAfter = Second });
        cluster.RunFor(Second * 3 / 2);
        Assert.All(cluster.Nodes, node => Assert.True(node.Replica.IsAsleep));
        cluster[3].Machine.Rot(1);
        cluster.RunFor(15 * Second);
        Assert.Contains(cluster[3].StateFacts, fact => fact.Kind == StateFactKind.Rebuilt);
        Assert.Equal(Five, cluster[3].Machine.Commands);
    }

    [Fact]
    public void What_is_stored_is_not_compared_where_that_is_off()
    {
        var cluster = new ReplicaCluster(3);
        cluster.Elect(1);
        TakingSnapshots.Write(cluster[1], 5);
        cluster.Settle();
        cluster[3].Machine.Rot(1);
        cluster.RunFor(20 * Second);
        Assert.All(cluster.Nodes, node => Assert.Empty(node.StateFacts));
    }

    [Fact]
    public void What_cannot_be_kept_is_refused()
    {
        Assert.Contains("ScrubInterval is 1 ms", new ReplicaOptions
        {
            ScrubInterval = TimeSpan.FromMilliseconds(1),
        }.Validate());
        Assert.Contains("ScrubBytesPerSecondMax is 9", new ReplicaOptions
        {
            ScrubBytesPerSecondMax = 9,
        }.Validate());
    }

    private static ReplicaCluster Led(int size, ConsensusOptions? consensus = null)
    {
        var cluster = new ReplicaCluster(
            size, new ReplicaOptions { ScrubInterval = 2 * Second }, consensus: consensus);
        cluster.Elect(1);
        TakingSnapshots.Write(cluster[1], 5);
        cluster.Settle();
        return cluster;
    }
}
