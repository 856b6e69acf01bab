namespace Ikada.Consensus.Tests.Snapshots;

/// <summary>A leader whose log does not reach back to what a follower needs (§7).</summary>
public sealed class SendingSnapshots
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    [Fact]
    [Covers("ProvideSnap")]
    public void A_follower_that_ends_before_the_compacted_log_gets_a_snapshot()
    {
        var leader = CompactedTo(10);

        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 9, Make.At(1, 4)));

        var wish = Assert.Single(leader.SnapshotWishes);
        Assert.Equal((EffectKind.SendSnapshot, Make.Id(2), 10ul), (wish.Kind, wish.Peer, wish.First.Value));
        Assert.Empty(leader.TakeSent(MessageType.Append));
    }

    [Fact]
    public void A_follower_of_which_nothing_is_known_is_asked_at_the_base_before_it_gets_a_snapshot()
    {
        var leader = CompactedTo(10);

        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, round: 0));

        Assert.Empty(leader.SnapshotWishes);
        var probe = Assert.Single(leader.TakeSent(MessageType.Append)).Message;
        Assert.Equal(10ul, probe.Position.Index.Value);
        leader.Receive(Make.Ack(from: 2, term: 2, match: 12));
        Assert.Empty(leader.SnapshotWishes);
    }

    [Fact]
    public void A_follower_that_refuses_the_base_itself_gets_a_snapshot()
    {
        var leader = CompactedTo(10);
        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, round: 0));

        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 10, Make.At(1, 9)));

        Assert.Equal(EffectKind.SendSnapshot, Assert.Single(leader.SnapshotWishes).Kind);
    }

    [Fact]
    [Covers("IgnoreProvidingSnap")]
    public void A_follower_that_is_not_heard_gets_none_until_it_answers()
    {
        var leader = CompactedTo(10);
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 9, Make.At(1, 4)));
        leader.SnapshotStarted(peer: 2, index: 12);
        leader.SnapshotEnded(peer: 2, succeeded: false);
        leader.SnapshotWishes.Clear();
        PassTime(leader, TimeSpan.FromSeconds(1.5));

        leader.Opened(2);
        Assert.Empty(leader.SnapshotWishes);
        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, round: 1));

        Assert.Equal(EffectKind.SendSnapshot, Assert.Single(leader.SnapshotWishes).Kind);
    }

    [Fact]
    [Covers("SendingSnapshotSetPendingSnapshot")]
    public void The_leader_remembers_which_snapshot_is_on_its_way_and_keeps_the_log_from_there_on()
    {
        var leader = Sending(last: 11);

        Assert.Equal(11ul, PeerOf(leader).PendingSnapshot.Value);
        Assert.Equal(12ul, leader.Commit);
        Assert.Equal(11ul, leader.Core.CompactionLimit.Value);
        leader.Compact(11);
        leader.SnapshotEnded(peer: 2, succeeded: true);
        Assert.Equal(11ul, leader.Core.CompactionLimit.Value);
        leader.Receive(Make.Ack(from: 2, term: 2, match: 11));

        Assert.Equal(12ul, leader.Core.CompactionLimit.Value);
        Assert.Equal(11ul, Assert.Single(leader.TakeSent(MessageType.Append)).Message.Position.Index.Value);
    }

    [Fact]
    public void A_peer_that_fell_silent_does_not_hold_the_log_for_ever()
    {
        var leader = Sending(last: 11);

        PassTime(leader, TimeSpan.FromSeconds(1.5));

        Assert.Equal(12ul, leader.Core.CompactionLimit.Value);
    }

    [Fact]
    [Covers("PendingSnapshotPauseReplication", "SendAppendForProgressSnapshot")]
    public void While_a_snapshot_is_on_its_way_the_follower_gets_heartbeats_only()
    {
        var leader = Sending(last: 11);

        leader.Propose("more");
        leader.Step(Input.PeerDrained(leader.Now, Make.Id(2)));
        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, round: 0));
        leader.TickAfter(Beat);

        var toIt = leader.TakeSent().Where(each => each.Message.To == Make.Id(2));
        Assert.Equal(MessageType.Heartbeat, Assert.Single(toIt).Type);
    }

    // The simulator's seed 40: a connection to the peer had broken, its own to us stood, so none opened anew.
    [Fact]
    public void A_snapshot_that_a_closed_connection_cut_is_asked_for_again_once_the_peer_is_heard()
    {
        var leader = Sending(last: 11);
        leader.SnapshotWishes.Clear();

        leader.Closed(2);
        Assert.Empty(leader.SnapshotWishes);
        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, round: 1));
        Assert.Equal(EffectKind.SendSnapshot, Assert.Single(leader.SnapshotWishes).Kind);
        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, round: 2));

        Assert.Single(leader.SnapshotWishes);
    }

    [Fact]
    public void A_host_without_a_snapshot_is_asked_again_at_each_answered_heartbeat()
    {
        var leader = CompactedTo(10);
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 9, Make.At(1, 4)));
        leader.SnapshotWishes.Clear();

        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, round: 0));

        Assert.Equal(EffectKind.SendSnapshot, Assert.Single(leader.SnapshotWishes).Kind);
    }

    [Fact]
    [Covers("SnapshotFailure")]
    public void A_failed_transfer_ends_in_a_probe_and_a_new_one_only_after_a_sign_of_life()
    {
        var leader = Sending(last: 11);

        leader.SnapshotEnded(peer: 2, succeeded: false);

        Assert.Equal(ProgressState.Probe, PeerOf(leader).State);
        Assert.Equal(1ul, PeerOf(leader).Next.Value);
        Assert.Equal(0ul, PeerOf(leader).PendingSnapshot.Value);
        Assert.Empty(leader.SnapshotWishes);
        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, round: 0));
        Assert.Equal(EffectKind.SendSnapshot, Assert.Single(leader.SnapshotWishes).Kind);
    }

    [Fact]
    [Covers(
        "SnapshotSucceed",
        Note = "Arrived means whole, not in force: the log goes on from the snapshot's end "
        + "once that is acknowledged.")]
    public void After_a_transfer_that_arrived_the_log_goes_on_from_its_end()
    {
        var leader = Sending(last: 11);

        leader.SnapshotEnded(peer: 2, succeeded: true);
        Assert.Empty(leader.TakeSent(MessageType.Append));
        leader.Receive(Make.Ack(from: 2, term: 2, match: 11));

        Assert.Equal(ProgressState.Replicate, PeerOf(leader).State);
        Assert.Equal(11ul, Assert.Single(leader.TakeSent(MessageType.Append)).Message.Position.Index.Value);
        Assert.Empty(leader.SnapshotWishes);
    }

    [Fact]
    public void A_lost_acknowledgement_of_a_snapshot_is_asked_for_after_a_heartbeat()
    {
        var leader = Sending(last: 11);
        leader.SnapshotEnded(peer: 2, succeeded: true);

        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, round: 0));

        var question = Assert.Single(leader.TakeSent(MessageType.Append)).Message;
        Assert.Equal((11ul, 11ul), (question.Position.Index.Value, question.End.Value));
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 11, Make.At(1, 4)));
        Assert.Equal(EffectKind.SendSnapshot, Assert.Single(leader.SnapshotWishes).Kind);
    }

    [Fact]
    public void A_late_refusal_from_before_the_snapshot_does_not_disturb_it()
    {
        var leader = Sending(last: 11);

        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 9, Make.At(1, 4)));

        Assert.Equal(ProgressState.Snapshot, PeerOf(leader).State);
        Assert.Empty(leader.SnapshotWishes);
    }

    [Fact]
    [Covers("SnapshotAbort", "story: snapshot_succeed_via_app_resp")]
    public void An_acknowledgement_that_reaches_the_log_ends_the_transfer()
    {
        var leader = Sending(last: 11);

        leader.Receive(Make.Ack(from: 2, term: 2, match: 11));

        Assert.Equal(EffectKind.AbortSnapshot, Assert.Single(leader.SnapshotWishes).Kind);
        Assert.Equal(ProgressState.Replicate, PeerOf(leader).State);
        Assert.Equal(11ul, Assert.Single(leader.TakeSent(MessageType.Append)).Message.Position.Index.Value);
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    [Covers("story: snapshot_succeed_via_app_resp_behind")]
    public void An_acknowledgement_behind_the_snapshot_ends_the_transfer_if_the_log_goes_on_from_there(
        ulong match, bool ends)
    {
        var leader = Sending(last: 12);

        leader.Receive(Make.Ack(from: 2, term: 2, match));

        Assert.Equal(ends, PeerOf(leader).State == ProgressState.Replicate);
        Assert.Equal(ends ? 1 : 0, leader.SnapshotWishes.Count);
        Assert.Equal(match, PeerOf(leader).Match.Value);
    }

    [Fact]
    public void A_reconnected_peer_is_sent_the_snapshot_again_once()
    {
        var leader = Sending(last: 11);
        leader.Closed(2);
        Assert.Equal(ProgressState.Snapshot, PeerOf(leader).State);

        leader.Opened(2);

        Assert.Equal(EffectKind.SendSnapshot, Assert.Single(leader.SnapshotWishes).Kind);
        Assert.Equal(11ul, leader.Core.CompactionLimit.Value);
        leader.Receive(Make.HeartbeatReply(from: 2, term: 2, round: 0));
        Assert.Single(leader.SnapshotWishes);
    }

    [Fact]
    public void A_dropped_message_does_not_end_a_transfer()
    {
        var leader = Sending(last: 11);

        leader.Step(Input.SendDropped(leader.Now, Make.Id(2)));

        Assert.Equal(ProgressState.Snapshot, PeerOf(leader).State);
        Assert.Equal(11ul, PeerOf(leader).PendingSnapshot.Value);
    }

    [Fact]
    public void A_snapshot_that_the_log_no_longer_reaches_is_aborted_and_a_newer_one_asked_for()
    {
        var leader = CompactedTo(10);
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 9, Make.At(1, 4)));
        leader.Compact(12);
        leader.SnapshotWishes.Clear();

        leader.SnapshotStarted(peer: 2, index: 11);

        Assert.Equal(
            [EffectKind.AbortSnapshot, EffectKind.SendSnapshot],
            leader.SnapshotWishes.Select(each => each.Kind));
        Assert.Equal(12ul, leader.SnapshotWishes[1].First.Value);
    }

    [Fact]
    public void A_snapshot_that_starts_when_the_peer_needs_none_any_more_is_aborted()
    {
        var leader = CompactedTo(10);
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 9, Make.At(1, 4)));
        leader.Receive(Make.Ack(from: 2, term: 2, match: 12));
        leader.SnapshotWishes.Clear();

        leader.SnapshotStarted(peer: 2, index: 12);

        Assert.Equal(EffectKind.AbortSnapshot, Assert.Single(leader.SnapshotWishes).Kind);
        Assert.Equal(ProgressState.Replicate, PeerOf(leader).State);
    }

    [Fact]
    public void A_deposed_leader_aborts_its_transfers()
    {
        var leader = Sending(last: 11);

        leader.Receive(Make.Heartbeat(from: 3, term: 3));

        Assert.Equal(EffectKind.AbortSnapshot, Assert.Single(leader.SnapshotWishes).Kind);
        leader.SnapshotWishes.Clear();
        leader.SnapshotStarted(peer: 2, index: 11);
        Assert.Equal(EffectKind.AbortSnapshot, Assert.Single(leader.SnapshotWishes).Kind);
        leader.SnapshotEnded(peer: 2, succeeded: true);
    }

    [Fact]
    public void A_snapshot_of_what_is_not_committed_stops_the_node()
    {
        var leader = CompactedTo(10);
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 9, Make.At(1, 4)));
        leader.Propose("not committed");

        Assert.Throws<InvariantException>(() => leader.SnapshotStarted(peer: 2, index: 13));
    }

    /// <summary>Node 1 leads term 2; 12 entries are committed through node 3, the log starts after
    /// <paramref name="index"/>; node 2 has not answered the first probe, at 9.</summary>
    internal static TestNode CompactedTo(ulong index)
    {
        var leader = Make.Leader(size: 3, term: 2, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        leader.Propose("a", "b");
        leader.Receive(Make.Ack(from: 3, term: 2, match: 12));
        Assert.Equal(12ul, leader.Commit);
        leader.Compact(index);
        leader.Sent.Clear();
        return leader;
    }

    private static TestNode Sending(ulong last)
    {
        var leader = CompactedTo(10);
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 9, Make.At(1, 4)));
        leader.SnapshotStarted(peer: 2, last);
        leader.SnapshotWishes.Clear();
        leader.Sent.Clear();
        return leader;
    }

    private static Progress PeerOf(TestNode leader) => leader.Core.State.Leadership.Find(Make.Id(2))!;

    // Node 3 stays in touch.
    private static void PassTime(TestNode leader, TimeSpan time)
    {
        for (var end = leader.Now + time; leader.Now < end;)
        {
            leader.TickAfter(Beat);
            var round = leader.TakeSent(MessageType.Heartbeat)[0].Message.Round;
            leader.Receive(Make.HeartbeatReply(from: 3, term: 2, round));
        }

        leader.Sent.Clear();
    }
}
