namespace Ikada.Consensus.Tests.Elections;

/// <summary>Followers whose leader is lost, or seems to be: who asks first, and whom a leader still stands
/// against (DESIGN §7, A lost leader and leases; diss. §4.2.3).</summary>
public sealed class LostLeaders
{
    private static readonly ConsensusOptions Options = new();

    [Fact]
    public void Who_lost_the_leader_too_lets_another_that_could_win_try_first_but_once()
    {
        var node = Lost();
        var hurried = node.Core.NextDeadline;
        Assert.InRange(hurried - node.Now, TimeSpan.Zero, Options.LostLeaderRetryMax);

        node.Receive(Make.PreVote(from: 3, term: 2));
        var yielded = node.Core.NextDeadline;
        Assert.InRange(
            yielded - node.Now,
            Options.LostLeaderRetryMax + Options.LostLeaderRetryMin,
            2 * Options.LostLeaderRetryMax);
        node.Now += TimeSpan.FromMilliseconds(1);
        node.Receive(Make.PreVote(from: 3, term: 2));
        Assert.Equal(yielded, node.Core.NextDeadline);

        // The next loss is another one.
        node.Receive(Make.Heartbeat(from: 2, term: 1));
        node.Closed(2);
        node.Receive(Make.PreVote(from: 3, term: 2));
        Assert.True(node.Core.NextDeadline - node.Now > Options.LostLeaderRetryMax);
    }

    [Fact]
    public void Who_could_not_win_is_not_yielded_to()
    {
        var node = Lost(1, 1);
        var hurried = node.Core.NextDeadline;

        node.Receive(Make.PreVote(from: 3, term: 2, Make.At(1, 1)));

        Assert.True(Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message.Reject);
        Assert.Equal(hurried, node.Core.NextDeadline);
    }

    [Fact]
    public void Who_asks_itself_or_lost_nothing_does_not_yield()
    {
        var asking = Lost();
        asking.PassDeadline();
        Assert.Equal(Role.PreCandidate, asking.Role);
        var next = asking.Core.NextDeadline;
        asking.Receive(Make.PreVote(from: 3, term: 2));
        Assert.Equal(next, asking.Core.NextDeadline);

        var waiting = Make.Follower(size: 3, term: 1);
        var first = waiting.Core.NextDeadline;
        waiting.Receive(Make.PreVote(from: 3, term: 2));
        Assert.False(Assert.Single(waiting.TakeSent(MessageType.PreVoteReply)).Message.Reject);
        Assert.Equal(first, waiting.Core.NextDeadline);
    }

    [Fact]
    public void A_full_node_lets_others_pass_once_for_each_loss()
    {
        var node = Following();
        node.Fill();
        for (var loss = 0; loss < 2; loss++)
        {
            node.Closed(2);
            node.PassDeadline();
            Assert.Equal(Role.Follower, node.Role);
            node.PassDeadline();
            Assert.Equal(Role.PreCandidate, node.Role);
            node.Receive(Make.Heartbeat(from: 2, term: 1));
        }
    }

    [Fact]
    public void A_leader_that_was_heard_stands_though_the_host_told_of_no_connection()
    {
        var node = Make.Follower(size: 3, term: 1);
        node.Receive(Make.Heartbeat(from: 2, term: 1));

        node.Receive(Make.Vote(from: 3, term: 2, Make.At(9, 9)));

        Assert.Equal(1ul, node.Term);
    }

    [Fact]
    public void A_leader_whose_process_fell_silent_stands_no_longer()
    {
        var node = Following();
        Assert.True(Refuses(node));

        node.Step(Input.HostSilent(node.Now, Make.Id(2)));

        Assert.False(Refuses(node));
    }

    [Fact]
    public void What_matched_a_leaders_log_in_one_term_is_not_acknowledged_to_it_in_the_next()
    {
        var node = Make.Follower(size: 3, term: 1, 1, 1, 1);
        node.Receive(Make.Append(from: 2, term: 1, Make.At(1, 3)));
        node.Sent.Clear();

        // Elected again, it may have lost the rest in between.
        node.Receive(Make.Append(from: 2, term: 2, Make.At(1, 1)));

        Assert.Equal(1ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
    }

    [Fact]
    public void The_same_commit_index_again_is_no_news()
    {
        var node = Make.Follower(size: 3, term: 1, 1, 1);
        node.Receive(Make.Append(from: 2, term: 1, Make.At(1, 2), commit: 2));
        Assert.Contains(node.LastEffects, effect => effect.Kind == EffectKind.Commit);

        node.Receive(Make.Heartbeat(from: 2, term: 1, commit: 2));

        Assert.DoesNotContain(node.LastEffects, effect => effect.Kind == EffectKind.Commit);
    }

    [Fact]
    public void A_vote_of_the_logs_own_term_is_kept_when_an_install_is_completed_at_the_start()
    {
        var setup = new NodeSetup();
        var restored = new RestoredLog(
            Make.At(3, 5), setup.Membership, new HardState(new Term(3), Make.Id(2), default), default)
        {
            IsInstallCompleted = true,
        };

        var core = new ConsensusCore(setup.Options, Make.Id(1), restored, seed: 1, setup.Now);

        Assert.Equal(Make.Id(2), core.DurableHardState.Vote);
    }

    // Node 1 of three followed node 2, whose connection closed; node 3 may ask.
    private static TestNode Lost(params ulong[] log)
    {
        var node = Following(log);
        node.Closed(2);
        node.Sent.Clear();
        return node;
    }

    private static TestNode Following(params ulong[] log)
    {
        var node = Make.Follower(size: 3, term: 1, log);
        node.Opened(2);
        node.Opened(3);
        node.Receive(Make.Heartbeat(from: 2, term: 1));
        node.Sent.Clear();
        return node;
    }

    private static bool Refuses(TestNode node)
    {
        node.Receive(Make.PreVote(from: 3, term: 2, Make.At(9, 9)));
        return Assert.Single(node.TakeSent(MessageType.PreVoteReply)).Message.Reject;
    }
}
