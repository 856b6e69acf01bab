namespace Ikada.Consensus.Tests.Paper;

/// <summary>§5.2: leader election.</summary>
public sealed class Section52Elections
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [Covers("StartAsFollower")]
    public void Section_5_2_a_node_starts_as_follower(int size)
    {
        var node = new TestNode(new NodeSetup { Membership = NodeSetup.VotersOf(size), Term = 3, Vote = 1 });

        Assert.Equal(Role.Follower, node.Role);
        Assert.Equal(0, node.Leader);
        Assert.Equal(3ul, node.Term);
        Assert.Empty(node.Sent);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [Covers("LeaderBcastBeat")]
    public void Section_5_2_a_leader_sends_heartbeats_to_all_each_interval(int size)
    {
        var leader = Make.LeaderInTouch(size);
        for (var beat = 0; beat < 5; beat++)
        {
            leader.TickAfter(TimeSpan.FromMilliseconds(100));

            var sent = leader.TakeSent(MessageType.Heartbeat);
            Assert.Equal(Enumerable.Range(2, size - 1), sent.Select(each => (int)each.Message.To.Value));
            Assert.All(sent, each => Assert.Equal(1ul, each.Message.Term.Value));
        }
    }

    [Fact]
    public void Section_5_2_a_leader_sends_no_heartbeat_before_the_interval_has_passed()
    {
        var leader = Make.LeaderInTouch();
        leader.TickAfter(TimeSpan.FromMilliseconds(99));

        Assert.Empty(leader.Sent);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [Covers("FollowerStartElection")]
    public void Section_5_2_a_follower_that_hears_nothing_raises_its_term_votes_for_itself_and_asks_all(
        int size)
    {
        var node = Make.Candidate(size, term: 4);

        Assert.Equal(4ul, node.Disk.HardState.Term.Value);
        Assert.Equal(node.Id, node.Disk.HardState.Vote);
        var asked = node.TakeSent(MessageType.Vote);
        Assert.Equal(Enumerable.Range(2, size - 1), asked.Select(each => (int)each.Message.To.Value));
        Assert.All(asked, each => Assert.Equal(4ul, each.Message.Term.Value));
    }

    [Fact]
    public void Section_5_2_heartbeats_keep_a_follower_from_campaigning()
    {
        var node = Make.Follower();
        for (var beat = 0; beat < 100; beat++)
        {
            node.Receive(Make.Heartbeat(from: 2, term: 1));
            node.TickAfter(TimeSpan.FromMilliseconds(500));
        }

        Assert.Equal(Role.Follower, node.Role);
        Assert.Equal(1ul, node.Term);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [Covers("CandidateStartNewElection")]
    public void Section_5_2_a_candidate_without_a_majority_tries_again_in_a_new_term(int size)
    {
        var node = Make.Candidate(size, term: 2);
        node.Sent.Clear();

        node.PassDeadline();
        for (var voter = 2; voter <= size && node.Role == Role.PreCandidate; voter++)
        {
            node.Receive(Make.PreVoteReply(voter, term: 3));
        }

        Assert.Equal(Role.Candidate, node.Role);
        Assert.Equal(3ul, node.Term);
        Assert.Equal(size - 1, node.TakeSent(MessageType.Vote).Count(each => each.Message.Term.Value == 3));
    }

    [Theory]
    [InlineData(1, "", Role.Leader)]
    [InlineData(2, "y", Role.Leader)]
    [InlineData(2, "", Role.Candidate)]
    [InlineData(2, "n", Role.Follower)]
    [InlineData(3, "yy", Role.Leader)]
    [InlineData(3, "y", Role.Leader)]
    [InlineData(3, "ny", Role.Leader)]
    [InlineData(3, "n", Role.Candidate)]
    [InlineData(3, "", Role.Candidate)]
    [InlineData(3, "nn", Role.Follower)]
    [InlineData(4, "yy", Role.Leader)]
    [InlineData(4, "y", Role.Candidate)]
    [InlineData(4, "yn", Role.Candidate)]
    [InlineData(4, "nn", Role.Follower)]
    [InlineData(5, "yyyy", Role.Leader)]
    [InlineData(5, "yy", Role.Leader)]
    [InlineData(5, "nnyy", Role.Leader)]
    [InlineData(5, "y", Role.Candidate)]
    [InlineData(5, "nny", Role.Candidate)]
    [InlineData(5, "nnn", Role.Follower)]
    [InlineData(5, "ynnn", Role.Follower)]
    [Covers("LeaderElectionInOneRoundRPC")]
    public void Section_5_2_an_election_is_won_by_a_majority_lost_without_one_or_open(
        int size, string votes, Role expected)
    {
        var node = Make.Candidate(size, term: 1);
        for (var i = 0; i < votes.Length; i++)
        {
            node.Receive(Make.VoteReply(from: i + 2, term: 1, reject: votes[i] == 'n'));
        }

        Assert.Equal(expected, node.Role);
        Assert.Equal(1ul, node.Term);
    }

    [Fact]
    public void Section_5_2_a_voter_counts_once_however_often_its_answer_comes()
    {
        var node = Make.Candidate(size: 5, term: 1);
        for (var i = 0; i < 4; i++)
        {
            node.Receive(Make.VoteReply(from: 2, term: 1));
        }

        Assert.Equal(Role.Candidate, node.Role);
    }

    [Theory]
    [InlineData(0, 2, true)]
    [InlineData(0, 3, true)]
    [InlineData(2, 2, true)]
    [InlineData(3, 3, true)]
    [InlineData(2, 3, false)]
    [InlineData(3, 2, false)]
    [InlineData(1, 2, false)]
    [Covers("FollowerVote")]
    public void Section_5_2_a_node_votes_once_a_term_first_come_first_served(
        int votedFor, int asks, bool granted)
    {
        var node = new TestNode(new NodeSetup { Term = 1, Vote = votedFor });

        node.Receive(Make.Vote(asks, term: 1));

        var reply = Assert.Single(node.TakeSent(MessageType.VoteReply)).Message;
        Assert.Equal(!granted, reply.Reject);
        Assert.Equal(granted ? asks : votedFor, (int)node.Disk.HardState.Vote.Value);
    }

    [Theory]
    [InlineData(MessageType.Append, 2)]
    [InlineData(MessageType.Append, 3)]
    [InlineData(MessageType.Heartbeat, 2)]
    [InlineData(MessageType.Heartbeat, 3)]
    [Covers("CandidateFallback")]
    public void Section_5_2_a_candidate_that_hears_a_leader_of_its_term_or_later_follows_it(
        MessageType type, ulong term)
    {
        var node = Make.Candidate(term: 2);

        node.Receive(type == MessageType.Append ? Make.Append(from: 3, term) : Make.Heartbeat(from: 3, term));

        Assert.Equal(Role.Follower, node.Role);
        Assert.Equal(3, node.Leader);
        Assert.Equal(term, node.Term);
    }

    [Fact]
    public void Section_5_2_a_candidate_ignores_a_leader_of_an_earlier_term()
    {
        var node = Make.Candidate(term: 2);

        node.Receive(Make.Heartbeat(from: 3, term: 1));

        Assert.Equal(Role.Candidate, node.Role);
    }

    [Fact]
    public void Section_5_2_a_pre_candidate_that_hears_a_leader_of_its_term_follows_it()
    {
        var node = Make.Follower(term: 2);
        node.PassDeadline();
        Assert.Equal(Role.PreCandidate, node.Role);

        node.Receive(Make.Heartbeat(from: 3, term: 2));

        Assert.Equal(Role.Follower, node.Role);
        Assert.Equal(3, node.Leader);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [Covers("LeaderCycle", "LeaderCyclePreVote")]
    public void Section_5_2_each_node_of_a_cluster_can_lead(int size)
    {
        var cluster = new TestCluster(size);
        for (var id = 1; id <= size; id++)
        {
            cluster.Campaign(id);
            Assert.Equal(id, (int)cluster.Leader!.Id.Value);
            cluster.Propose(id, $"by {id}");
            // The next candidate's turn comes when nobody hears this one any more.
            cluster.Pass(TimeSpan.FromSeconds(3));
            cluster.Do(id, node => node.Tick());
        }

        cluster.AssertConverged();
    }
}
