namespace Ikada.Consensus.Tests.Reads;

/// <summary>Linearizable reads by read index (diss. §6.4).</summary>
public sealed class ReadIndexReads
{
    [Covers("ReadOnlyOptionSafe")]
    [Fact]
    public void A_read_is_answered_with_the_commit_index_once_a_majority_has_confirmed_the_leader()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);

        leader.Read(7);
        Assert.Empty(leader.Answers);
        var round = leader.TakeSent(MessageType.Heartbeat)[0].Message.Round;
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round));

        var answer = Assert.Single(leader.Answers);
        Assert.Equal((EffectKind.AnswerRead, 7ul, 1ul), (answer.Kind, answer.ReadId, answer.Last.Value));
    }

    [Fact]
    public void A_round_begun_before_the_read_does_not_confirm_it()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);
        leader.TickAfter(TimeSpan.FromMilliseconds(100));
        var before = leader.TakeSent(MessageType.Heartbeat)[0].Message.Round;

        leader.Read(7);
        Assert.Empty(leader.TakeSent(MessageType.Heartbeat));
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, before));
        Assert.Empty(leader.Answers);
        var after = leader.TakeSent(MessageType.Heartbeat)[0].Message.Round;
        Assert.True(after > before);
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, after));

        Assert.Equal(7ul, Assert.Single(leader.Answers).ReadId);
    }

    [Fact]
    public void Reads_that_come_while_a_round_is_under_way_share_the_next()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);
        leader.Read(1);
        leader.Sent.Clear();
        for (var readId = 2ul; readId <= 100; readId++)
        {
            leader.Read(readId);
        }

        Assert.Empty(leader.Sent);
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, 1));
        Assert.Equal([1ul], leader.Answers.Select(each => each.ReadId));
        Assert.Equal(2, leader.TakeSent(MessageType.Heartbeat).Length);
        leader.Receive(Make.HeartbeatReply(from: 3, term: 1, 2));

        Assert.Equal(Enumerable.Range(1, 100).Select(id => (ulong)id),
            leader.Answers.Select(each => each.ReadId));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void One_answer_of_a_larger_group_is_no_majority(int size)
    {
        var leader = Make.LeaderInTouch(size, term: 1);
        leader.Read(1);

        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, 1));
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, 1));
        Assert.Empty(leader.Answers);
        leader.Receive(Make.HeartbeatReply(from: 3, term: 1, 1));

        Assert.Single(leader.Answers);
    }

    [Covers("ReadOnlyForNewLeader")]
    [Fact]
    public void A_new_leader_answers_no_read_before_an_entry_of_its_term_is_committed()
    {
        var leader = Make.Leader(size: 3, term: 2, 1, 1);
        leader.Read(1);
        leader.Read(2);
        leader.TickAfter(TimeSpan.FromMilliseconds(100));
        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, 1));
        leader.Receive(Make.HeartbeatReply(from: 3, term: 2, 1));
        Assert.Empty(leader.Answers);

        leader.Receive(Make.Ack(from: 2, term: 2, match: 3));
        Assert.Empty(leader.Answers);
        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, 2));
        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, 3));

        Assert.Equal([3ul, 3ul], leader.Answers.Select(each => each.Last.Value));
    }

    [Fact]
    public void A_single_voter_confirms_itself()
    {
        var leader = new TestNode(new NodeSetup { Membership = NodeSetup.VotersOf(1) });
        leader.PassDeadline();

        leader.Read(1);
        leader.Read(2);

        Assert.Equal([1ul, 2ul], leader.Answers.Select(each => each.ReadId));
    }

    [Fact]
    public void A_follower_refuses_a_read_and_names_the_leader()
    {
        var node = Make.Follower();
        node.Receive(Make.Heartbeat(from: 2, term: 1));

        node.Read(1);

        var answer = Assert.Single(node.Answers);
        Assert.Equal((EffectKind.RefuseRead, Refusal.NotLeader), (answer.Kind, answer.Refusal));
        Assert.Equal(Make.Id(2), answer.Leader);
    }

    [Fact]
    public void A_node_that_knows_no_leader_refuses_a_read_and_a_proposal()
    {
        var node = Make.Follower();
        node.Read(1);
        node.Propose("a");

        Assert.All(node.Answers, each => Assert.Equal(Refusal.NoLeader, each.Refusal));
        Assert.Equal(2, node.Answers.Count);
    }

    [Fact]
    public void Reads_that_wait_are_refused_when_the_leader_steps_down()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);
        leader.Read(1);
        leader.Read(2);

        leader.Receive(Make.Heartbeat(from: 3, term: 2));

        Assert.Equal([1ul, 2ul], leader.Answers.Select(each => each.ReadId));
        Assert.All(leader.Answers, each => Assert.Equal(
            (EffectKind.RefuseRead, Refusal.LeadershipLost, Make.Id(3)),
                (each.Kind, each.Refusal, each.Leader)));
    }

    [Fact]
    public void Reads_before_the_terms_first_commit_are_refused_when_the_leader_steps_down()
    {
        var leader = Make.Leader(size: 3, term: 1);
        leader.Read(1);

        leader.Receive(Make.Heartbeat(from: 3, term: 2));

        Assert.Equal(EffectKind.RefuseRead, Assert.Single(leader.Answers).Kind);
    }

    [Covers("NodeReadIndexToOldLeader")]
    [Fact]
    public void A_deposed_leader_that_does_not_know_it_answers_no_read()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);
        cluster.Isolate(1);
        cluster.Pass(TimeSpan.FromSeconds(3));
        cluster.Campaign(2);
        cluster.Campaign(2);
        Assert.Equal(Role.Leader, cluster[2].Role);
        cluster.Propose(2, "newer");
        Assert.Equal(Role.Leader, cluster[1].Role);

        cluster.Read(1);
        cluster.Settle();

        Assert.Empty(cluster[1].Answers);
    }

    [Fact]
    public void A_heartbeat_answer_of_an_earlier_term_confirms_nothing()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 3);
        leader.Read(1);

        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, round: 50));

        Assert.Empty(leader.Answers);
    }

    [Covers("ReadOnlyDuplicateRequest",
        Note = "The number is the host's: the core answers each asking once.")]
    [Fact]
    public void A_number_asked_twice_is_answered_twice_each_time_after_a_round_begun_later()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);
        leader.Read(7);
        leader.Read(7);

        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 1));
        Assert.Single(leader.Answers);
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 2));

        Assert.Equal([7ul, 7ul], leader.Answers.Select(each => each.ReadId));
    }

    [Covers("RaftFreesReadOnlyMem", Note = "Shown by the bound: an answered read takes no room.")]
    [Fact]
    public void Reads_that_wait_are_bounded_and_make_room_when_answered_or_refused()
    {
        var leader = new TestNode(new NodeSetup { Options = new ConsensusOptions { ReadsWaitingMax = 2 } });
        Lead(leader);
        for (var round = 1ul; round <= 100; round += 2)
        {
            leader.Read(1);
            leader.Read(2);
            leader.Read(3);
            Assert.Equal(
                (EffectKind.RefuseRead, Refusal.Overloaded, 3ul),
                (leader.Answers[0].Kind, leader.Answers[0].Refusal, leader.Answers[0].ReadId));
            leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round));
            leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round + 1));
            Assert.Equal([1ul, 2ul], leader.Answers[1..].Select(each => each.ReadId));
            leader.Answers.Clear();
        }
    }

    [Fact]
    public void Reads_before_the_terms_first_commit_count_towards_the_bound()
    {
        var leader = new TestNode(new NodeSetup { Options = new ConsensusOptions { ReadsWaitingMax = 2 } });
        Lead(leader, commits: false);

        leader.Read(1);
        leader.Read(2);
        leader.Read(3);

        Assert.Equal((3ul, Refusal.Overloaded), (leader.Answers[0].ReadId, leader.Answers[0].Refusal));
    }

    [Fact]
    public void A_read_that_waited_for_the_terms_first_commit_is_answered_once()
    {
        var leader = new TestNode(new NodeSetup());
        Lead(leader, commits: false);
        leader.Read(7);
        leader.Receive(Make.Ack(from: 2, term: 1, match: 1));
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 1));
        Assert.Equal(7ul, Assert.Single(leader.Answers).ReadId);

        leader.Propose("a");
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 2));

        Assert.Single(leader.Answers, each => each.Kind == EffectKind.AnswerRead);
    }

    [Fact]
    public void A_learners_answer_confirms_nothing()
    {
        var leader = new TestNode(new NodeSetup { Membership = With(voters: [1, 2, 3], learners: [4, 5]) });
        Lead(leader);
        leader.Read(1);

        leader.Receive(Make.HeartbeatReply(from: 4, term: 1, round: 1));
        leader.Receive(Make.HeartbeatReply(from: 5, term: 1, round: 1));
        Assert.Empty(leader.Answers);
        leader.Receive(Make.HeartbeatReply(from: 3, term: 1, round: 1));

        Assert.Single(leader.Answers);
    }

    [Fact]
    public void In_a_joint_state_majorities_of_both_halves_confirm()
    {
        var leader = new TestNode(
            new NodeSetup { Membership = With(voters: [1, 2, 3], outgoing: [1, 4, 5]) });
        Lead(leader);
        leader.Read(1);

        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 1));
        leader.Receive(Make.HeartbeatReply(from: 3, term: 1, round: 1));
        Assert.Empty(leader.Answers);
        leader.Receive(Make.HeartbeatReply(from: 5, term: 1, round: 1));

        Assert.Single(leader.Answers);
    }

    [Fact]
    public void Without_a_lease_an_answer_never_expires()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);
        leader.Read(7);

        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 1));

        Assert.Equal(Instant.Never, Assert.Single(leader.Answers).ExpiresAt);
    }

    private static Membership With(int[] voters, int[]? outgoing = null, int[]? learners = null)
    {
        NodeId[] Ids(int[]? ids) => [.. (ids ?? []).Select(Make.Id)];
        int[] all = [.. voters, .. outgoing ?? [], .. learners ?? []];
        return new Membership(
            [.. all.Distinct().Select(id => new Member(Make.Id(id), null, default))],
            Ids(voters), Ids(outgoing), Ids(learners));
    }

    private static void Lead(TestNode node, bool commits = true)
    {
        node.PassDeadline();
        for (var voter = 2; voter <= 5; voter++)
        {
            node.Receive(Make.PreVoteReply(voter, term: 1));
        }

        for (var voter = 2; voter <= 5; voter++)
        {
            node.Receive(Make.VoteReply(voter, term: 1));
        }

        for (var voter = 2; voter <= 5 && commits; voter++)
        {
            node.Receive(Make.Ack(voter, term: 1, match: 1));
        }

        Assert.Equal(Role.Leader, node.Role);
        node.Sent.Clear();
    }
}
