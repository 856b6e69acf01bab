namespace Ikada.Consensus.Tests.Elections;

/// <summary>Elections and transfers while the membership changes (§6, diss. §4).</summary>
public sealed class DuringChanges
{
    private static readonly TimeSpan ElectionTimeout = new ConsensusOptions().ElectionTimeout;

    [Theory]
    [InlineData("r3")]
    [InlineData("l3")]
    [Covers("LeaderTransferRemoveNode", "LeaderTransferDemoteNode", Note =
        "no change is taken during a transfer, so it began before: leaving a joint state by itself ends it")]
    public void A_target_that_is_removed_or_demoted_ends_the_transfer(string change)
    {
        var cluster = TransferScenarios.Led();
        cluster.Do(1, node => node.Change(Wish.Joint(change)));
        cluster.Isolate(3);
        cluster.Do(1, node => node.Transfer(3));
        Assert.Empty(cluster[1].Transfers);

        cluster.Settle();

        Assert.Equal([TransferOutcome.NotAVoter], cluster[1].Transfers);
        Assert.Equal("voters=(1 2)", cluster[1].Core.Membership.ToString()!.Split(" learners")[0]);
        cluster.Propose(1, "b");
        Assert.Equal(EffectKind.AcceptProposal, cluster[1].Answers[^1].Kind);
        cluster.Do(1, node => node.Transfer(3));
        Assert.Equal(TransferOutcome.NotAVoter, cluster[1].Transfers[^1]);
        TransferScenarios.AssertLeads(cluster, 1, term: 1);
    }

    [Fact]
    public void No_change_of_membership_is_taken_during_a_transfer()
    {
        var cluster = TransferScenarios.Led();
        cluster.Isolate(3);
        TransferScenarios.Transfer(cluster, asked: 1, target: 3);

        cluster.Change(1, Wish.Auto("r3"));

        Assert.Equal(Refusal.Transferring, cluster[1].Answers[^1].Refusal);
        Assert.Equal("voters=(1 2 3)", cluster[1].Core.Membership.ToString());
    }

    [Fact]
    public void Leadership_can_be_handed_over_in_a_joint_state_which_the_next_leader_leaves()
    {
        var cluster = new TestCluster(5, setup => setup with { Membership = NodeSetup.VotersOf(3) });
        cluster.Campaign(1);
        cluster.Change(1, Wish.JointExplicit("v4 v5 r1 r2"));
        cluster.RunFor(TimeSpan.FromMilliseconds(300));
        Assert.Equal("voters=(3 4 5)&&(1 2 3)", cluster[1].Core.Membership.ToString());

        // The best stays a voter; an outgoing one is taken when named.
        TransferScenarios.Transfer(cluster, asked: 1, target: 0);
        Assert.InRange((int)cluster.Leader!.Id.Value, 3, 5);
        cluster.RunFor(TimeSpan.FromMilliseconds(300));
        var third = (int)cluster.Leader.Id.Value;
        TransferScenarios.Transfer(cluster, asked: third, target: 2);
        TransferScenarios.AssertLeads(cluster, 2, term: 3);
        TransferScenarios.Transfer(cluster, asked: 2, target: third);
        cluster.Change(third, Wish.Leave);
        cluster.RunFor(ElectionTimeout);

        TransferScenarios.AssertLeads(cluster, third, term: 4);
        Assert.Equal("voters=(3 4 5)", cluster[third].Core.Membership.ToString());
    }

    [Fact]
    public void A_preferred_voter_waits_until_a_change_of_membership_is_over()
    {
        Member[] members = [.. Enumerable.Range(1, 3).Select(id =>
            new Member(Make.Id(id), null, default, id == 3 ? (byte)9 : (byte)0))];
        var group = new Membership(members, [Make.Id(1), Make.Id(2), Make.Id(3)]);
        var cluster = new TestCluster(4, setup => setup with { Membership = group });
        cluster.Campaign(1);
        cluster.Change(1, Wish.JointExplicit("v4"));

        cluster.RunFor(10 * ElectionTimeout);
        TransferScenarios.AssertLeads(cluster, 1, term: 1);
        cluster.Change(1, Wish.Leave);
        cluster.RunFor(ElectionTimeout);

        TransferScenarios.AssertLeads(cluster, 3, term: 2);
    }

    [Theory]
    [InlineData("v4 v5 r1", 2)]
    [InlineData("v4 v5 r1", 3)]
    [InlineData("v4 v5 r1 r2", 3)]
    [InlineData("v4", 2)]
    [InlineData("r1", 3)]
    [Covers("ccf: election_while_reconfiguration")]
    public void An_election_during_a_change_either_completes_or_forgets_it(string change, int reaches)
    {
        var cluster = new TestCluster(5, setup => setup with { Membership = NodeSetup.VotersOf(3) });
        cluster.Campaign(1);
        cluster.Propose(1, "a");
        cluster.RunFor(TimeSpan.FromMilliseconds(200));

        // The entry is on its way when the leader dies, and arrives at one node only.
        cluster.Do(1, node => node.Change(Wish.Auto(change)));
        var place = cluster.Pool.FindIndex(each =>
            each.Message.To == Make.Id(reaches) && each.Entries.Length > 0);
        var append = cluster.Pool[place];
        cluster.Pool.Clear();
        cluster.Pool.Add(append);
        cluster.Deliver(0);
        cluster.Pool.Clear();
        cluster.Crash(1);
        cluster.RunFor(4 * ElectionTimeout);

        Assert.NotNull(cluster.Leader);
        var leader = (int)cluster.Leader.Id.Value;
        cluster.Propose(leader, "b");
        cluster.RunFor(ElectionTimeout);
        Assert.Equal((ulong)cluster[leader].Log.Count, cluster[leader].Commit);
        Assert.False(cluster[leader].Core.Membership.IsJoint);
        cluster.Restart(1, seed: 99);
        cluster.RunFor(4 * ElectionTimeout);

        Assert.Equal(leader, (int)cluster.Leader.Id.Value);
        cluster.CheckLogs();
        Assert.All(
            cluster[leader].Core.Membership.Voters.ToArray(),
            voter => Assert.Contains(cluster[(int)voter.Value].Log, entry => entry.Body == "b"));
    }
}
