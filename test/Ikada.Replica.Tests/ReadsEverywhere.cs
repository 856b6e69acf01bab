namespace Ikada.Replica.Tests;

/// <summary>Reads at leaders, followers and learners, with and without leases, awake and asleep.</summary>
public sealed class ReadsEverywhere
{
    private static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(800);

    [Covers("ReadOnlyWithLearner")]
    [Fact]
    public void A_learner_reads_through_the_leader_what_was_committed_when_it_asked()
    {
        var cluster = Led(learner: true);
        cluster.Isolate(2);
        var write = cluster[1].Propose("a");
        cluster.RunFor(TimeSpan.FromMilliseconds(300));
        // The learner has it, but a learner is no majority.
        Assert.Equal(2ul, cluster[4].Replica.Status.Last.Index.Value);
        Assert.Equal(OutcomeKind.Applied, write.Kind);

        var read = cluster[4].Read();
        cluster.Settle();

        var outcome = Assert.Single(read.Outcomes);
        Assert.Equal((true, 2ul), (outcome.Ready, outcome.Index.Value));
        Assert.Equal(["a"], cluster[4].Machine.Commands);
    }

    [Fact]
    public void A_learners_read_is_not_confirmed_by_learners()
    {
        var cluster = Led(learner: true);
        cluster.Isolate(2);
        cluster.Isolate(3);

        var read = cluster[4].Read();
        cluster.Settle();

        Assert.Empty(read.Outcomes);
    }

    [Covers("ReadOnlyOptionLease")]
    [Fact]
    public void A_leaders_own_read_goes_by_the_lease_and_a_forwarded_one_never_does()
    {
        var cluster = Led(Lease);

        var own = cluster[1].Read();
        Assert.NotEqual(Instant.Never, Assert.Single(own.Outcomes).ExpiresAt);
        var forwarded = cluster[2].Read();
        Assert.Empty(forwarded.Outcomes);
        cluster.Settle();

        Assert.Equal(Instant.Never, Assert.Single(forwarded.Outcomes).ExpiresAt);
    }

    [Fact]
    public void A_read_that_must_not_use_the_lease_waits_for_a_round_and_so_does_its_batch()
    {
        var cluster = Led(Lease);
        var other = new Read();
        cluster[1].Replica.Read(other);

        var read = cluster[1].Read(withoutLease: true);
        Assert.Empty(read.Outcomes);
        cluster.Settle();

        Assert.Equal(Instant.Never, Assert.Single(read.Outcomes).ExpiresAt);
        Assert.Equal(Instant.Never, Assert.Single(other.Outcomes).ExpiresAt);
        Assert.NotEqual(Instant.Never, Assert.Single(cluster[1].Read().Outcomes).ExpiresAt);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_follower_that_forwards_wakes_a_sleeping_group_and_notices_a_dead_leader(bool isDead)
    {
        var cluster = Led(consensus: new ConsensusOptions { QuiesceAfter = TimeSpan.FromMilliseconds(500) });
        cluster.RunFor(TimeSpan.FromSeconds(2));
        Assert.All(cluster.Nodes, node => Assert.Equal(Instant.Never, node.Replica.NextDeadline));
        if (isDead)
        {
            cluster.Isolate(1);
        }

        var read = cluster[2].Read();
        var write = cluster[3].Propose("a");
        cluster.RunFor(TimeSpan.FromSeconds(6));

        Assert.Equal(!isDead, Assert.Single(read.Outcomes).Ready);
        Assert.Equal(isDead ? OutcomeKind.Unknown : OutcomeKind.Applied, write.Kind);
        Assert.NotEqual(isDead, cluster[2].Replica.Status.Leader == cluster[1].Id);
    }

    private static ReplicaCluster Led(
        TimeSpan lease = default, bool learner = false, ConsensusOptions? consensus = null)
    {
        var size = learner ? 4 : 3;
        NodeId[] ids = [.. Enumerable.Range(1, size).Select(id => new NodeId((ulong)id))];
        var membership = new Membership(
            [.. ids.Select(id => new Member(id, null, default))],
            ids.AsSpan(0, 3), learners: ids.AsSpan(3))
        {
            Lease = lease,
        };
        var cluster = new ReplicaCluster(size, membership: membership, consensus: consensus);
        // Nobody is heard of before: what was promised before a restart has to end first.
        cluster.RunFor(lease * 1.1);
        cluster.Elect(1);
        cluster.RunFor(TimeSpan.FromMilliseconds(200));
        return cluster;
    }
}
