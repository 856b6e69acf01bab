namespace Ikada.Consensus.Tests.Elections;

/// <summary>Votes and requests that come when their election is over.</summary>
public sealed class LateVotes
{
    [Fact]
    [Covers("ccf: former_candidate_double_vote")]
    public void A_candidate_that_fell_back_does_not_vote_for_another_in_its_term()
    {
        var node = Make.Candidate(size: 5, term: 2);
        foreach (var voter in new[] { 3, 4, 5 })
        {
            node.Receive(Make.VoteReply(voter, term: 2, reject: true));
        }

        Assert.Equal((Role.Follower, 2ul), (node.Role, node.Term));
        node.Sent.Clear();

        node.Receive(Make.Vote(from: 2, term: 2, Make.At(9, 9)));
        Assert.True(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
        // Nor when the leader of that term speaks in between, nor after a restart.
        node.Receive(Make.Heartbeat(from: 3, term: 2));
        node.Closed(3);
        node.Receive(Make.Vote(from: 2, term: 2, Make.At(9, 9)));
        node.Restart(seed: 5);
        node.Receive(Make.Vote(from: 2, term: 2, Make.At(9, 9)));

        Assert.All(node.TakeSent(MessageType.VoteReply), each => Assert.True(each.Message.Reject));
        Assert.Equal(node.Id, node.Disk.HardState.Vote);
    }

    [Fact]
    public void A_voter_s_second_answer_changes_nothing()
    {
        var node = Make.Candidate(size: 5, term: 2);
        node.Receive(Make.VoteReply(from: 2, term: 2, reject: true));
        node.Receive(Make.VoteReply(from: 2, term: 2));
        node.Receive(Make.VoteReply(from: 3, term: 2));
        Assert.Equal(Role.Candidate, node.Role);

        node.Receive(Make.VoteReply(from: 4, term: 2));
        Assert.Equal(Role.Leader, node.Role);
    }

    [Fact]
    [Covers("ccf: delayed_vote_requests")]
    public void Requests_for_votes_that_arrive_after_the_election_change_nothing()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);
        cluster.Pass(TimeSpan.FromSeconds(1));
        cluster.Pass(cluster[3].Core.NextDeadline - cluster.Now);
        cluster.Do(3, node => node.Tick());
        while (cluster[3].Role != Role.Candidate)
        {
            cluster.Deliver(0);
        }

        // Its requests of term 2 are slow; it is elected in term 3 meanwhile, then node 2 in term 4.
        var late = cluster.Pool.Where(each => each.Type == MessageType.Vote).ToArray();
        Assert.Equal(2, late.Length);
        cluster.Pool.Clear();
        cluster.Campaign(3);
        TransferScenarios.AssertLeads(cluster, 3, term: 3);
        Repeat(cluster, late);
        TransferScenarios.AssertLeads(cluster, 3, term: 3);
        TransferScenarios.Transfer(cluster, asked: 3, target: 2);
        Repeat(cluster, late);
        TransferScenarios.AssertLeads(cluster, 2, term: 4);
        cluster.RunFor(TimeSpan.FromSeconds(5));

        TransferScenarios.AssertLeads(cluster, 2, term: 4);
        cluster.AssertConverged();
    }

    [Fact]
    public void Votes_of_a_transfer_that_are_repeated_later_depose_nobody()
    {
        var cluster = TransferScenarios.Led();
        cluster.Do(1, node => node.Transfer(2));
        var seen = new List<Envelope>();
        while (cluster.Pool.Count > 0)
        {
            if (cluster.Pool[0].Type is MessageType.Vote or MessageType.TimeoutNow)
            {
                seen.Add(cluster.Pool[0]);
            }

            cluster.Deliver(0);
        }

        Assert.Equal(3, seen.Count);
        TransferScenarios.AssertLeads(cluster, 2, term: 2);
        Repeat(cluster, seen);
        cluster.RunFor(TimeSpan.FromSeconds(5));

        TransferScenarios.AssertLeads(cluster, 2, term: 2);
    }

    private static void Repeat(TestCluster cluster, IEnumerable<Envelope> late)
    {
        cluster.Pool.AddRange(late);
        cluster.Settle();
    }
}
