namespace Ikada.Consensus.Tests.Beyond;

/// <summary>What a leader sends to a follower, and when: probing, streaming, bounds, losses.</summary>
public sealed class ProgressRules
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    [Fact]
    [Covers("Paused", "SendAppendForProgressProbe")]
    public void A_new_leader_probes_with_one_message_until_it_is_answered()
    {
        var leader = Make.Leader();
        leader.Propose("a");
        leader.Propose("b");

        Assert.Empty(leader.TakeSent(MessageType.Append));
        leader.Receive(Make.Ack(from: 2, term: 1, match: 1));

        var sent = Assert.Single(leader.TakeSent(MessageType.Append));
        Assert.Equal(["a", "b"], sent.Entries.Select(entry => entry.Body));
    }

    [Fact]
    [Covers("SendAppendForProgressReplicate")]
    public void A_follower_in_touch_gets_each_proposal_at_once_without_waiting_for_answers()
    {
        var leader = Make.LeaderInTouch();
        leader.Propose("a");
        leader.Propose("b");

        var sent = leader.TakeSent(MessageType.Append).Where(each => each.Message.To == Make.Id(2)).ToArray();
        Assert.Equal(["a", "b"], sent.Select(each => Assert.Single(each.Entries).Body));
    }

    [Fact]
    [Covers("FlowControl")]
    public void What_is_in_flight_to_a_follower_is_bounded_in_bytes()
    {
        var leader = InTouchWith(new ConsensusOptions { AppendBytesMax = 1024, InflightBytesMax = 2048 });
        for (var i = 0; i < 10; i++)
        {
            leader.Propose(new string('x', 1000));
        }

        Assert.Equal(2, leader.TakeSent(MessageType.Append).Count(each => each.Message.To == Make.Id(2)));
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));

        var freed = Assert.Single(leader.TakeSent(MessageType.Append));
        Assert.Equal(3ul, freed.Message.Position.Index.Value);
    }

    [Fact]
    [Covers("FlowControl", "story: replicate_pause")]
    public void What_is_in_flight_to_a_follower_is_bounded_in_messages()
    {
        var leader = InTouchWith(new ConsensusOptions { InflightAppendsMax = 2 });
        for (var i = 0; i < 10; i++)
        {
            leader.Propose($"w{i}");
        }

        Assert.Equal(2, leader.TakeSent(MessageType.Append).Count(each => each.Message.To == Make.Id(2)));
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));

        // What waited goes out together.
        var freed = Assert.Single(leader.TakeSent(MessageType.Append));
        Assert.Equal(8, freed.Entries.Length);
    }

    [Fact]
    public void A_late_answer_to_less_than_is_known_does_not_end_a_probe()
    {
        var leader = Make.LeaderInTouch();
        leader.Propose("a");
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        leader.Propose("b");
        leader.TakeSent(MessageType.Append);

        leader.Step(Input.SendDropped(leader.Now, Make.Id(2)));
        leader.Receive(Make.Ack(from: 2, term: 1, match: 1));
        Assert.DoesNotContain(
            leader.TakeSent(MessageType.Append), each => each.Message.To == Make.Id(2));

        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        Assert.Contains(leader.TakeSent(MessageType.Append), each => each.Message.To == Make.Id(2));
    }

    [Fact]
    public void A_message_is_cut_at_the_bytes_allowed_and_a_larger_entry_goes_alone()
    {
        var leader = InTouchWith(new ConsensusOptions { AppendBytesMax = 1024 });

        leader.Propose(new string('x', 5000), new string('y', 400), new string('z', 400), "last");

        var sent = leader.TakeSent(MessageType.Append).Where(each => each.Message.To == Make.Id(2));
        Assert.Equal([1, 3], sent.Select(each => each.Entries.Length));
    }

    [Fact]
    [Covers("UncommittedEntryLimit")]
    public void Proposals_are_refused_over_the_bound_of_uncommitted_bytes_until_some_commit()
    {
        var leader = InTouchWith(new ConsensusOptions { UncommittedBytesMax = 1024 });
        leader.Propose(new string('x', 2000));
        Assert.Equal(EffectKind.AcceptProposal, leader.Answers[^1].Kind);

        leader.Propose("too much");
        Assert.Equal(EffectKind.RefuseProposal, leader.Answers[^1].Kind);
        Assert.Equal(Refusal.TooMuchUncommitted, leader.Answers[^1].Refusal);
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        leader.Propose("now");

        Assert.Equal(EffectKind.AcceptProposal, leader.Answers[^1].Kind);
        Assert.Equal(3, leader.Log.Count);
    }

    [Fact]
    [Covers("HandleHeartbeatResp")]
    public void A_lost_append_is_found_by_the_next_answered_heartbeat()
    {
        var leader = Make.LeaderInTouch();
        leader.Propose("lost");
        leader.Sent.Clear();

        leader.TickAfter(Beat);
        var round = leader.TakeSent(MessageType.Heartbeat)[0].Message.Round;
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round));
        var question = Assert.Single(leader.TakeSent(MessageType.Append)).Message;
        Assert.Equal(2ul, question.Position.Index.Value);
        leader.Receive(Make.Refusal(from: 2, term: 1, rejected: 2, Make.At(1, 1)));

        var again = Assert.Single(leader.TakeSent(MessageType.Append));
        Assert.Equal("lost", Assert.Single(again.Entries).Body);
    }

    [Fact]
    public void A_lost_append_reaches_the_follower_after_all()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);
        cluster.Do(1, node => node.Propose("lost"));
        cluster.Pool.Clear();

        cluster.RunFor(TimeSpan.FromMilliseconds(150));

        cluster.AssertConverged();
        Assert.Equal("lost", cluster[3].Log[^1].Body);
    }

    [Fact]
    [Covers("ResumeByHeartbeatResp", "story: heartbeat_resp_recovers_from_probing")]
    public void A_lost_probe_is_sent_again_after_an_answered_heartbeat()
    {
        var leader = Make.Leader();

        leader.TickAfter(Beat);
        leader.Sent.Clear();
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 1));

        Assert.Equal(0ul, Assert.Single(leader.TakeSent(MessageType.Append)).Message.Position.Index.Value);
    }

    [Fact]
    public void A_follower_that_has_everything_is_not_asked_after_a_heartbeat()
    {
        var leader = Make.LeaderInTouch();
        leader.TickAfter(Beat);
        leader.Sent.Clear();

        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 1));

        Assert.Empty(leader.Sent);
    }

    [Fact]
    public void A_stale_refusal_is_ignored_while_streaming()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 2, 1, 1, 1);

        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 3, Make.At(1, 1)));

        Assert.Empty(leader.Sent);
        leader.Propose("next");
        Assert.Single(leader.TakeSent(MessageType.Append)[0].Entries);
    }

    [Fact]
    public void A_stale_refusal_is_ignored_while_probing()
    {
        var leader = Make.Leader(size: 3, term: 3, 1, 1, 2, 2);
        leader.Receive(Make.Refusal(from: 2, term: 3, rejected: 4, Make.At(1, 2)));
        leader.Sent.Clear();

        // The same answer once more: the probe it speaks of is no longer the one under way.
        leader.Receive(Make.Refusal(from: 2, term: 3, rejected: 4, Make.At(0, 0)));

        Assert.Empty(leader.Sent);
    }

    [Fact]
    public void An_acknowledgement_never_takes_back_what_was_known_to_match()
    {
        var leader = Make.LeaderInTouch();
        leader.Propose("a");
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        leader.Sent.Clear();

        leader.Receive(Make.Ack(from: 2, term: 1, match: 1));
        leader.Propose("b");

        var sent = leader.TakeSent(MessageType.Append).Where(each => each.Message.To == Make.Id(2));
        Assert.Equal("b", Assert.Single(Assert.Single(sent).Entries).Body);
    }

    [Fact]
    public void A_congested_follower_gets_nothing_but_heartbeats_until_its_queue_has_room()
    {
        var leader = Make.LeaderInTouch();
        leader.Step(Input.PeerCongested(leader.Now, Make.Id(2)));
        leader.Propose("a");
        leader.TickAfter(Beat);
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 1));
        var toIt = leader.TakeSent().Where(each => each.Message.To == Make.Id(2));
        Assert.Equal(MessageType.Heartbeat, Assert.Single(toIt).Type);

        leader.Step(Input.PeerDrained(leader.Now, Make.Id(2)));

        Assert.Equal("a", Assert.Single(Assert.Single(leader.TakeSent(MessageType.Append)).Entries).Body);
    }

    [Fact]
    [Covers("RecvMsgUnreachable")]
    public void After_a_dropped_message_the_leader_waits_for_a_sign_of_life_and_starts_from_what_is_known()
    {
        var leader = Make.LeaderInTouch();
        leader.Propose("a");
        leader.Sent.Clear();

        leader.Step(Input.SendDropped(leader.Now, Make.Id(2)));
        leader.Propose("b");
        Assert.DoesNotContain(leader.TakeSent(MessageType.Append), each => each.Message.To == Make.Id(2));
        leader.TickAfter(Beat);
        leader.Sent.Clear();
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 1));

        var sent = Assert.Single(leader.TakeSent(MessageType.Append));
        Assert.Equal(["a", "b"], sent.Entries.Select(entry => entry.Body));
    }

    [Fact]
    public void A_new_connection_is_probed_at_once()
    {
        var leader = Make.LeaderInTouch();
        leader.Closed(2);
        leader.Propose("a");
        Assert.DoesNotContain(leader.TakeSent(MessageType.Append), each => each.Message.To == Make.Id(2));

        leader.Opened(2);

        Assert.Equal("a", Assert.Single(Assert.Single(leader.TakeSent(MessageType.Append)).Entries).Body);
    }

    [Fact]
    public void An_idle_follower_is_told_of_a_new_commit_index_at_once()
    {
        var leader = Make.LeaderInTouch(size: 3);
        leader.Propose("a");
        leader.Sent.Clear();
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        leader.Sent.Clear();

        // Its acknowledgement comes when the entry is committed already.
        leader.Receive(Make.Ack(from: 3, term: 1, match: 2));

        var told = Assert.Single(leader.TakeSent()).Message;
        Assert.Equal((MessageType.Heartbeat, 2ul, 0ul), (told.Type, told.Commit.Value, told.Round));
        Assert.Equal(Make.Id(3), told.To);
    }

    [Fact]
    public void A_heartbeat_that_only_tells_the_commit_index_wants_no_answer()
    {
        var node = Make.Follower(term: 1);
        node.Receive(Make.Append(from: 2, term: 1, default, 1), TestEntry.OfTerms(1, 1));
        node.Sent.Clear();

        node.Receive(Make.Heartbeat(from: 2, term: 1, commit: 1, round: 0));

        Assert.Equal(1ul, node.Commit);
        Assert.Empty(node.Sent);
    }

    [Fact]
    [Covers("BcastBeat")]
    public void A_heartbeat_names_no_commit_index_beyond_what_the_follower_holds()
    {
        var leader = Make.LeaderInTouch(size: 3);
        leader.Propose("a");
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        leader.Sent.Clear();

        leader.TickAfter(Beat);

        var sent = leader.TakeSent(MessageType.Heartbeat)
            .ToDictionary(each => each.Message.To, each => each.Message);
        Assert.Equal(2ul, sent[Make.Id(2)].Commit.Value);
        Assert.Equal(1ul, sent[Make.Id(3)].Commit.Value);
    }

    [Fact]
    [Covers("HandleHeartbeat")]
    public void A_heartbeat_never_takes_the_commit_index_back()
    {
        var node = Make.Follower(size: 3, term: 1, 1, 1);
        node.Receive(Make.Heartbeat(from: 2, term: 1, commit: 2));
        node.Receive(Make.Heartbeat(from: 2, term: 1, commit: 1));

        Assert.Equal(2ul, node.Commit);
    }

    [Fact]
    public void A_refusal_of_an_append_from_an_earlier_term_does_not_mislead_the_same_node_leading_again()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 2, 1);
        var follower = Make.Follower(size: 3, term: 2, 1, 2);
        follower.Receive(Make.Append(from: 1, term: 1, Make.At(1, 1)));
        var refusal = Assert.Single(follower.TakeSent(MessageType.AppendReply)).Message;

        leader.Receive(refusal with { From = Make.Id(2) });

        Assert.Empty(leader.Sent);
        Assert.Equal(Role.Leader, leader.Role);
    }

    private static TestNode InTouchWith(ConsensusOptions options)
    {
        var node = new TestNode(new NodeSetup { Options = options });
        node.PassDeadline();
        node.Receive(Make.PreVoteReply(from: 2, term: 1));
        node.Receive(Make.VoteReply(from: 2, term: 1));
        node.Receive(Make.Ack(from: 2, term: 1, match: 1));
        node.Receive(Make.Ack(from: 3, term: 1, match: 1));
        Assert.Equal(1ul, node.Commit);
        node.Sent.Clear();
        return node;
    }
}
