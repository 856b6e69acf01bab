namespace Ikada.Consensus.Tests.Memberships;

/// <summary>Who may change the membership, and when: the leader, one change at a time, once an entry of its
/// term is committed (§6, diss. §4.1; raft-dev 2015).</summary>
public sealed class OneAtATime
{
    [Fact]
    [Covers("StepConfig", Note = "in force once appended, not once applied")]
    public void A_change_is_an_entry_that_is_in_force_once_appended()
    {
        var node = Lead.InTouch([1, 2, 3]);

        node.Change(Wish.Auto("v4"));

        var accepted = Lead.Answer(node, EffectKind.AcceptProposal);
        var appended = Lead.Answer(node, EffectKind.AppendToLog);
        Assert.Equal((ulong)node.Log.Count, accepted.First.Value);
        Assert.Equal(accepted.First, accepted.Last);
        Assert.Equal(accepted.First, appended.Last);
        Assert.Same(node.Core.Membership, appended.Membership);
        Assert.Equal("voters=(1 2 3 4)", node.Core.Membership.ToString());
        Assert.True(node.Commit < accepted.First.Value);
        Assert.Contains(node.Sent, sent => sent is { Type: MessageType.Append, Message.To.Value: 4 });
    }

    [Fact]
    public void Who_does_not_lead_refuses_and_says_who_does()
    {
        var follower = Make.Follower(3, 1);
        follower.Change(Wish.Auto("v4"));
        Assert.Equal(Refusal.NoLeader, Lead.RefusalOf(follower));

        follower.Receive(Make.Heartbeat(2, 1));
        follower.Change(Wish.Auto("v4"));

        Assert.Equal(Refusal.NotLeader, Lead.RefusalOf(follower));
        Assert.Equal(2ul, Lead.Answer(follower, EffectKind.RefuseProposal).Leader.Value);
        Assert.Empty(follower.Log);
    }

    [Fact]
    [Covers("StepIgnoreConfig", Note = "the second change is refused with its reason; nothing is appended")]
    public void A_second_change_is_refused_until_the_first_is_committed()
    {
        var node = Lead.InTouch([1, 2, 3]);
        node.Change(Wish.Auto("v4"));
        var length = node.Log.Count;

        node.Change(Wish.Auto("v5"));
        Assert.Equal(Refusal.MembershipChangePending, Lead.RefusalOf(node));
        Assert.Equal(length, node.Log.Count);

        Lead.AcknowledgeAll(node);
        node.Change(Wish.Auto("v5"));
        Assert.Equal("voters=(1 2 3 4 5)", node.Core.Membership.ToString());
    }

    [Fact]
    public void A_change_that_was_judged_by_members_no_more_in_force_is_refused()
    {
        var node = Lead.InTouch([1, 2, 3]);
        var judgedBy = node.Core.Membership.Fingerprint();
        node.Change(Wish.Auto("l4") with { Expected = judgedBy });
        Assert.Equal("voters=(1 2 3) learners=(4)", node.Core.Membership.ToString());
        Lead.AcknowledgeAll(node);
        var length = node.Log.Count;

        node.Change(Wish.Auto("l5") with { Expected = judgedBy });
        Assert.Equal(Refusal.MembershipMoved, Lead.RefusalOf(node));
        Assert.Equal(length, node.Log.Count);

        node.Change(Wish.Auto("l5") with { Expected = node.Core.Membership.Fingerprint() });
        Assert.Equal("voters=(1 2 3) learners=(4 5)", node.Core.Membership.ToString());
    }

    [Fact]
    [Covers("NewLeaderPendingConfig",
        Note = "any change waits for the first commit of the term, whether or not one is pending")]
    public void A_new_leader_refuses_changes_until_an_entry_of_its_term_is_committed()
    {
        var node = Lead.Elected(new NodeSetup
        {
            Term = 1, Log = [TestEntry.Of(1, NodeSetup.VotersOf(4))], Membership = NodeSetup.VotersOf(3),
        });

        node.Change(Wish.Auto("r4"));
        Assert.Equal(Refusal.MembershipChangePending, Lead.RefusalOf(node));

        Lead.AcknowledgeAll(node);
        node.Change(Wish.Auto("r4"));
        Assert.Equal("voters=(1 2 3)", node.Core.Membership.ToString());
    }

    [Fact]
    public void A_stale_leader_s_change_and_a_new_leader_s_change_cannot_both_be_committed()
    {
        // The bug of single-server changes (Ongaro, raft-dev, 2015): voters 1 to 4; leader 1 adds 5 and is
        // cut off with it; leader 2, of the old membership, removes a node and commits; then 1 comes back.
        var cluster = new TestCluster(5, setup => setup with { Membership = NodeSetup.VotersOf(4) });
        cluster.Campaign(1);
        cluster.Isolate(1);
        cluster.Change(1, Wish.Auto("v5"));
        cluster.Pass(TimeSpan.FromSeconds(3));
        cluster.Campaign(2);
        cluster.Change(2, Wish.Auto("r1"));
        Assert.Equal((ulong)cluster[2].Log.Count, cluster[2].Commit);

        cluster.Heal();
        cluster.Isolate(2);
        cluster.RunFor(TimeSpan.FromSeconds(10));

        // Only a holder of the committed change may have been elected: the rules of figure 3 judge every
        // step.
        Assert.Equal("voters=(2 3 4)", cluster[3].Core.Membership.ToString());
        Assert.NotEqual(Role.Leader, cluster[1].Role);
    }

    [Fact]
    public void Nothing_changes_while_leadership_is_handed_over()
    {
        var node = Lead.InTouch([1, 2, 3]);
        node.Propose("one more");
        node.Step(Input.TransferRequested(node.Now, Make.Id(2)));

        node.Change(Wish.Auto("v4"));

        Assert.Equal(Refusal.Transferring, Lead.RefusalOf(node));
    }

    [Fact]
    public void A_change_that_cannot_be_made_is_refused_with_its_reason()
    {
        var node = Lead.InTouch([1]);

        node.Change(Wish.Simple("v2 v3"));

        var refused = Lead.Answer(node, EffectKind.RefuseProposal);
        Assert.Equal(Refusal.MembershipInvalid, refused.Refusal);
        Assert.Contains("2 voters change at once", refused.Reason);
    }

    [Fact]
    [Covers("AddNode")]
    public void A_voter_is_added_catches_up_and_is_counted()
    {
        var cluster = new TestCluster(4, setup => setup with { Membership = NodeSetup.VotersOf(3) });
        cluster.Campaign(1);
        cluster.Propose(1, "before");

        cluster.Change(1, Wish.Auto("v4"));
        cluster.Isolate(2);
        cluster.Isolate(3);
        cluster.Propose(1, "two of four are no majority");
        Assert.True(cluster[1].Commit < (ulong)cluster[1].Log.Count);

        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(cluster[1].Log, cluster[4].Log);
        cluster.AssertConverged();
    }

    [Fact]
    [Covers("RemoveNode")]
    public void A_voter_is_removed_and_no_longer_counted()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);

        cluster.Change(1, Wish.Auto("r3"));
        cluster.Isolate(3);
        cluster.Propose(1, "without it");

        Assert.Equal("voters=(1 2)", cluster[2].Core.Membership.ToString());
        Assert.Equal((ulong)cluster[1].Log.Count, cluster[1].Commit);
    }

    [Fact]
    [Covers("CommitAfterRemoveNode", Note = "the smaller majority holds from the append on")]
    public void What_waited_for_a_removed_voter_is_committed_by_the_smaller_majority()
    {
        var node = Lead.InTouch([1, 2]);
        node.Propose("waits");
        var waiting = (ulong)node.Log.Count;
        Assert.Equal(waiting - 1, node.Commit);

        node.Change(Wish.Auto("r2"));

        Assert.Equal(waiting + 1, node.Commit);
    }

    [Fact]
    public void A_read_that_waited_for_a_removed_voter_is_answered()
    {
        var node = Lead.InTouch([1, 2]);
        node.Read(7);
        Assert.DoesNotContain(node.Answers, answer => answer.Kind == EffectKind.AnswerRead);

        node.Change(Wish.Auto("r2"));

        Assert.Equal(7ul, Assert.Single(node.Answers, answer => answer.Kind == EffectKind.AnswerRead).ReadId);
    }

    [Fact]
    [Covers("RaftNodes")]
    public void Members_are_listed_by_id_whatever_the_order_they_came_in()
    {
        var membership = NodeSetup.MembershipOf([3, 1, 2], learners: [5, 4]);

        Assert.Equal(
            [1ul, 2ul, 3ul, 4ul, 5ul], membership.Members.ToArray().Select(member => member.Id.Value));
        Assert.Equal("voters=(1 2 3) learners=(4 5)", membership.ToString());
    }

    [Fact]
    [Covers("ProposeAddDuplicateNode")]
    public void Adding_a_member_twice_does_no_harm()
    {
        var cluster = new TestCluster(3, setup => setup with { Membership = NodeSetup.VotersOf(2) });
        cluster.Campaign(1);

        cluster.Change(1, Wish.Auto("v3"));
        cluster.Change(1, Wish.Auto("v3"));
        cluster.Propose(1, "after");

        Assert.Equal("voters=(1 2 3)", cluster[3].Core.Membership.ToString());
        cluster.AssertConverged();
    }

    [Fact]
    [Covers("AddNodeCheckQuorum", Note = "its time runs from the append that adds it")]
    public void A_member_just_added_is_not_held_against_its_leader()
    {
        var options = new ConsensusOptions();
        var node = Lead.InTouch([1]);
        node.TickAfter(10 * options.ElectionTimeout);
        node.Change(Wish.Auto("v2"));

        node.TickAfter(options.HeartbeatInterval);
        Assert.Equal(Role.Leader, node.Role);

        // But no longer than an election timeout.
        node.TickAfter(options.ElectionTimeout);
        Assert.Equal(Role.Follower, node.Role);
    }

    [Fact]
    public void Attributes_priority_and_lease_are_changed_by_an_entry_too()
    {
        var node = Lead.InTouch([1, 2, 3]);
        var lease = TimeSpan.FromMilliseconds(500);
        var update = new MemberChange(MemberChangeKind.Update, Make.Id(2))
        {
            Priority = 5, Attributes = new byte[] { 1 },
        };

        node.Change(new MembershipChange { Lease = lease, Members = [update] });

        Assert.Equal(lease, node.Core.Membership.Lease);
        Assert.Equal(5, node.Core.Membership.Find(Make.Id(2))!.Priority);
        node.Change(Wish.Auto("v4"));
        Assert.Equal(Refusal.MembershipChangePending, Lead.RefusalOf(node));
    }

    [Fact]
    public void A_change_that_is_cut_from_a_follower_s_log_is_undone()
    {
        var node = Make.Follower(3, 1);
        var added = TestEntry.Of(1, NodeSetup.VotersOf(4));
        node.Receive(Make.Append(2, 1, count: 1), added);
        Assert.Equal("voters=(1 2 3 4)", node.Core.Membership.ToString());

        node.Receive(Make.Append(3, 2, count: 1), new TestEntry(2, string.Empty));

        Assert.Equal("voters=(1 2 3)", node.Core.Membership.ToString());
        node.PassDeadline();
        Assert.Equal([2ul, 3ul], node.TakeSent(MessageType.PreVote).Select(sent => sent.Message.To.Value));
    }

    [Fact]
    [Covers("ConfChangeCheckBeforeCampaign",
        Note = "no wait for apply: the newest membership in the log, committed or not, is campaigned under")]
    public void A_node_campaigns_under_the_newest_membership_in_its_log_committed_or_not()
    {
        var node = new TestNode(new NodeSetup
        {
            Term = 1, Membership = NodeSetup.VotersOf(2), Log = [TestEntry.Of(1, NodeSetup.VotersOf(4))],
        });

        node.PassDeadline();

        Assert.Equal(0ul, node.Commit);
        Assert.Equal(
            [2ul, 3ul, 4ul], node.TakeSent(MessageType.PreVote).Select(sent => sent.Message.To.Value));
        node.Receive(Make.PreVoteReply(2, 2));
        Assert.Equal(Role.PreCandidate, node.Role);
        node.Receive(Make.PreVoteReply(3, 2));
        Assert.Equal(Role.Candidate, node.Role);
    }

    [Fact]
    [Covers("ConfChangeV2CheckBeforeCampaign",
        Note = "both majorities of the joint state in the log are needed, committed or not")]
    public void A_node_campaigns_under_a_joint_state_in_its_log_and_needs_both_majorities()
    {
        var node = new TestNode(new NodeSetup
        {
            Term = 1, Membership = NodeSetup.VotersOf(3),
            Log = [TestEntry.Of(1, NodeSetup.MembershipOf([1, 4, 5], [1, 2, 3]))],
        });

        node.PassDeadline();

        node.Receive(Make.PreVoteReply(2, 2));
        node.Receive(Make.PreVoteReply(3, 2));
        Assert.Equal(Role.PreCandidate, node.Role);
        node.Receive(Make.PreVoteReply(5, 2));
        Assert.Equal(Role.Candidate, node.Role);
    }
}
