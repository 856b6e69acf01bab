namespace Ikada.Consensus.Tests.Memberships;

/// <summary>Which directory stands behind a member (DESIGN §3, Incarnation): bound when first heard; wiped,
/// copied and rolled-back ones are refused. Node n runs under incarnation 10 + n.</summary>
public sealed class Incarnations
{
    [Fact]
    public void The_first_entry_of_a_term_binds_the_incarnations_heard_so_far()
    {
        var node = Elected();

        var opening = Assert.Single(node.Log).Membership!;
        Assert.Equal("11 12 -", Bindings(opening));
        Assert.Equal("voters=(1 2 3)", opening.ToString());
    }

    [Fact]
    public void Who_is_heard_later_is_bound_by_a_further_entry_also_while_the_first_is_not_committed()
    {
        var node = Elected();

        node.ReceiveFrom(13, 1, Make.HeartbeatReply(3, 1, round: 0));
        node.ReceiveFrom(13, 1, Make.HeartbeatReply(3, 1, round: 0));

        Assert.Equal(0ul, node.Commit);
        Assert.Equal(2, node.Log.Count);
        Assert.Equal("11 12 13", Bindings(node.Core.Membership));
    }

    [Fact]
    public void A_term_whose_members_are_all_bound_opens_with_an_empty_entry()
    {
        var cluster = Cluster(3);
        cluster.Campaign(1);
        Assert.Equal("11 12 13", Bindings(cluster[1].Core.Membership));
        cluster.Pass(TimeSpan.FromSeconds(3));

        cluster.Campaign(2);

        Assert.Equal(Role.Leader, cluster[2].Role);
        Assert.Null(cluster[2].Log[^1].Membership);
        cluster.AssertConverged();
    }

    [Fact]
    public void An_unbound_voter_s_vote_counts_and_its_acknowledgement_does_not()
    {
        var node = Elected();
        Assert.Equal(Role.Leader, node.Role);

        // Nobody says which directory it comes from, so it stays unbound.
        node.Receive(Make.Ack(3, 1, 1));
        Assert.Equal(0ul, node.Commit);

        node.ReceiveFrom(12, 1, Make.Ack(2, 1, 1));
        Assert.Equal(1ul, node.Commit);
    }

    [Fact]
    public void A_lone_voter_can_add_a_second_one_since_binding_it_need_not_wait()
    {
        var cluster = Cluster(2, voters: 1);
        cluster.Campaign(1);
        cluster.Change(1, Wish.Auto("v2"));

        Assert.Equal("11 12", Bindings(cluster[2].Core.Membership));
        Assert.Equal((ulong)cluster[1].Log.Count, cluster[1].Commit);
        cluster.AssertConverged();
    }

    [Fact]
    public void A_change_may_follow_while_a_binding_is_not_committed()
    {
        var node = Elected();
        node.ReceiveFrom(12, 1, Make.Ack(2, 1, 1));
        node.ReceiveFrom(13, 1, Make.HeartbeatReply(3, 1, round: 0));
        Assert.True(node.Commit < (ulong)node.Log.Count);

        node.Change(Wish.Auto("v4"));

        Assert.Equal("voters=(1 2 3 4)", node.Core.Membership.ToString());
    }

    [Fact]
    public void A_wiped_voter_s_acknowledgements_are_ignored_and_that_is_told_once()
    {
        var node = InTouch();
        node.Propose("x");
        var last = (ulong)node.Log.Count;

        node.ReceiveFrom(93, 1, Make.Ack(3, 1, last));
        node.ReceiveFrom(93, 1, Make.Ack(3, 1, last));

        Assert.True(node.Commit < last);
        Assert.Equal((Fact.PeerWiped, Make.Id(3)), Assert.Single(node.Facts));
        node.ReceiveFrom(94, 1, Make.Ack(3, 1, last));
        Assert.Equal(2, node.Facts.Count);
    }

    [Fact]
    public void A_wiped_voter_keeps_no_leader_in_place_and_confirms_no_read()
    {
        var node = InTouch();
        node.Read(1);
        node.ReceiveFrom(93, 1, Make.HeartbeatReply(3, 1, round: 1));
        Assert.DoesNotContain(node.Answers, answer => answer.Kind == EffectKind.AnswerRead);

        node.Now += new ConsensusOptions().ElectionTimeout;
        node.ReceiveFrom(93, 1, Make.HeartbeatReply(3, 1, round: 1));
        node.TickAfter(TimeSpan.FromMilliseconds(1));

        Assert.Equal(Role.Follower, node.Role);
    }

    [Fact]
    public void A_wiped_voter_s_votes_are_not_counted()
    {
        var node = Bound(1);
        node.PassDeadline();

        node.ReceiveFrom(93, 1, Make.PreVoteReply(3, 2));
        Assert.Equal(Role.PreCandidate, node.Role);
        node.ReceiveFrom(12, 1, Make.PreVoteReply(2, 2));
        Assert.Equal(Role.Candidate, node.Role);

        node.ReceiveFrom(93, 1, Make.VoteReply(3, 2));
        Assert.Equal(Role.Candidate, node.Role);
    }

    [Fact]
    public void A_wiped_voter_gets_no_vote_and_raises_nobody_s_term()
    {
        var node = Bound(1);

        node.ReceiveFrom(93, 1, Make.PreVote(3, 9, Make.At(0, 0)));
        node.ReceiveFrom(93, 1, Make.Vote(3, 9, Make.At(0, 0)));

        Assert.Equal(1ul, node.Term);
        Assert.Empty(node.Sent);
    }

    [Fact]
    public void A_node_that_was_added_again_is_elected_by_a_voter_that_does_not_know_it_yet()
    {
        var node = Bound(2);

        // Its log holds all that ours does, and so our binding, and what came after it.
        node.ReceiveFrom(93, 1, Make.Vote(3, 9, Make.At(8, 8)));

        Assert.Equal(9ul, node.Term);
        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
    }

    [Fact]
    public void A_node_that_reads_that_its_id_belongs_to_another_directory_does_not_campaign()
    {
        var node = Bound(3, incarnation: 93);

        node.PassDeadline();

        Assert.Equal(Role.Follower, node.Role);
    }

    [Fact]
    public void A_node_added_again_votes_before_its_own_log_says_so()
    {
        var node = Bound(3, incarnation: 93);

        // Whether the vote counts the candidate knows, whose log holds all that this one does. As a voter of
        // a joint state this node may be the only one that can elect it.
        node.ReceiveFrom(12, 1, Make.Vote(2, 2, Make.At(1, 5)));

        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
    }

    [Fact]
    public void Fewer_starts_than_seen_before_are_a_copied_directory_and_refused()
    {
        var node = InTouch();
        node.Propose("x");
        var last = (ulong)node.Log.Count;
        node.ReceiveFrom(13, 5, Make.HeartbeatReply(3, 1, round: 0));

        node.ReceiveFrom(13, 4, Make.Ack(3, 1, last));
        node.ReceiveFrom(13, 4, Make.Ack(3, 1, last));
        Assert.True(node.Commit < last);
        Assert.Equal((Fact.PeerRolledBack, Make.Id(3)), Assert.Single(node.Facts));

        node.ReceiveFrom(13, 6, Make.Ack(3, 1, last));
        Assert.Equal(last, node.Commit);
    }

    [Fact]
    public void A_restart_of_the_same_directory_is_welcome()
    {
        var cluster = Cluster(3);
        cluster.Campaign(1);
        cluster.Crash(3);
        cluster.Restart(3, seed: 9);
        cluster.Propose(1, "x");

        cluster.RunFor(TimeSpan.FromSeconds(1));

        cluster.AssertConverged();
        Assert.Empty(cluster[1].Facts);
    }

    [Fact]
    public void A_wiped_node_comes_back_as_a_learner_catches_up_and_is_promoted()
    {
        var cluster = Cluster(3);
        cluster.Campaign(1);
        cluster.Propose(1, "before");
        cluster.Crash(3);
        cluster.Wipe(3, seed: 9, incarnation: 93);
        cluster.RunFor(TimeSpan.FromSeconds(3));
        Assert.Contains((Fact.PeerWiped, Make.Id(3)), cluster[1].Facts);
        Assert.Equal("11 12 13", Bindings(cluster[1].Core.Membership));

        cluster.Change(1, Wish.Auto("f3"));
        cluster.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal("11 12 93", Bindings(cluster[1].Core.Membership));
        Assert.Equal("voters=(1 2) learners=(3)", cluster[3].Core.Membership.ToString());
        cluster.Change(1, Wish.Auto("v3"));
        cluster.Isolate(2);
        cluster.Propose(1, "counts on it");

        Assert.Equal((ulong)cluster[1].Log.Count, cluster[1].Commit);
        Assert.Equal(cluster[1].Log, cluster[3].Log);
    }

    [Fact]
    public void A_wiped_node_cannot_come_back_as_a_voter()
    {
        var node = InTouch();
        node.ReceiveFrom(93, 1, Make.HeartbeatReply(3, 1, round: 0));

        node.Change(Wish.Auto("v3"));
        node.ReceiveFrom(93, 1, Make.Ack(3, 1, (ulong)node.Log.Count));

        Assert.Equal("11 12 13", Bindings(node.Core.Membership));
        Assert.True(node.Commit < (ulong)node.Log.Count);
    }

    [Fact]
    public void What_its_earlier_life_still_says_neither_counts_nor_binds_it_again()
    {
        var node = InTouch();
        node.ReceiveFrom(93, 1, Make.HeartbeatReply(3, 1, round: 0));
        node.Change(Wish.Auto("f3"));
        node.Sent.Clear();

        node.ReceiveFrom(13, 1, Make.Ack(3, 1, (ulong)node.Log.Count));
        Assert.Equal("11 12 -", Bindings(node.Core.Membership));

        node.ReceiveFrom(93, 1, Make.Refusal(3, 1, rejected: (ulong)node.Log.Count, default));
        Assert.Equal("11 12 93", Bindings(node.Core.Membership));
        node.ReceiveFrom(13, 1, Make.Ack(3, 1, (ulong)node.Log.Count));

        // Served from the first entry on: what its earlier life acknowledged is forgotten.
        node.ReceiveFrom(93, 1, Make.HeartbeatReply(3, 1, round: 0));
        var append = node.TakeSent(MessageType.Append).Last(sent => sent.Message.To.Value == 3);
        Assert.Equal(0ul, append.Message.Position.Index.Value);
    }

    [Fact]
    public void A_healthy_node_whose_incarnation_is_forgotten_is_bound_again_and_starts_over()
    {
        var node = InTouch();

        node.Change(Wish.Auto("f3"));
        node.ReceiveFrom(13, 1, Make.HeartbeatReply(3, 1, round: 0));

        Assert.Equal("11 12 13", Bindings(node.Core.Membership));
        Assert.Equal("voters=(1 2) learners=(3)", node.Core.Membership.ToString());
    }

    [Fact]
    public void A_leader_that_was_added_again_is_followed_by_a_node_that_does_not_know_it_yet()
    {
        var node = Bound(2);

        node.ReceiveFrom(93, 1, Make.Heartbeat(3, 5));

        Assert.Equal(3, node.Leader);
        Assert.Empty(node.Facts);
    }

    [Fact]
    public void A_new_directory_that_reads_of_the_removal_of_its_predecessor_was_not_removed()
    {
        // Trap 14: a removed member must not see what became of it before as its own failure.
        var node = new TestNode(new NodeSetup { Id = 3, Incarnation = 93 });
        var bound = Bind(NodeSetup.VotersOf(3), 11, 12, 13);
        var without = Of(MembershipArithmetic.Simple(bound, Wish.Members("r3")));
        var again = Of(MembershipArithmetic.Simple(without, Wish.Members("l3")));

        Membership[] history = [bound, without, again];
        for (var i = 0ul; i < 3; i++)
        {
            var previous = i == 0 ? default : Make.At(1, i);
            node.ReceiveFrom(
                11, 1, Make.Append(1, 1, previous, count: 1, commit: i + 1), TestEntry.Of(1, history[i]));
        }

        Assert.Equal(3ul, node.Commit);
        Assert.Empty(node.Facts);
    }

    [Fact]
    public void A_voter_whose_own_log_lacks_the_binding_cannot_tell()
    {
        // The limit that docs/protocol/membership.md names.
        var node = new TestNode(new NodeSetup { Id = 2, Incarnation = 12 });

        node.ReceiveFrom(93, 1, Make.Vote(3, 1));

        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
    }

    // Node 1 leads term 1; 2 was heard, 3 was not; nothing is acknowledged.
    private static TestNode Elected()
    {
        var node = new TestNode(new NodeSetup { Incarnation = 11, Membership = NodeSetup.VotersOf(3) });
        node.PassDeadline();
        node.ReceiveFrom(12, 1, Make.PreVoteReply(2, 1));
        node.ReceiveFrom(12, 1, Make.VoteReply(2, 1));
        Assert.Equal(Role.Leader, node.Role);
        node.Sent.Clear();
        return node;
    }

    // … and all are bound and hold everything.
    private static TestNode InTouch()
    {
        var node = Elected();
        node.ReceiveFrom(13, 1, Make.HeartbeatReply(3, 1, round: 0));
        node.ReceiveFrom(12, 1, Make.Ack(2, 1, 2));
        node.ReceiveFrom(13, 1, Make.Ack(3, 1, 2));
        Assert.Equal(2ul, node.Commit);
        node.Sent.Clear();
        return node;
    }

    // A node in term 1 whose log binds everybody.
    private static TestNode Bound(int id, ulong incarnation = 0) => new(new NodeSetup
    {
        Id = id, Incarnation = incarnation == 0 ? 10 + (ulong)id : incarnation, Term = 1,
        Membership = NodeSetup.VotersOf(3), Log = [TestEntry.Of(1, Bind(NodeSetup.VotersOf(3), 11, 12, 13))],
    });

    private static TestCluster Cluster(int size, int voters = 0) => new(size, setup => setup with
    {
        Incarnation = 10 + (ulong)setup.Id,
        Membership = NodeSetup.VotersOf(voters == 0 ? size : voters),
    });

    private static Membership Bind(Membership membership, params ulong[] incarnations)
    {
        (NodeId, Incarnation)[] bindings =
            [.. incarnations.Select((value, place) => (Make.Id(place + 1), new Incarnation(value)))];
        return MembershipArithmetic.Bind(membership, bindings);
    }

    private static Membership Of(MembershipResult result) => result.Membership!;

    private static string Bindings(Membership membership) => string.Join(
        ' ',
        membership.Members.ToArray()
            .Select(member => member.Incarnation is { Value: var bound } ? $"{bound}" : "-"));
}
