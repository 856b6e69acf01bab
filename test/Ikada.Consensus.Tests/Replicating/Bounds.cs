namespace Ikada.Consensus.Tests.Replicating;

/// <summary>What a leader does not send: over a bound, to one that is gone, or twice.</summary>
public sealed class Bounds
{
    [Fact]
    public void With_exactly_the_bytes_on_their_way_that_may_be_nothing_more_is_sent()
    {
        const int body = 1000;
        const int one = body + LogEntry.OverheadBytes;
        var leader = ProgressStates.InTouchWith(
            new ConsensusOptions { AppendBytesMax = one, InflightBytesMax = 2 * one });

        leader.Propose(new string('a', body));
        leader.Propose(new string('b', body));
        leader.Sent.Clear();
        leader.Propose(new string('c', body));

        Assert.Empty(leader.TakeSent(MessageType.Append));
    }

    [Fact]
    public void A_removed_member_whose_queue_is_full_is_not_told()
    {
        var leader = Make.LeaderInTouch(size: 3);
        leader.Step(Input.PeerCongested(leader.Now, Make.Id(3)));
        leader.Change(Wish.Auto("r3"));
        leader.Sent.Clear();

        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));

        Assert.Equal(2ul, leader.Commit);
        Assert.DoesNotContain(leader.TakeSent(), each => each.Message.To == Make.Id(3));
    }

    [Fact]
    public void A_removed_member_with_a_snapshot_on_its_way_gets_no_entries_beside_it()
    {
        var leader = Snapshots.SendingSnapshots.CompactedTo(10);
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 9, Make.At(1, 4)));
        leader.SnapshotStarted(peer: 2, index: 12);
        leader.Change(Wish.Auto("r2"));
        leader.Sent.Clear();

        leader.Receive(Make.Ack(from: 3, term: 2, match: 13));

        Assert.Equal(13ul, leader.Commit);
        Assert.DoesNotContain(leader.TakeSent(), each => each.Message.To == Make.Id(2));
        Assert.Equal(EffectKind.AbortSnapshot, leader.SnapshotWishes[^1].Kind);
    }

    [Fact]
    public void A_leader_whose_removal_is_committed_sends_nothing_of_what_it_still_has()
    {
        var leader = ProgressStates.InTouchWith(new ConsensusOptions { InflightAppendsMax = 1 });
        leader.Change(Wish.Auto("r1"));
        leader.Propose("a");
        leader.Receive(Make.Ack(from: 3, term: 1, match: 2));
        leader.Sent.Clear();

        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));

        Assert.Equal(Role.Follower, leader.Role);
        Assert.DoesNotContain(leader.TakeSent(), each => each.Entries.Length > 0);
    }

    [Fact]
    public void A_refusal_counts_for_a_snapshot_only_when_it_arrived_and_at_its_end()
    {
        var leader = Snapshots.SendingSnapshots.CompactedTo(10);
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 9, Make.At(1, 4)));
        leader.SnapshotStarted(peer: 2, index: 11);
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 11, Make.At(1, 4)));
        Assert.Equal(ProgressState.Snapshot, PeerOf(leader).State);

        leader.SnapshotEnded(peer: 2, succeeded: true);
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 10, Make.At(1, 4)));
        Assert.Equal(ProgressState.Snapshot, PeerOf(leader).State);
        Assert.Equal(11ul, PeerOf(leader).PendingSnapshot.Value);
        leader.SnapshotWishes.Clear();
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 11, Make.At(1, 4)));

        // It lost what it had been given: it needs another.
        Assert.Equal(EffectKind.SendSnapshot, Assert.Single(leader.SnapshotWishes).Kind);
    }

    [Fact]
    public void After_a_snapshot_that_failed_nothing_is_sent_before_the_peer_is_heard()
    {
        var leader = Snapshots.SendingSnapshots.CompactedTo(10);
        leader.Receive(Make.Refusal(from: 2, term: 2, rejected: 9, Make.At(1, 4)));
        leader.SnapshotStarted(peer: 2, index: 12);
        leader.SnapshotEnded(peer: 2, succeeded: false);
        leader.Sent.Clear();

        leader.Propose("more");

        Assert.DoesNotContain(leader.TakeSent(), each => each.Message.To == Make.Id(2));
    }

    [Fact]
    public void A_member_that_cannot_read_what_was_compacted_gets_one_snapshot_whatever_it_acknowledges()
    {
        var leader = Snapshots.SendingSnapshots.CompactedTo(10);
        leader.Receive(Make.Ack(from: 2, term: 2, match: 12));
        leader.Receive(Damage.Sick.Request(from: 2, after: 3, end: 5, term: 1));
        Assert.Equal(
            (EffectKind.SendSnapshot, Make.Id(2)),
            (Assert.Single(leader.SnapshotWishes).Kind, leader.SnapshotWishes[0].Peer));
        Assert.True(PeerOf(leader).IsSnapshotForRepair);

        leader.Receive(Damage.Sick.Request(from: 2, after: 3, end: 5, term: 1));
        leader.Receive(Make.Ack(from: 2, term: 2, match: 12));

        Assert.Single(leader.SnapshotWishes);
        Assert.Equal(ProgressState.Snapshot, PeerOf(leader).State);
    }

    [Fact]
    public void A_member_that_says_with_an_answer_to_entries_that_it_lost_some_counts_for_nothing()
    {
        var leader = Make.LeaderInTouch(size: 3);
        var lost = Make.Refusal(from: 2, term: 1, rejected: 1, default) with
        {
            Flags = MessageFlags.Reject | MessageFlags.LostLog,
        };

        leader.Receive(lost);
        leader.Propose("a");
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));

        Assert.Contains((Fact.PeerLostLog, Make.Id(2)), leader.Facts);
        Assert.Equal(1ul, leader.Commit);
        leader.Receive(Damage.Sick.Request(from: 2, after: 3, end: 5, term: 1));
        Assert.Empty(leader.SnapshotWishes);
    }

    private static Progress PeerOf(TestNode leader) => leader.Core.State.Leadership.Find(Make.Id(2))!;
}
