namespace Ikada.Consensus.Tests.Reads;

/// <summary>Followers that lose the connection from a leader that lives (DESIGN §7, A lost leader and
/// leases): without leases it is replaced at once, with leases not before they end.</summary>
public sealed class LostLeaderStories
{
    [Covers("story: forget_leader", Note = "No ForgetLeader call: a closed connection does it.")]
    [Fact]
    public void A_follower_that_has_lost_its_leader_grants_a_vote_and_one_that_has_not_does_not()
    {
        var cluster = Led();
        cluster.Do(3, node => node.Closed(1));

        Ask(cluster, 3);
        Assert.Equal((Role.Follower, 1ul), (cluster[3].Role, cluster[3].Term));
        cluster.Do(2, node => node.Closed(1));
        Ask(cluster, 3);

        Assert.Equal((Role.Leader, 2ul), (cluster[3].Role, cluster[3].Term));
    }

    [Covers("story: forget_leader_prevote_checkquorum",
        Note = "No ForgetLeader call: a closed connection does it.")]
    [Fact]
    public void A_majority_that_has_lost_its_leader_replaces_it_at_once_though_it_lives()
    {
        var cluster = Led();
        cluster.Do(2, node => node.Closed(1));
        cluster.Do(3, node => node.Closed(1));

        cluster.Cut(1, 2);
        cluster.Cut(1, 3);
        cluster.RunFor(TimeSpan.FromMilliseconds(250));

        Assert.NotEqual(1, (int)cluster.Leader!.Id.Value);
        Assert.Equal(2ul, cluster.Leader.Term);
    }

    [Covers("story: forget_leader_read_only_lease_based",
        Note = "No ForgetLeader call: a closed connection does it, and under a lease it frees no vote.")]
    [Fact]
    public void Under_a_lease_a_majority_that_has_lost_its_leader_waits_for_the_lease_to_end()
    {
        var cluster = Led(Leased.Of(3));
        cluster.Read(1);
        Assert.Single(cluster[1].Answers);
        cluster.Do(2, node => node.Closed(1));
        cluster.Do(3, node => node.Closed(1));
        cluster.Cut(1, 2);
        cluster.Cut(1, 3);

        for (var waited = 0; waited < 600; waited += 50)
        {
            cluster.RunFor(TimeSpan.FromMilliseconds(50));
            Assert.Equal(1ul, cluster[2].Term);
            cluster.Read(1);
        }

        Assert.Equal(13, cluster[1].Answers.Count);
        cluster.RunFor(TimeSpan.FromMilliseconds(500));
        Assert.Equal(2ul, cluster.Leader!.Term);
    }

    [Fact]
    public void A_leader_whose_connections_are_all_reset_at_once_keeps_its_place_under_leases()
    {
        var cluster = Led(Leased.Of(3));
        for (var id = 2; id <= 3; id++)
        {
            var follower = id;
            cluster.Do(follower, node => node.Closed(1));
            cluster.Do(1, node => node.Closed(follower));
            cluster.Do(follower, node => node.Opened(1));
            cluster.Do(1, node => node.Opened(follower));
        }

        cluster.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal((Role.Leader, 1ul), (cluster[1].Role, cluster[1].Term));
    }

    private static TestCluster Led(Membership? membership = null)
    {
        var cluster = new TestCluster(
            3, setup => setup with { Membership = membership ?? setup.Membership });
        cluster.Pass(TimeSpan.FromSeconds(2));
        cluster.Campaign(1);
        cluster.Campaign(1);
        Assert.Equal((Role.Leader, 1ul), (cluster[1].Role, cluster[1].Term));
        cluster.RunFor(TimeSpan.FromMilliseconds(250));
        cluster[1].Answers.Clear();
        return cluster;
    }

    // At its hurried deadline, not an election timeout later.
    private static void Ask(TestCluster cluster, int id)
    {
        var wait = cluster[id].Core.NextDeadline - cluster.Now;
        Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        cluster.Pass(wait);
        cluster.Do(id, node => node.Tick());
        cluster.Settle();
    }
}
