namespace Ikada.Consensus.Tests.Memberships;

/// <summary>Members that receive entries and are never counted (diss. §4.2.1).</summary>
public sealed class Learners
{
    private static readonly TimeSpan ElectionTimeout = new ConsensusOptions().ElectionTimeout;

    [Fact]
    [Covers("LearnerElectionTimeout")]
    public void A_learner_does_not_campaign_however_long_it_waits()
    {
        var node = Learner();

        for (var i = 0; i < 5; i++)
        {
            node.PassDeadline();
        }

        Assert.Equal(Role.Follower, node.Role);
        Assert.Empty(node.Sent);
    }

    [Fact]
    [Covers("LearnerCampaign")]
    public void A_learner_told_to_campaign_does_not()
    {
        var node = Learner();
        node.Receive(Make.Heartbeat(1, 1));

        node.Receive(new Message { Type = MessageType.TimeoutNow, From = Make.Id(1), Term = new Term(1) });

        Assert.Equal(Role.Follower, node.Role);
        Assert.Empty(node.TakeSent(MessageType.Vote));
    }

    [Fact]
    [Covers("LearnerCanVote")]
    [Covers("story: campaign_learner_must_vote", Note = "one node of it; the story itself is a script")]
    public void A_node_that_takes_itself_for_a_learner_answers_a_candidate_that_takes_it_for_a_voter()
    {
        var node = Learner();

        node.Receive(Make.Vote(1, 2, Make.At(1, 11)));

        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
    }

    [Fact]
    [Covers("LearnerLogReplication")]
    public void A_learner_gets_all_entries_and_its_acknowledgement_commits_nothing()
    {
        var cluster = new TestCluster(3, setup => setup with
        {
            Membership = NodeSetup.MembershipOf([1, 2], learners: [3]),
        });
        cluster.Campaign(1);
        cluster.Propose(1, "to all");
        cluster.AssertConverged();

        cluster.Isolate(2);
        cluster.Propose(1, "to the learner only");

        Assert.Equal(cluster[1].Log, cluster[3].Log);
        Assert.True(cluster[1].Commit < (ulong)cluster[1].Log.Count);
    }

    [Fact]
    public void A_learner_confirms_no_round_and_keeps_no_leader_in_place()
    {
        var node = Lead.InTouch([1, 2], learners: [3]);
        node.Read(1);
        node.Receive(Make.HeartbeatReply(3, 1, round: 1));
        Assert.DoesNotContain(node.Answers, answer => answer.Kind == EffectKind.AnswerRead);

        node.Now += ElectionTimeout;
        node.Receive(Make.HeartbeatReply(3, 1, round: 1));
        node.TickAfter(TimeSpan.FromMilliseconds(1));

        Assert.Equal(Role.Follower, node.Role);
    }

    [Fact]
    [Covers("AddLearner")]
    public void A_learner_is_added_catches_up_and_is_promoted()
    {
        var cluster = new TestCluster(3, setup => setup with { Membership = NodeSetup.VotersOf(2) });
        cluster.Campaign(1);
        cluster.Propose(1, "a", "b");

        cluster.Change(1, Wish.Auto("l3"));
        Assert.Equal("voters=(1 2) learners=(3)", cluster[3].Core.Membership.ToString());
        cluster.Change(1, Wish.Auto("v3"));

        Assert.Equal("voters=(1 2 3)", cluster[3].Core.Membership.ToString());
        cluster.AssertConverged();
    }

    [Fact]
    [Covers("RemoveLearner")]
    public void A_learner_is_removed_and_hears_no_more()
    {
        var node = Lead.InTouch([1], learners: [2]);

        node.Change(Wish.Auto("r2"));
        node.Sent.Clear();
        node.Propose("x");

        Assert.Equal("voters=(1)", node.Core.Membership.ToString());
        Assert.Equal((ulong)node.Log.Count, node.Commit);
        Assert.Empty(node.Sent);
    }

    [Fact]
    [Covers("LearnerPromotion")]
    public void A_promoted_learner_can_lead()
    {
        var cluster = new TestCluster(2, setup => setup with
        {
            Membership = NodeSetup.MembershipOf([1], learners: [2]),
        });
        cluster.Campaign(1);

        cluster.Change(1, Wish.Auto("v2"));
        cluster.Do(1, node => node.Step(Input.TransferRequested(node.Now, Make.Id(2))));
        cluster.Settle();

        Assert.Equal(Role.Leader, cluster[2].Role);
        Assert.Equal(2, cluster[1].Leader);
    }

    [Fact]
    public void A_learner_that_was_never_heard_is_not_promoted()
    {
        var node = Lead.InTouch([1]);
        node.Change(Wish.Auto("l2"));
        Assert.Equal((ulong)node.Log.Count, node.Commit);

        node.Change(Wish.Auto("v2"));

        Assert.Equal(Refusal.LearnerNotReady, Lead.RefusalOf(node));
        Assert.Contains("learner 2 has 0 of 2", Lead.Answer(node, EffectKind.RefuseProposal).Reason);
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void A_learner_is_promoted_only_if_it_lags_no_more_than_the_bound(int lag, bool isPromoted)
    {
        var node = Lead.InTouch(new NodeSetup
        {
            Membership = NodeSetup.MembershipOf([1], learners: [2]),
            Options = new ConsensusOptions { PromotionLagEntriesMax = 3 },
        });
        node.Propose([.. Enumerable.Range(0, lag).Select(i => $"{i}")]);

        node.Change(Wish.Auto("v2"));

        Assert.Equal(isPromoted, node.Core.Membership.IsVoter(Make.Id(2)));
        if (!isPromoted)
        {
            Assert.Equal(Refusal.LearnerNotReady, Lead.RefusalOf(node));
        }
    }

    [Fact]
    public void A_learner_that_fell_silent_is_not_promoted_not_in_a_joint_change_either()
    {
        var node = Lead.InTouch([1], learners: [2]);
        node.Now += ElectionTimeout;

        node.Change(Wish.Joint("v2 v3"));

        Assert.Equal(Refusal.LearnerNotReady, Lead.RefusalOf(node));
        Assert.Contains("has not been heard", Lead.Answer(node, EffectKind.RefuseProposal).Reason);
    }

    [Fact]
    public void A_demoted_voter_goes_on_receiving_and_is_not_counted()
    {
        var node = Lead.InTouch([1, 2, 3]);
        node.Change(Wish.Auto("l3"));
        Lead.AcknowledgeAll(node);
        node.Propose("x");

        node.Receive(Make.Ack(3, 1, (ulong)node.Log.Count));
        Assert.True(node.Commit < (ulong)node.Log.Count);
        node.Receive(Make.Ack(2, 1, (ulong)node.Log.Count));

        Assert.Equal((ulong)node.Log.Count, node.Commit);
    }

    // Node 2; node 1 is the only voter.
    private static TestNode Learner() => new(new NodeSetup
    {
        Id = 2, Membership = NodeSetup.MembershipOf([1], learners: [2]),
    });
}
