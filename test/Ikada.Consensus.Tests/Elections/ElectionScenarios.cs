namespace Ikada.Consensus.Tests.Elections;

/// <summary>Elections among several nodes (§5.2), always with pre-votes (diss. §9.6).</summary>
public sealed class ElectionScenarios
{
    private const string Always = "pre-vote cannot be turned off: both names are this one test";

    /// <summary>Nodes beside node 1: '.' answers, '-' is silent, '1' and '2' have that many entries
    /// more.</summary>
    [Theory]
    [InlineData("..", Role.Leader)]
    [InlineData(".-", Role.Leader)]
    [InlineData("--", Role.PreCandidate)]
    [InlineData("--.", Role.PreCandidate)]
    [InlineData("--..", Role.Leader)]
    [InlineData("112.", Role.Follower)]
    [InlineData("11..", Role.Leader)]
    [Covers("LeaderElectionPreVote", Note = Always)]
    public void Section_5_2_a_majority_of_pre_votes_and_votes_elects(string others, Role expected)
    {
        var cluster = WithLogs(others);

        cluster.Campaign(1);

        Assert.Equal(expected, cluster[1].Role);
        Assert.Equal(expected == Role.Leader ? 2ul : 1ul, cluster[1].Term);
    }

    [Theory]
    [InlineData("..", Role.Leader)]
    [InlineData(".-", Role.Leader)]
    [InlineData("--", Role.Candidate)]
    [InlineData("--.", Role.Candidate)]
    [InlineData("--..", Role.Leader)]
    [Covers("LeaderElection", Note = "the nodes fall silent after they gave their pre-votes")]
    public void Section_5_2_pre_votes_alone_elect_nobody(string others, Role expected)
    {
        var cluster = WithLogs(others.Replace('-', '.'));
        cluster.Pass(TimeSpan.FromSeconds(2));
        cluster.Do(1, node => node.Tick());
        while (cluster[1].Role == Role.PreCandidate)
        {
            cluster.Deliver(0);
        }

        Silence(cluster, others);
        cluster.Settle();

        Assert.Equal(expected, cluster[1].Role);
        Assert.Equal(2ul, cluster[1].Term);
    }

    [Theory]
    [InlineData(Role.Follower)]
    [InlineData(Role.PreCandidate)]
    [InlineData(Role.Candidate)]
    [InlineData(Role.Leader)]
    [Covers("VoteFromAnyState", Note =
        "a leader, and who follows a living one, votes only if the leader wanted it")]
    public void Section_5_2_a_node_of_any_role_votes_in_a_higher_term(Role role)
    {
        var node = InRole(role);
        var request = Make.Vote(from: 2, term: 7, Make.At(7, 9));

        node.Receive(role == Role.Leader ? request with { Flags = MessageFlags.Transfer } : request);

        var reply = Assert.Single(node.TakeSent(MessageType.VoteReply)).Message;
        Assert.Equal((false, 7ul), (reply.Reject, reply.Term.Value));
        Assert.Equal((Role.Follower, 7ul, 0), (node.Role, node.Term, node.Leader));
        Assert.Equal(Make.Id(2), node.Disk.HardState.Vote);
    }

    [Theory]
    [InlineData(Role.Follower)]
    [InlineData(Role.PreCandidate)]
    [InlineData(Role.Candidate)]
    [InlineData(Role.Leader)]
    [Covers("PreVoteFromAnyState", Note = "a leader refuses: it stands for itself")]
    public void A_node_of_any_role_answers_a_pre_vote_and_changes_nothing(Role role)
    {
        var node = InRole(role);
        var before = (node.Role, node.Term, node.Disk.HardState.Vote);

        node.Receive(Make.PreVote(from: 2, term: 7, Make.At(7, 9)));

        var reply = Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message;
        Assert.Equal(role == Role.Leader, reply.Reject);
        Assert.Equal(role == Role.Leader ? node.Term : 7ul, reply.Term.Value);
        Assert.Equal(before, (node.Role, node.Term, node.Disk.HardState.Vote));
    }

    [Fact]
    [Covers("DuelingCandidates")]
    public void Of_two_candidates_of_one_term_one_wins_and_the_other_follows()
    {
        var cluster = Duelling();
        Assert.Equal([Role.Candidate, Role.Candidate], [cluster[1].Role, cluster[3].Role]);

        // Node 2 votes for whom it hears first, and once.
        cluster.Settle();

        Assert.Equal((Role.Leader, Role.Follower), (cluster[1].Role, cluster[3].Role));
        Assert.Equal(1, cluster[3].Leader);
        Assert.Equal(1ul, cluster[3].Term);
        cluster.RunFor(TimeSpan.FromSeconds(1));
        cluster.AssertConverged();
    }

    [Fact]
    [Covers("DuelingPreCandidates")]
    public void A_pre_candidate_that_comes_back_raises_no_term_and_deposes_nobody()
    {
        var cluster = new TestCluster(3);
        cluster.Cut(1, 3);
        cluster.Cut(3, 1);
        cluster.Campaign(1);
        Assert.Equal(Role.Leader, cluster[1].Role);
        cluster.Campaign(3);
        Assert.NotEqual(Role.Leader, cluster[3].Role);
        cluster.Propose(1, "a");

        cluster.Heal();
        cluster.Campaign(3);
        cluster.RunFor(TimeSpan.FromSeconds(2));

        Assert.Equal(Role.Leader, cluster[1].Role);
        Assert.All(cluster.Nodes, node => Assert.Equal(1ul, node.Term));
        cluster.AssertConverged();
    }

    [Fact]
    [Covers("CandidateConcede")]
    public void Section_5_2_a_candidate_that_hears_the_leader_of_its_term_concedes()
    {
        var cluster = Duelling();
        cluster.Isolate(3);
        cluster.Settle();
        cluster.Propose(1, "a");
        Assert.Equal((Role.Leader, Role.Candidate), (cluster[1].Role, cluster[3].Role));

        cluster.Heal();
        cluster.RunFor(TimeSpan.FromMilliseconds(300));

        Assert.Equal((Role.Follower, 1ul), (cluster[3].Role, cluster[3].Term));
        cluster.AssertConverged();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Covers("CandidateResetTermMsgHeartbeat", "CandidateResetTermMsgApp", Note =
        "the candidate refuses with its own term; the leader steps down, the next term passes both")]
    public void A_candidate_of_a_higher_term_comes_back_when_it_hears_the_leader(bool byAppend)
    {
        var cluster = new TestCluster(3, setup => setup with { Term = setup.Id == 3 ? 5ul : 1ul });
        cluster.Isolate(3);
        cluster.Campaign(1);
        cluster.Campaign(3);
        Assert.Equal((Role.PreCandidate, 5ul), (cluster[3].Role, cluster[3].Term));
        cluster.Heal();

        // The first that node 3 hears.
        if (byAppend)
        {
            cluster.Do(1, node => node.Propose("a"));
            cluster.Do(1, node => node.Opened(3));
        }
        else
        {
            cluster.Pass(TimeSpan.FromMilliseconds(100));
            cluster.Do(1, node => node.Tick());
        }

        var expected = byAppend ? MessageType.Append : MessageType.Heartbeat;
        Assert.Contains(cluster.Pool, each => each.Type == expected && each.Message.To == Make.Id(3));
        cluster.Settle();
        Assert.Equal((Role.Follower, 5ul), (cluster[1].Role, cluster[1].Term));
        cluster.RunFor(TimeSpan.FromSeconds(10));

        Assert.True(cluster.Leader!.Term > 5);
        cluster.AssertConverged();
    }

    [Fact]
    public void An_append_that_is_refused_puts_off_the_own_candidacy_and_a_refused_vote_does_not()
    {
        var node = Make.Follower(size: 3, term: 2, 1);
        node.Receive(Make.Append(from: 2, term: 2, Make.At(2, 9)));
        Assert.True(Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Reject);
        var deadline = node.Core.NextDeadline;
        Assert.True(deadline - node.Now >= new ConsensusOptions().ElectionTimeout);

        node.Now += TimeSpan.FromMilliseconds(900);
        node.Receive(Make.Append(from: 2, term: 2, Make.At(2, 9)));
        Assert.True(node.Core.NextDeadline > deadline || node.Core.NextDeadline - node.Now
            >= new ConsensusOptions().ElectionTimeout);

        // Its log is older than ours.
        var stay = Make.Follower(size: 3, term: 2, 1, 2);
        var before = stay.Core.NextDeadline;
        stay.Now += TimeSpan.FromMilliseconds(900);
        stay.Receive(Make.Vote(from: 3, term: 3, Make.At(1, 1)));
        Assert.True(Assert.Single(stay.TakeSent(MessageType.VoteReply)).Message.Reject);
        Assert.Equal(before, stay.Core.NextDeadline);
    }

    // Nodes 1 and 3 are both candidates of term 1, each with the pre-vote of node 2.
    private static TestCluster Duelling()
    {
        var cluster = new TestCluster(3);
        cluster.Pass(TimeSpan.FromSeconds(2));
        cluster.Do(1, node => node.Tick());
        cluster.Do(3, node => node.Tick());
        while (cluster[1].Role == Role.PreCandidate || cluster[3].Role == Role.PreCandidate)
        {
            var next = cluster.Pool.FindIndex(
                each => each.Type is MessageType.PreVote or MessageType.PreVoteReply);
            cluster.Deliver(next);
        }

        return cluster;
    }

    private static TestCluster WithLogs(string others)
    {
        var cluster = new TestCluster(others.Length + 1, setup => setup with
        {
            Term = 1,
            Log = setup.Id == 1 || !char.IsDigit(others[setup.Id - 2]) ? []
                : TestEntry.OfTerms(1, others[setup.Id - 2] == '1' ? [1] : [1, 1]),
        });
        Silence(cluster, others);
        return cluster;
    }

    private static void Silence(TestCluster cluster, string others)
    {
        for (var i = 0; i < others.Length; i++)
        {
            if (others[i] == '-')
            {
                cluster.Isolate(i + 2);
            }
        }
    }

    private static TestNode InRole(Role role)
    {
        var node = role switch
        {
            Role.Leader => Make.Leader(term: 3),
            Role.Candidate => Make.Candidate(term: 3),
            _ => Make.Follower(term: 3),
        };
        if (role == Role.PreCandidate)
        {
            node.PassDeadline();
        }

        Assert.Equal(role, node.Role);
        node.Sent.Clear();
        return node;
    }
}
