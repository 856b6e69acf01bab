namespace Ikada.Consensus.Tests.Reads;

/// <summary>What of the log shows a promise that stands, and so may not go (DESIGN §7, A lost leader and
/// leases).</summary>
public sealed class LeaseMemory
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(10);

    [Fact]
    public void While_a_longer_promise_stands_a_shorter_one_frees_nothing_of_the_log_and_then_it_does()
    {
        var node = Leased.Follower(
            NodeSetup.VotersOf(3), TestEntry.Of(1, Leased.Of(3)), new TestEntry(1, "a"),
            TestEntry.Of(1, Leased.Of(3, Short)), new TestEntry(1, "b"));
        node.Receive(Make.Append(from: 2, term: 1, previous: Make.At(1, 4), commit: 2));
        node.Receive(Leased.Asking(from: 2, term: 1, commit: 2));
        node.Receive(Leased.Asking(from: 2, term: 1, round: 2, commit: 4, lease: Short));
        Assert.Equal(2ul, node.Core.CompactionLimit.Value);

        node.Now += Leased.VotersPart;
        node.Receive(Leased.Asking(from: 2, term: 1, round: 3, commit: 4, lease: Short));

        Assert.Equal(4ul, node.Core.CompactionLimit.Value);
    }

    [Fact]
    public void What_only_the_base_shows_holds_the_log_before_the_next_membership()
    {
        var node = Leased.Follower(
            membership: null, new TestEntry(1, "a"), TestEntry.Of(1, Leased.Of(3, TimeSpan.Zero)),
            new TestEntry(1, "b"));
        node.Receive(Make.Append(from: 2, term: 1, previous: Make.At(1, 3), commit: 1));
        node.Receive(Leased.Asking(from: 2, term: 1, commit: 1));
        node.Receive(Make.Heartbeat(from: 2, term: 1, commit: 3));

        Assert.Equal(1ul, node.Core.CompactionLimit.Value);
    }

    [Fact]
    public void Where_no_entry_changed_the_membership_a_promise_holds_nothing()
    {
        var node = Leased.Follower(membership: null, new TestEntry(1, "a"), new TestEntry(1, "b"));
        node.Receive(Make.Append(from: 2, term: 1, previous: Make.At(1, 2), commit: 2));
        node.Receive(Leased.Asking(from: 2, term: 1, commit: 2));

        Assert.Equal(2ul, node.Core.CompactionLimit.Value);
    }

    [Fact]
    public void A_snapshot_that_waits_stops_promises_under_what_is_committed_whatever_follows_it()
    {
        var node = Leased.Follower(
            membership: null, TestEntry.Of(1, Leased.Of(3, TimeSpan.FromMilliseconds(700))));
        node.Receive(Leased.Asking(from: 2, term: 1));
        Assert.True(Leased.Promised(node));
        node.Receive(
            from: 2, term: 1,
            new TestSnapshot(Make.At(1, 3), NodeSetup.VotersOf(3), TestEntry.OfTerms(1, [1, 1, 1])));
        node.Sent.Clear();

        node.Receive(Leased.Asking(from: 2, term: 1, round: 2));

        Assert.False(Leased.Promised(node));
    }

    [Fact]
    public void A_leader_asks_for_a_shorter_lease_at_once_and_for_a_longer_one_when_it_is_committed()
    {
        var leader = Leased.Leader();
        leader.Change(new MembershipChange { Lease = TimeSpan.FromMilliseconds(300) });
        Assert.Equal(300, AskedMilliseconds(leader));
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));

        leader.Change(new MembershipChange { Lease = TimeSpan.FromMilliseconds(500) });
        Assert.Equal(300, AskedMilliseconds(leader));
        leader.Receive(Make.Ack(from: 2, term: 1, match: 3));

        Assert.Equal(500, AskedMilliseconds(leader));
    }

    [Fact]
    public void A_lease_as_long_as_an_election_timeout_is_refused_with_the_longest_that_is_not()
    {
        var leader = Leased.Leader();

        leader.Change(new MembershipChange { Lease = new ConsensusOptions().ElectionTimeout });

        var refused = Assert.Single(leader.Answers);
        Assert.Equal(
            (EffectKind.RefuseProposal, Refusal.MembershipInvalid), (refused.Kind, refused.Refusal));
        Assert.Contains("must be 0 (off) to 990 ms", refused.Reason, StringComparison.Ordinal);
    }

    private static double AskedMilliseconds(TestNode leader)
    {
        leader.Sent.Clear();
        leader.Now = leader.Core.NextDeadline;
        leader.Tick();
        var asked = TimeSpan.FromTicks((long)leader.TakeSent(MessageType.Heartbeat)[0].Message.Sequence);
        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round: 1));
        return asked.TotalMilliseconds;
    }
}
