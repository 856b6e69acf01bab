namespace Ikada.Consensus.Tests.Memberships;

/// <summary>Any set of voters to any other through a joint state (§6, diss. §4.3).</summary>
public sealed class JointStates
{
    [Fact]
    [Covers("JointAutoLeave")]
    public void The_leader_leaves_the_joint_state_by_itself_once_it_is_committed()
    {
        var cluster = new TestCluster(6, setup => setup with { Membership = NodeSetup.VotersOf(3) });
        cluster.Campaign(1);

        cluster.Do(1, node => node.Change(Wish.Auto("v4 v5 v6 r2 r3")));
        Assert.Equal("voters=(1 4 5 6)&&(1 2 3) autoleave", cluster[1].Core.Membership.ToString());
        cluster.Settle();
        cluster.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal("voters=(1 4 5 6)", cluster[1].Core.Membership.ToString());
        cluster.AssertConverged();
    }

    [Fact]
    public void The_leaving_entry_comes_once_and_not_before_the_joint_one_is_committed()
    {
        var node = Lead.InTouch([1, 2, 3]);
        node.Change(Wish.Auto("v4 v5"));
        var joint = (ulong)node.Log.Count;

        node.Receive(Make.Ack(4, 1, joint));
        node.Receive(Make.Ack(5, 1, joint));
        Assert.Equal(joint, (ulong)node.Log.Count);

        node.Receive(Make.Ack(2, 1, joint));
        Assert.Equal(joint, node.Commit);
        Assert.Equal(joint + 1, (ulong)node.Log.Count);
        node.Receive(Make.Ack(3, 1, joint));
        Assert.Equal(joint + 1, (ulong)node.Log.Count);
        Assert.Equal("voters=(1 2 3 4 5)", node.Core.Membership.ToString());
    }

    [Theory]
    [InlineData("the incoming voters", 2, 3)]
    [InlineData("the outgoing voters", 4, 5)]
    public void In_a_joint_state_nothing_is_committed_without_a_majority_of(string which, int one, int other)
    {
        var node = Lead.InTouch([1, 2, 3]);
        node.Change(Wish.JointExplicit("v4 v5 r2 r3"));
        var joint = (ulong)node.Log.Count;

        node.Receive(Make.Ack(one, 1, joint));
        node.Receive(Make.Ack(other, 1, joint));
        Assert.True(node.Commit < joint, $"committed without {which}");

        node.Receive(Make.Ack(6 - one, 1, joint));
        Assert.Equal(joint, node.Commit);
    }

    /// <summary>§6: agreement for elections requires separate majorities from the old and the new
    /// configuration.</summary>
    [Theory]
    [InlineData(4, 5, 2)]
    [InlineData(2, 3, 4)]
    public void In_a_joint_state_nobody_is_elected_without_majorities_of_both(int one, int other, int missing)
    {
        var node = new TestNode(new NodeSetup { Membership = NodeSetup.MembershipOf([1, 4, 5], [1, 2, 3]) });
        node.PassDeadline();
        node.Receive(Make.PreVoteReply(one, 1));
        node.Receive(Make.PreVoteReply(other, 1));
        Assert.Equal(Role.PreCandidate, node.Role);
        node.Receive(Make.PreVoteReply(missing, 1));
        Assert.Equal(Role.Candidate, node.Role);

        node.Receive(Make.VoteReply(one, 1));
        node.Receive(Make.VoteReply(other, 1));
        Assert.Equal(Role.Candidate, node.Role);
        node.Receive(Make.VoteReply(missing, 1));
        Assert.Equal(Role.Leader, node.Role);
    }

    [Fact]
    public void A_joint_state_that_was_asked_for_explicitly_stays_until_it_is_left()
    {
        var node = Lead.InTouch([1, 2, 3]);
        node.Change(Wish.JointExplicit("v4 r2"));
        Lead.AcknowledgeAll(node);
        Assert.Equal("voters=(1 3 4)&&(1 2 3)", node.Core.Membership.ToString());

        node.Change(Wish.Auto("v5"));
        Assert.Equal(Refusal.MembershipInvalid, Lead.RefusalOf(node));

        node.Change(Wish.Leave);
        Assert.Equal("voters=(1 3 4)", node.Core.Membership.ToString());
        node.Change(Wish.Leave);
        Assert.Equal(Refusal.MembershipChangePending, Lead.RefusalOf(node));
    }

    [Fact]
    public void A_leader_that_inherits_a_joint_state_commits_an_entry_of_its_own_term_before_it_leaves_it()
    {
        var joint = TestEntry.Of(1, MembershipArithmetic.EnterJoint(
            NodeSetup.VotersOf(3), autoLeave: true, Wish.Members("v4 v5 r2 r3")).Membership!);
        var node = Lead.Elected(new NodeSetup { Term = 1, Log = [joint] });
        Assert.Equal(2, node.Log.Count);

        // All hold the joint entry; it is of an earlier term and commits only with one of this term.
        foreach (var peer in new[] { 2, 3, 4, 5 })
        {
            node.Receive(Make.Ack(peer, 2, 1));
        }

        Assert.Equal(0ul, node.Commit);
        Assert.Equal(2, node.Log.Count);

        node.Receive(Make.Ack(2, 2, 2));
        node.Receive(Make.Ack(4, 2, 2));
        Assert.Equal(2ul, node.Commit);
        Assert.Equal("voters=(1 4 5)", node.Core.Membership.ToString());
        Assert.Equal([1ul, 2ul, 2ul], node.Terms);
    }

    [Fact]
    public void A_joint_state_whose_leader_dies_before_it_is_committed_is_brought_to_its_end_or_undone()
    {
        foreach (var reached in new[] { true, false })
        {
            var cluster = new TestCluster(5, setup => setup with { Membership = NodeSetup.VotersOf(3) });
            cluster.Campaign(1);
            if (!reached)
            {
                cluster.Isolate(1);
            }

            cluster.Do(1, node => node.Change(Wish.Auto("v4 v5 r1")));
            while (reached && cluster[2].Core.Membership.Voters.Length == 3 && cluster.Pool.Count > 0
                && !cluster[2].Core.Membership.IsJoint)
            {
                cluster.Deliver(0);
            }

            cluster.Crash(1);
            cluster.Pool.Clear();
            cluster.Heal();
            cluster.RunFor(TimeSpan.FromSeconds(10));

            Assert.NotNull(cluster.Leader);
            Assert.Equal(
                reached ? "voters=(2 3 4 5)" : "voters=(1 2 3)", cluster.Leader.Core.Membership.ToString());
        }
    }

    [Fact]
    public void A_voter_to_be_demoted_counts_until_the_joint_state_is_left_and_is_a_learner_then()
    {
        var node = Lead.InTouch([1, 2, 3]);
        node.Change(Wish.Joint("l2 l3"));
        var joint = (ulong)node.Log.Count;
        Assert.Equal("voters=(1)&&(1 2 3) learners_next=(2 3) autoleave", node.Core.Membership.ToString());
        Assert.True(node.Commit < joint);

        node.Receive(Make.Ack(3, 1, joint));

        // The leaving entry needs the only voter left.
        Assert.Equal("voters=(1) learners=(2 3)", node.Core.Membership.ToString());
        Assert.Equal(joint + 1, node.Commit);
    }

    [Fact]
    public void Outgoing_voters_are_served_until_the_leaving_entry_is_committed_and_told_so_once()
    {
        var node = Lead.InTouch([1, 2, 3]);
        node.Change(Wish.Joint("v4 r2"));
        Lead.AcknowledgeAll(node);
        Assert.Equal("voters=(1 3 4)", node.Core.Membership.ToString());

        // Appended, not committed: node 2 still gets it.
        var leaving = (ulong)node.Log.Count;
        Assert.Contains(node.Sent, sent => sent.Message.To.Value == 2 && sent.Message.End.Value == leaving);
        Assert.True(node.Commit < leaving);
        node.Sent.Clear();

        node.Receive(Make.Ack(3, 1, leaving));
        Assert.Equal(leaving, node.Commit);
        var told = Assert.Single(node.TakeSent(), sent => sent.Message.To.Value == 2);
        Assert.Equal(leaving, told.Message.Commit.Value);

        node.TickAfter(new ConsensusOptions().HeartbeatInterval);
        Assert.DoesNotContain(node.TakeSent(), sent => sent.Message.To.Value == 2);
    }
}
