namespace Ikada.Consensus.Tests.Elections;

/// <summary>Handing leadership over (diss. §3.10), with all nodes and everything they say.</summary>
public sealed class TransferScenarios
{
    private static readonly TimeSpan ElectionTimeout = new ConsensusOptions().ElectionTimeout;

    [Fact]
    [Covers("LeaderTransferToUpToDateNode")]
    public void An_up_to_date_node_takes_over_at_once_and_hands_back()
    {
        var cluster = Led();

        Transfer(cluster, asked: 1, target: 2);

        AssertLeads(cluster, 2, term: 2);
        Assert.Equal([TransferOutcome.Done], cluster[1].Transfers);
        cluster.Propose(2, "b");
        Transfer(cluster, asked: 2, target: 1);
        AssertLeads(cluster, 1, term: 3);
        cluster.RunFor(ElectionTimeout);
        cluster.AssertConverged();
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(3, 3)]
    [Covers("LeaderTransferToUpToDateNodeFromFollower")]
    public void A_follower_passes_the_wish_on_and_sees_it_done(int asked, int target)
    {
        var cluster = Led();

        Transfer(cluster, asked, target);

        AssertLeads(cluster, target, term: 2);
        // Whoever did not take part in the election learns of it from the first message.
        Assert.Equal([TransferOutcome.Done], cluster[asked].Transfers);
        Assert.DoesNotContain(TransferOutcome.Replaced, cluster[1].Transfers);
    }

    [Fact]
    [Covers("LeaderTransferWithCheckQuorum", Note = "check-quorum and pre-vote are always on")]
    public void The_living_leader_and_its_followers_do_not_stand_against_a_transfer()
    {
        var cluster = Led(5);
        cluster.RunFor(TimeSpan.FromSeconds(3));
        AssertLeads(cluster, 1, term: 1);

        // All have just heard the leader and none asks for pre-votes.
        cluster.Do(1, node => node.Transfer(4));
        while (cluster.Pool.Count > 0)
        {
            Assert.DoesNotContain(cluster.Pool, each => each.Type == MessageType.PreVote);
            cluster.Deliver(0);
        }

        AssertLeads(cluster, 4, term: 2);
    }

    [Fact]
    [Covers("LeaderTransferToSlowFollower")]
    public void A_slow_target_is_first_brought_up_to_date()
    {
        var cluster = Led();
        cluster.Isolate(3);
        cluster.Propose(1, "b", "c");

        Transfer(cluster, asked: 1, target: 3);
        AssertLeads(cluster, 1, term: 1);
        cluster.Heal();
        cluster.RunFor(TimeSpan.FromMilliseconds(300));

        AssertLeads(cluster, 3, term: 2);
        Assert.Equal([TransferOutcome.Done], cluster[1].Transfers);
        Assert.Equal("c", cluster[3].Log[^2].Body);
    }

    [Fact]
    [Covers("LeaderTransferTimeout")]
    public void A_transfer_is_given_up_after_an_election_timeout_and_the_leader_leads_on()
    {
        var cluster = Led();
        cluster.Isolate(3);
        cluster.Do(2, node => node.Transfer(3));
        cluster.Settle();
        Transfer(cluster, asked: 1, target: 3);

        cluster.RunFor(ElectionTimeout - TimeSpan.FromMilliseconds(1));
        Assert.Empty(cluster[1].Transfers);
        cluster.RunFor(TimeSpan.FromMilliseconds(1));

        Assert.Equal([TransferOutcome.TimedOut], cluster[1].Transfers);
        Assert.Equal([TransferOutcome.TimedOut], cluster[2].Transfers);
        AssertLeads(cluster, 1, term: 1);
        cluster.Propose(1, "b");
        Assert.Equal(EffectKind.AcceptProposal, cluster[1].Answers[^1].Kind);
    }

    [Fact]
    [Covers("LeaderTransferIgnoreProposal", Note = "refused with a reason of its own, not dropped")]
    public void Proposals_are_refused_during_a_transfer_and_say_why()
    {
        var cluster = Led();
        cluster.Isolate(3);
        Transfer(cluster, asked: 1, target: 3);

        cluster.Propose(1, "b");

        Assert.Equal(EffectKind.RefuseProposal, cluster[1].Answers[^1].Kind);
        Assert.Equal(Refusal.Transferring, cluster[1].Answers[^1].Refusal);
        Assert.Equal(2, cluster[1].Log.Count);
    }

    [Fact]
    [Covers("LeaderTransferBack", "LeaderTransferToSelf")]
    public void To_wish_for_the_leader_itself_ends_a_transfer_to_another()
    {
        var cluster = Led();
        cluster.Isolate(3);
        Transfer(cluster, asked: 1, target: 3);

        Transfer(cluster, asked: 1, target: 1);

        Assert.Equal([TransferOutcome.Replaced, TransferOutcome.AlreadyLeads], cluster[1].Transfers);
        cluster.Propose(1, "b");
        Assert.Equal(EffectKind.AcceptProposal, cluster[1].Answers[^1].Kind);
        AssertLeads(cluster, 1, term: 1);
    }

    [Fact]
    [Covers("LeaderTransferSecondTransferToAnotherNode")]
    public void A_second_transfer_to_another_node_replaces_the_first()
    {
        var cluster = Led();
        cluster.Isolate(3);
        Transfer(cluster, asked: 1, target: 3);

        Transfer(cluster, asked: 1, target: 2);

        AssertLeads(cluster, 2, term: 2);
        Assert.Equal([TransferOutcome.Replaced, TransferOutcome.Done], cluster[1].Transfers);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    [Covers("LeaderTransferSecondTransferToSameNode")]
    public void A_second_transfer_to_the_same_node_or_to_any_does_not_extend_the_time(int second)
    {
        var cluster = Led();
        cluster.Isolate(3);
        Transfer(cluster, asked: 1, target: 3);
        cluster.RunFor(ElectionTimeout * 0.6);

        Transfer(cluster, asked: 1, target: second);
        cluster.RunFor(ElectionTimeout * 0.4);

        Assert.Equal([TransferOutcome.TimedOut], cluster[1].Transfers);
        AssertLeads(cluster, 1, term: 1);
    }

    [Fact]
    public void A_follower_that_wants_another_after_all_passes_that_on()
    {
        var cluster = Led();
        cluster.Isolate(3);
        Transfer(cluster, asked: 2, target: 3);

        Transfer(cluster, asked: 2, target: 2);

        AssertLeads(cluster, 2, term: 2);
        Assert.Equal([TransferOutcome.Replaced, TransferOutcome.Done], cluster[2].Transfers);
    }

    [Fact]
    public void The_word_to_campaign_is_repeated_when_it_was_lost()
    {
        var cluster = Led();
        cluster.Do(1, node => node.Transfer(2));
        Assert.Equal(1, cluster.Pool.RemoveAll(each => each.Type == MessageType.TimeoutNow));

        cluster.RunFor(TimeSpan.FromMilliseconds(200));

        AssertLeads(cluster, 2, term: 2);
    }

    [Fact]
    public void A_node_that_stops_hands_over_first_and_nobody_waits_for_a_timeout()
    {
        var cluster = Led(5);
        cluster.Isolate(2);
        cluster.Propose(1, "b");
        cluster.Heal();

        Transfer(cluster, asked: 1, target: 0);
        Assert.Equal([TransferOutcome.Done], cluster[1].Transfers);
        cluster.Crash(1);

        // Not 2, which lacks an entry; and no time has passed.
        AssertLeads(cluster, 3, term: 2);
        cluster.Propose(3, "c");
        Assert.Equal(cluster[3].Log.Count, (int)cluster[3].Commit);
        cluster.RunFor(5 * ElectionTimeout);
        AssertLeads(cluster, 3, term: 2);
    }

    [Fact]
    public void A_target_told_late_still_takes_over_safely()
    {
        // The word to campaign arrives when the leader has given up and appended more.
        var cluster = Led();
        cluster.Do(1, node => node.Transfer(2));
        var told = Assert.Single(cluster.Pool, each => each.Type == MessageType.TimeoutNow);
        cluster.Pool.Clear();
        cluster.Isolate(2);
        cluster.RunFor(ElectionTimeout);
        Assert.Equal([TransferOutcome.TimedOut], cluster[1].Transfers);
        cluster.Propose(1, "b");
        cluster.Heal();

        cluster.Pool.Add(told);
        cluster.Settle();
        cluster.RunFor(4 * ElectionTimeout);

        // Its log is too old to win, so an entry that was acknowledged stays.
        Assert.NotEqual(2, (int)cluster.Leader!.Id.Value);
        cluster.AssertConverged();
        Assert.Contains(cluster[2].Log, entry => entry.Body == "b");
    }

    internal static TestCluster Led(int size = 3)
    {
        var cluster = new TestCluster(size);
        cluster.Campaign(1);
        cluster.Propose(1, "a");
        AssertLeads(cluster, 1, term: 1);
        return cluster;
    }

    internal static void Transfer(TestCluster cluster, int asked, int target)
    {
        cluster.Do(asked, node => node.Transfer(target));
        cluster.Settle();
    }

    internal static void AssertLeads(TestCluster cluster, int id, ulong term)
    {
        Assert.Equal(id, (int)(cluster.Leader?.Id.Value ?? 0));
        Assert.Equal(term, cluster[id].Term);
    }
}
