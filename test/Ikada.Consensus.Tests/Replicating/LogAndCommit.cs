namespace Ikada.Consensus.Tests.Replicating;

/// <summary>What is appended, what commits, and what changes neither.</summary>
public sealed class LogAndCommit
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Covers("LogReplication")]
    public void Proposals_reach_all_and_commit_over_several_terms(bool changesLeader)
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);
        cluster.Propose(1, "first");
        if (changesLeader)
        {
            cluster.Crash(1);
            cluster.Campaign(2);
            cluster.Propose(2, "second");
            cluster.Restart(1, seed: 12);
        }

        cluster.RunFor(TimeSpan.FromSeconds(3));

        cluster.AssertConverged();
        string[] expected = changesLeader ? ["first", "second"] : ["first"];
        Assert.Equal(expected, cluster[3].Log.Select(entry => entry.Body).Where(body => body.Length > 0));
    }

    [Theory]
    // One voter.
    [InlineData(new ulong[] { }, new ulong[] { 1 }, 2)]
    [InlineData(new ulong[] { }, new ulong[] { 1, 2 }, 3)]
    // Three: the majority-th largest, over all voters.
    [InlineData(new ulong[] { 0, 0 }, new ulong[] { 1, 2 }, 0)]
    [InlineData(new ulong[] { 3, 0 }, new ulong[] { 1, 2 }, 3)]
    [InlineData(new ulong[] { 2, 2 }, new ulong[] { 1, 2 }, 0)]
    [InlineData(new ulong[] { 2, 3 }, new ulong[] { 1, 2 }, 3)]
    // Four.
    [InlineData(new ulong[] { 3, 0, 0 }, new ulong[] { 1, 2 }, 0)]
    [InlineData(new ulong[] { 3, 3, 0 }, new ulong[] { 1, 2 }, 3)]
    [InlineData(new ulong[] { 3, 2, 2 }, new ulong[] { 1, 2 }, 0)]
    // Five.
    [InlineData(new ulong[] { 3, 0, 0, 0 }, new ulong[] { 1, 2 }, 0)]
    [InlineData(new ulong[] { 3, 2, 2, 2 }, new ulong[] { 1, 1 }, 0)]
    [InlineData(new ulong[] { 3, 3, 2, 0 }, new ulong[] { 2, 2 }, 3)]
    [Covers("Commit")]
    public void The_commit_index_over_tables_of_matches_terms_and_sizes(
        ulong[] matches, ulong[] log, ulong commit)
    {
        // The leader's own first entry, of term 3, follows.
        var leader = Make.Leader(matches.Length + 1, term: 3, log);
        for (var i = 0; i < matches.Length; i++)
        {
            leader.Receive(Make.Ack(from: i + 2, term: 3, matches[i]));
        }

        Assert.Equal(commit, leader.Commit);
    }

    [Fact]
    [Covers("OldMessages", "StepIgnoreOldTermMsg")]
    public void An_append_of_an_old_term_changes_nothing()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);
        cluster.Campaign(2);
        cluster.Campaign(1);
        var term = cluster[1].Term;
        var old = Make.Append(from: 2, term - 1, Make.At(term - 1, 2), 1);

        cluster.Do(1, node => node.Receive(old, new TestEntry(term - 1, "old")));
        cluster.Do(3, node => node.Receive(old with { To = Make.Id(3) }, new TestEntry(term - 1, "old")));
        cluster.Settle();
        cluster.Propose(1, "new");

        cluster.AssertConverged();
        Assert.DoesNotContain(cluster[3].Log, entry => entry.Body == "old");
    }

    [Theory]
    // A stale acknowledgement of nothing, one of all, a refusal that leads back, a stale refusal.
    [InlineData(0, false, 0ul, 0ul)]
    [InlineData(2, false, 2ul, 2ul)]
    [InlineData(2, true, 0ul, 0ul)]
    [InlineData(0, true, 0ul, 0ul)]
    [Covers("LeaderAppResp")]
    public void An_acknowledgement_counts_a_refusal_leads_back_and_stale_answers_do_neither(
        ulong index, bool refuses, ulong match, ulong commit)
    {
        var leader = Make.Leader(size: 3, term: 1);
        leader.Propose("a");
        var peer = leader.Core.State.Leadership.Find(Make.Id(2))!;
        Assert.Equal(1ul, peer.Next.Value);

        leader.Receive(refuses
            ? Make.Refusal(from: 2, term: 1, rejected: index, default) : Make.Ack(from: 2, term: 1, index));

        Assert.Equal((match, commit), (peer.Match.Value, leader.Commit));
        var isStale = refuses;
        Assert.Equal(isStale, peer.State == ProgressState.Probe);
    }

    [Fact]
    [Covers("LeaderMsgAppSelfAckAfterTermChange")]
    public void The_own_writes_completion_after_a_change_of_term_counts_for_nobody()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);
        leader.HoldsDisk = true;
        leader.Propose("a");
        leader.Receive(Make.Append(from: 3, term: 2, Make.At(1, 1), 1), new TestEntry(2, "other"));
        leader.Sent.Clear();

        leader.Step(Input.LogFlushed(leader.Now, Make.At(1, 2), generation: 0));

        Assert.Empty(leader.TakeSent(MessageType.AppendReply));
        Assert.Equal((1ul, 1ul), (leader.Commit, leader.Core.Durable.Value));
    }

    [Fact]
    [Covers("LeaderMsgAppSelfAckAfterTermChange")]
    public void A_completion_at_a_follower_of_a_new_leader_is_acknowledged_only_as_far_as_that_one_verified()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);
        leader.HoldsDisk = true;
        leader.Propose("a");
        leader.Receive(Make.Heartbeat(from: 3, term: 2));
        leader.FlushDisk();

        Assert.DoesNotContain(
            leader.TakeSent(MessageType.AppendReply), each => each.Message.Position.Index.Value > 1);
    }

    [Theory]
    [InlineData(Role.Leader)]
    [InlineData(Role.Follower)]
    [InlineData(Role.Candidate)]
    [Covers("RecvMsgBeat")]
    public void Only_a_leader_sends_heartbeats(Role role)
    {
        var node = role == Role.Leader ? Make.LeaderInTouch()
            : role == Role.Candidate ? Make.Candidate(size: 3, term: 2) : Make.Follower();
        node.Sent.Clear();

        node.TickAfter(TimeSpan.FromMilliseconds(100));

        Assert.Equal(role == Role.Leader ? 2 : 0, node.TakeSent(MessageType.Heartbeat).Length);
    }

    [Theory]
    [InlineData(3, 0, true)]
    [InlineData(3, 1, true)]
    [InlineData(3, 2, false)]
    [InlineData(5, 2, true)]
    [InlineData(5, 3, false)]
    [Covers("Proposal")]
    public void A_proposal_commits_where_a_majority_can_be_reached(int size, int silent, bool commits)
    {
        var cluster = new TestCluster(size);
        cluster.Campaign(1);
        for (var id = size; id > size - silent; id--)
        {
            cluster.Isolate(id);
        }

        cluster.Propose(1, "a");

        Assert.Equal(commits ? 2ul : 1ul, cluster[1].Commit);
    }

    [Theory]
    [InlineData(true, Refusal.NotLeader)]
    [InlineData(false, Refusal.NoLeader)]
    [Covers("Proposal")]
    public void A_proposal_where_nobody_leads_is_refused_with_who_does(bool knowsLeader, Refusal why)
    {
        var node = Make.Follower();
        if (knowsLeader)
        {
            node.Receive(Make.Heartbeat(from: 2, term: 1));
        }

        node.Propose("a");

        var answer = Assert.Single(node.Answers);
        Assert.Equal((why, knowsLeader ? 2ul : 0ul), (answer.Refusal, answer.Leader.Value));
        Assert.Empty(node.Log);
    }

    [Fact]
    [Covers("Restart")]
    public void A_node_starts_from_hard_state_and_entries()
    {
        var node = new TestNode(new NodeSetup
        {
            Term = 3, Vote = 2, Commit = 2, Log = TestEntry.OfTerms(1, 1, 2, 3),
        });

        Assert.Equal((Role.Follower, 3ul, 2ul), (node.Role, node.Term, node.Commit));
        Assert.Equal((Make.At(3, 3), 3ul), (node.Core.Last, node.Core.Durable.Value));
        node.Receive(Make.Vote(from: 3, term: 3, Make.At(3, 9)));
        Assert.True(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
    }

    [Fact]
    [Covers("ccf: suffix_collision")]
    public void Two_logs_of_equal_length_whose_ends_have_other_terms_end_equal()
    {
        var cluster = new TestCluster(3, setup => setup with
        {
            Term = 3,
            Log = TestEntry.OfTerms(1, setup.Id == 1 ? [1, 1, 3, 3] : setup.Id == 2 ? [1, 1, 2, 2] : [1, 1]),
        });

        cluster.Campaign(1);
        cluster.RunFor(TimeSpan.FromSeconds(1));

        cluster.AssertConverged();
        Assert.Equal([1ul, 1ul, 3ul, 3ul, 4ul], cluster[2].Terms);
    }

    [Fact]
    [Covers("ccf: follower_rollback_match_index")]
    public void A_follower_that_rolled_back_acknowledges_no_more_than_what_it_has()
    {
        var node = Make.Follower(size: 3, term: 1);
        node.Receive(Make.Append(from: 2, term: 1, default, 4), TestEntry.OfTerms(1, 1, 1, 1, 1));
        node.Receive(Make.Heartbeat(from: 3, term: 2));
        node.Sent.Clear();

        node.HoldsDisk = true;
        node.Receive(Make.Append(from: 3, term: 2, Make.At(1, 2), 1), new TestEntry(2, "other"));
        node.Receive(Make.Append(from: 3, term: 2, Make.At(1, 2)));
        var first = Assert.Single(node.TakeSent(MessageType.AppendReply)).Message;
        node.FlushDisk();
        var second = Assert.Single(node.TakeSent(MessageType.AppendReply)).Message;

        Assert.Equal((2ul, 3ul), (first.Position.Index.Value, second.Position.Index.Value));
    }

    [Fact]
    [Covers("story: single_node")]
    public void One_voter_alone_leads_commits_and_goes_on_after_a_restart()
    {
        var cluster = new TestCluster(1);
        cluster.Campaign(1);
        cluster.Propose(1, "a", "b");
        Assert.Equal(3ul, cluster[1].Commit);

        cluster.Crash(1);
        cluster.Restart(1, seed: 2);
        cluster.Campaign(1);
        cluster.Propose(1, "c");

        Assert.Equal(["", "a", "b", "", "c"], cluster[1].Log.Select(entry => entry.Body));
        Assert.Equal(5ul, cluster[1].Commit);
    }

    [Fact]
    [Covers("story: lagging_commit")]
    public void A_heartbeat_brings_a_follower_up_to_the_commit_index()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);
        cluster.Do(1, node => node.Propose("a"));
        // Node 3 has the entry; what tells it of the commit is lost.
        while (cluster[1].Commit < 2)
        {
            cluster.Deliver(0);
        }

        Predicate<Envelope> isToNode3 = each => each.Message.To == Make.Id(3);
        cluster.Pool.RemoveAll(each => isToNode3(each) && each.Type != MessageType.Append);
        while (cluster.Pool.Exists(isToNode3))
        {
            cluster.Deliver(cluster.Pool.FindIndex(isToNode3));
        }

        cluster.Settle();
        var lagged = cluster[3].Commit;
        cluster.RunFor(TimeSpan.FromMilliseconds(300));

        Assert.InRange(lagged, 1ul, 2ul);
        Assert.Equal(2ul, cluster[3].Commit);
    }

    [Fact]
    [Covers("story: async_storage_writes")]
    public void A_slow_disk_holds_back_exactly_what_shows_what_is_not_yet_durable()
    {
        var cluster = new TestCluster(3);
        foreach (var node in cluster.Nodes)
        {
            node.HoldsDisk = true;
        }

        // Nobody votes, leads or acknowledges before the disk has answered; pre-votes and heartbeats go on.
        cluster.RunFor(TimeSpan.FromSeconds(3));
        Assert.Null(cluster.Leader);
        cluster.RunFor(TimeSpan.FromMilliseconds(1));
        foreach (var node in cluster.Nodes)
        {
            cluster.Do((int)node.Id.Value, each => each.FlushDisk());
            node.HoldsDisk = false;
        }

        cluster.RunFor(TimeSpan.FromSeconds(5));
        var leader = cluster.Leader!;
        var id = (int)leader.Id.Value;
        foreach (var node in cluster.Nodes)
        {
            node.HoldsDisk = true;
        }

        var commit = leader.Commit;
        cluster.Propose(id, "held");
        Assert.All(cluster.Nodes, node => Assert.Equal("held", node.Log[^1].Body));
        Assert.Equal(commit, leader.Commit);
        cluster.Do(id, node => node.FlushDisk());
        cluster.Settle();
        Assert.Equal(commit, leader.Commit);
        cluster.Do(id == 1 ? 2 : 1, node => node.FlushDisk());
        cluster.Settle();

        Assert.Equal(commit + 1, leader.Commit);
    }
}
