namespace Ikada.Consensus.Tests.Replicating;

/// <summary>What a leader knows of a peer and how each answer changes it.</summary>
public sealed class ProgressStates
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    [Fact]
    [Covers("LeaderIncreaseNext")]
    public void Streaming_moves_next_when_it_sends_and_probing_when_it_is_answered()
    {
        var leader = Make.Leader(size: 3, term: 1);
        leader.Propose("a", "b");
        Assert.Equal(1ul, PeerOf(leader).Next.Value);

        leader.Receive(Make.Ack(from: 2, term: 1, match: 1));
        Assert.Equal((ProgressState.Replicate, 4ul), (PeerOf(leader).State, PeerOf(leader).Next.Value));
        leader.Propose("c");

        Assert.Equal((1ul, 5ul), (PeerOf(leader).Match.Value, PeerOf(leader).Next.Value));
    }

    [Fact]
    [Covers("MsgAppRespWaitReset")]
    public void An_acknowledgement_frees_the_next_append_to_that_follower_alone()
    {
        var leader = Make.Leader(size: 3, term: 1);
        leader.Receive(Make.Ack(from: 2, term: 1, match: 1));
        leader.Sent.Clear();

        leader.Propose("a");
        var first = Assert.Single(leader.TakeSent(MessageType.Append)).Message;
        Assert.Equal((2, 2ul), ((int)first.To.Value, first.End.Value));
        leader.Receive(Make.Ack(from: 3, term: 1, match: 1));

        var second = Assert.Single(leader.TakeSent(MessageType.Append)).Message;
        Assert.Equal((3, 2ul), ((int)second.To.Value, second.End.Value));
    }

    [Fact]
    [Covers("MsgAppFlowControlFull")]
    public void With_the_window_full_nothing_more_is_sent()
    {
        var leader = WithFullWindow(out _);

        for (var i = 0; i < 10; i++)
        {
            leader.Propose("over the bound");
            Assert.DoesNotContain(leader.TakeSent(), each => each.Message.To == Make.Id(2));
        }
    }

    [Fact]
    [Covers("MsgAppFlowControlMoveForward")]
    public void An_acknowledgement_frees_what_it_covers_and_an_old_one_nothing()
    {
        var leader = WithFullWindow(out var window);
        for (var freed = 1; freed < window; freed++)
        {
            leader.Receive(Make.Ack(from: 2, term: 1, match: (ulong)freed + 1));
            leader.Propose("next");
            Assert.Single(leader.TakeSent(MessageType.Append), each => each.Message.To == Make.Id(2));
            leader.Propose("waits");
            leader.Receive(Make.Ack(from: 2, term: 1, match: (ulong)freed));
            Assert.DoesNotContain(leader.TakeSent(MessageType.Append), each => each.Message.To == Make.Id(2));
            leader.Receive(Make.Ack(from: 3, term: 1, leader.Core.Last.Index.Value));
            leader.Sent.Clear();
        }
    }

    [Fact]
    [Covers(
        "MsgAppFlowControlRecvHeartbeat",
        Note = "What passes is an append without entries: it asks whether those "
        + "on their way have arrived, and adds nothing to them.")]
    public void An_answered_heartbeat_lets_one_question_past_a_full_window()
    {
        var leader = WithFullWindow(out var window);

        for (var i = 0; i < 3; i++)
        {
            leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 1));
            var question = Assert.Single(leader.TakeSent(MessageType.Append)).Message;
            Assert.Equal(question.Position.Index, question.End);
            Assert.Equal(window, PeerOf(leader).Inflight.Count);
        }
    }

    [Fact]
    public void What_is_in_flight_counts_until_all_of_its_message_is_acknowledged()
    {
        var inflight = new Inflight();
        for (var i = 1; i <= 20; i++)
        {
            inflight.Add(new LogIndex((ulong)i * 10), 100);
        }

        inflight.FreeTo(new LogIndex(99));
        Assert.Equal((11, 1100L), (inflight.Count, inflight.Bytes));
        inflight.FreeTo(new LogIndex(5));
        Assert.Equal(11, inflight.Count);
        for (var i = 21; i <= 40; i++)
        {
            inflight.Add(new LogIndex((ulong)i * 10), 100);
        }

        inflight.FreeTo(new LogIndex(395));
        Assert.Equal((1, 100L), (inflight.Count, inflight.Bytes));
        inflight.FreeTo(new LogIndex(400));
        inflight.FreeTo(new LogIndex(400));
        Assert.Equal((0, 0L), (inflight.Count, inflight.Bytes));
        inflight.Add(new LogIndex(410), 100);
        Assert.Equal((1, 100L), (inflight.Count, inflight.Bytes));
        inflight.Clear();
        Assert.Equal((0, 0L), (inflight.Count, inflight.Bytes));
    }

    [Fact]
    public void An_acknowledgement_beyond_the_leaders_log_is_ignored_and_told()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);
        leader.Propose("a");

        leader.Receive(Make.Ack(from: 2, term: 1, match: 3));

        Assert.Equal((Fact.PeerMisbehaved, Make.Id(2)), Assert.Single(leader.Facts));
        Assert.Equal((1ul, 1ul), (leader.Commit, PeerOf(leader).Match.Value));
    }

    [Fact]
    public void A_refusal_of_what_was_acknowledged_is_ignored_also_while_probing()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 1);
        leader.Propose("a");
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        leader.Step(Input.SendDropped(leader.Now, Make.Id(2)));
        leader.Sent.Clear();

        leader.Receive(Make.Refusal(from: 2, term: 1, rejected: 2, Make.At(0, 0)));

        Assert.Empty(leader.Sent);
        Assert.Equal((2ul, 3ul), (PeerOf(leader).Match.Value, PeerOf(leader).Next.Value));
    }

    [Fact]
    public void An_acknowledgement_of_an_earlier_term_does_not_count()
    {
        var leader = Make.LeaderInTouch(size: 3, term: 4, 1);
        leader.Propose("a");

        leader.Receive(Make.Ack(from: 2, term: 3, match: 3));

        Assert.Equal((2ul, 2ul), (leader.Commit, PeerOf(leader).Match.Value));
    }

    [Fact]
    public void A_lost_connection_keeps_a_guess_that_was_never_refused()
    {
        var leader = Make.Leader(size: 3, term: 2, 1, 1, 1, 1);
        Assert.Equal(5ul, PeerOf(leader).Next.Value);

        leader.Closed(2);
        leader.Opened(2);

        Assert.Equal(4ul, Assert.Single(leader.TakeSent(MessageType.Append)).Message.Position.Index.Value);
    }

    [Fact]
    public void What_a_follower_knows_to_be_committed_it_acknowledges_to_a_leader_that_asks_before_it()
    {
        var node = Make.Follower(size: 3, term: 1, 1, 1, 1);
        node.Receive(Make.Append(from: 2, term: 1, Make.At(1, 3), commit: 3));
        node.Compact(2);
        node.Sent.Clear();

        node.Receive(Make.Append(from: 3, term: 2, Make.At(1, 1), 1), TestEntry.OfTerms(2, 1));

        Assert.Equal(3ul, Assert.Single(node.TakeSent(MessageType.AppendReply)).Message.Position.Index.Value);
    }

    [Theory]
    [InlineData(500, 600, false)]
    [InlineData(500, 400, true)]
    [InlineData(0, 5000, true)]
    [Covers("UncommittedEntryLimit")]
    public void A_proposal_is_taken_if_it_fits_or_if_all_is_committed(int pending, int proposed, bool taken)
    {
        var leader = InTouchWith(new ConsensusOptions { UncommittedBytesMax = 1024 });
        if (pending > 0)
        {
            leader.Propose(new string('x', pending));
        }

        leader.Propose(new string('y', proposed));

        Assert.Equal(
            taken ? EffectKind.AcceptProposal : EffectKind.RefuseProposal, leader.Answers[^1].Kind);
        Assert.Equal(taken ? Refusal.None : Refusal.TooMuchUncommitted, leader.Answers[^1].Refusal);
    }

    [Fact]
    [Covers("BoundedLogGrowthWithPartition")]
    public void A_leader_without_a_majority_stops_taking_proposals_and_takes_them_again_once_they_commit()
    {
        var leader = InTouchWith(new ConsensusOptions { UncommittedBytesMax = 10_000 });
        for (var i = 0; i < 1000; i++)
        {
            leader.Propose(new string('x', 100));
        }

        var length = leader.Log.Count;
        Assert.InRange(length, 50, 100);
        leader.Receive(Make.Ack(from: 2, term: 1, match: (ulong)length));
        leader.Propose("again");

        Assert.Equal(length + 1, leader.Log.Count);
    }

    [Fact]
    [Covers("AppendPagination", "ccf: large_entry_batching")]
    public void A_long_log_is_sent_in_portions_and_an_entry_over_the_bound_alone()
    {
        var cluster = new TestCluster(3, setup => setup with
        {
            Options = new ConsensusOptions { AppendBytesMax = 2048 },
        });
        cluster.Campaign(1);
        cluster.Isolate(3);
        for (var i = 0; i < 30; i++)
        {
            cluster.Propose(1, new string('x', i % 10 == 0 ? 5000 : 300));
        }

        var largest = 0;
        var sent = 0;
        var judge = cluster[1].OnEffect;
        cluster[1].OnEffect = (node, effect) =>
        {
            judge?.Invoke(node, effect);
            if (effect is { Kind: EffectKind.Send, Message.Type: MessageType.Append }
                && effect.Message.End > effect.Message.Position.Index)
            {
                var message = effect.Message;
                var entries = node.Log[(int)message.Position.Index.Value..(int)message.End.Value];
                var bytes = entries.Sum(entry => entry.Body.Length + LogEntry.OverheadBytes);
                largest = Math.Max(largest, entries.Count == 1 ? 0 : bytes);
                sent++;
            }
        };
        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(1));

        cluster.AssertConverged();
        Assert.InRange(largest, 1, 2048);
        Assert.InRange(sent, 9, 40);
    }

    [Fact]
    [Covers("LogReplicationWithReorderedMessage")]
    public void Appends_and_answers_out_of_order_do_no_harm()
    {
        var cluster = new TestCluster(3);
        cluster.Campaign(1);
        var random = new RandomSource(5);
        for (var i = 0; i < 200; i++)
        {
            cluster.Do(1, node => node.Propose($"entry {i}"));
            for (var delivered = random.NextBelow(6); delivered > 0 && cluster.Pool.Count > 0; delivered--)
            {
                cluster.Deliver(random.NextBelow(cluster.Pool.Count), keeps: random.OneIn(8));
            }
        }

        cluster.RunFor(TimeSpan.FromSeconds(1));

        cluster.AssertConverged();
        Assert.Equal(201, cluster[2].Log.Count);
    }

    [Fact]
    public void A_congested_peer_whose_snapshot_is_due_gets_it_when_its_queue_has_room()
    {
        var leader = Snapshots.SendingSnapshots.CompactedTo(10);
        leader.Step(Input.PeerCongested(leader.Now, Make.Id(2)));
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 9, Make.At(1, 4)));
        Assert.Empty(leader.SnapshotWishes);

        leader.Step(Input.PeerDrained(leader.Now, Make.Id(2)));

        Assert.Equal(EffectKind.SendSnapshot, Assert.Single(leader.SnapshotWishes).Kind);
    }

    internal static TestNode InTouchWith(ConsensusOptions options)
    {
        var node = new TestNode(new NodeSetup { Options = options });
        node.PassDeadline();
        node.Receive(Make.PreVoteReply(from: 2, term: 1));
        node.Receive(Make.VoteReply(from: 2, term: 1));
        node.Receive(Make.Ack(from: 2, term: 1, match: 1));
        node.Receive(Make.Ack(from: 3, term: 1, match: 1));
        node.Sent.Clear();
        return node;
    }

    private static TestNode WithFullWindow(out int window)
    {
        window = 8;
        var leader = InTouchWith(new ConsensusOptions { InflightAppendsMax = window });
        for (var i = 0; i < window; i++)
        {
            leader.Propose($"entry {i}");
        }

        leader.TickAfter(Beat);
        leader.Sent.Clear();
        Assert.Equal(window, PeerOf(leader).Inflight.Count);
        return leader;
    }

    private static Progress PeerOf(TestNode leader) => leader.Core.State.Leadership.Find(Make.Id(2))!;
}
