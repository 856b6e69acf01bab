namespace Ikada.Consensus.Tests.Reads;

/// <summary>What a voter promises with an answered heartbeat, and what it keeps (DESIGN §7, A lost leader and
/// leases).</summary>
public sealed class LeasePromises
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Covers("story: forget_leader_read_only_lease_based",
        Note = "No ForgetLeader call: a closed connection frees a vote, and under a lease it does not.")]
    [Fact]
    public void A_promise_is_kept_though_the_connection_from_the_leader_closed()
    {
        var node = Leased.Follower();
        node.Receive(Leased.Asking(from: 2, term: 1));
        var received = node.Now;
        Assert.True(Leased.Promised(node));

        node.Closed(2);
        Assert.False(Leased.Grants(node));
        node.Now = received + Leased.VotersPart + -Tick;
        Assert.False(Leased.Grants(node));
        Assert.Equal(1ul, node.Term);
        node.Now = received + Leased.VotersPart;

        Assert.True(Leased.Grants(node));
    }

    [Fact]
    public void Who_has_promised_does_not_campaign_either_until_the_promise_ends()
    {
        var node = Leased.Follower();
        node.Receive(Leased.Asking(from: 2, term: 1));
        var received = node.Now;
        node.Closed(2);

        node.PassDeadline();
        Assert.Equal(Role.Follower, node.Role);
        Assert.InRange(
            node.Core.NextDeadline - received,
            Leased.VotersPart,
            Leased.VotersPart + TimeSpan.FromMilliseconds(50));
        node.PassDeadline();

        Assert.Equal(Role.PreCandidate, node.Role);
    }

    [Fact]
    public void Every_answered_round_promises_anew_and_none_takes_a_promise_back()
    {
        var node = Leased.Follower();
        node.Receive(Leased.Asking(from: 2, term: 1));
        node.Now += TimeSpan.FromMilliseconds(100);
        node.Receive(Leased.Asking(from: 2, term: 1, round: 2));
        var received = node.Now;
        node.Receive(Leased.Asking(from: 2, term: 1, round: 3, lease: TimeSpan.FromMilliseconds(10)));
        node.Closed(2);

        node.Now = received + Leased.VotersPart + -Tick;
        Assert.False(Leased.Grants(node));
        node.Now += Tick;

        Assert.True(Leased.Grants(node));
    }

    [Fact]
    public void A_vote_that_the_leader_itself_wants_is_not_held_back()
    {
        var node = Leased.Follower();
        node.Receive(Leased.Asking(from: 2, term: 1));
        node.Sent.Clear();

        node.Receive(Make.Vote(from: 3, term: 2, Make.At(9, 9)) with { Flags = MessageFlags.Transfer });

        Assert.False(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
    }

    [Fact]
    public void A_late_vote_of_a_transfer_frees_nothing_of_a_later_terms_promise()
    {
        var node = Leased.Follower();
        node.Receive(Leased.Asking(from: 2, term: 5));
        node.Sent.Clear();

        node.Receive(Make.Vote(from: 3, term: 4, Make.At(9, 9)) with { Flags = MessageFlags.Transfer });

        Assert.True(Assert.Single(node.TakeSent(MessageType.VoteReply)).Message.Reject);
        node.Closed(2);
        Assert.False(Leased.Grants(node, term: 6));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300)]
    public void Nothing_is_promised_beyond_what_the_own_log_would_show_after_a_restart(int milliseconds)
    {
        var node = Leased.Follower(Leased.Of(3, TimeSpan.FromMilliseconds(milliseconds)));

        node.Receive(Leased.Asking(from: 2, term: 1));

        Assert.False(Leased.Promised(node));
        node.Closed(2);
        Assert.True(Leased.Grants(node));
    }

    [Fact]
    public void The_own_log_shows_a_setting_only_once_it_is_committed_and_durable()
    {
        var node = Leased.Follower(NodeSetup.VotersOf(3));
        var entry = TestEntry.Of(1, Leased.Of(3));
        node.HoldsDisk = true;
        node.Receive(Make.Append(from: 2, term: 1, count: 1), entry);
        node.Receive(Leased.Asking(from: 2, term: 1, round: 1));
        Assert.False(Leased.Promised(node));
        node.Receive(Leased.Asking(from: 2, term: 1, round: 2, commit: 1));
        Assert.False(Leased.Promised(node));
        node.FlushDisk();
        node.Sent.Clear();

        node.Receive(Leased.Asking(from: 2, term: 1, round: 3, commit: 1));

        Assert.True(Leased.Promised(node));
    }

    [Fact]
    public void After_leases_are_turned_off_promises_given_stand_and_none_is_added()
    {
        var node = Leased.Follower();
        node.Receive(Leased.Asking(from: 2, term: 1));
        var received = node.Now;
        node.Receive(
            Make.Append(from: 2, term: 1, count: 1, commit: 1), TestEntry.Of(1, Leased.Of(3, TimeSpan.Zero)));
        node.Sent.Clear();

        node.Receive(Leased.Asking(from: 2, term: 1, round: 2, commit: 1));
        Assert.False(Leased.Promised(node));
        node.Closed(2);
        node.Now = received + Leased.VotersPart + -Tick;
        Assert.False(Leased.Grants(node));
        node.Now += Tick;

        Assert.True(Leased.Grants(node));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_restarted_voter_waits_a_full_lease_if_any_membership_it_holds_has_leases_on(bool turnedOff)
    {
        var node = turnedOff
            ? Leased.Follower(
                NodeSetup.VotersOf(3),
                TestEntry.Of(1, Leased.Of(3)),
                TestEntry.Of(1, Leased.Of(3, TimeSpan.Zero)))
            : Leased.Follower();
        var restarted = node.Now;
        node.Restart(seed: 5);

        Assert.False(Leased.Grants(node));
        node.Now = restarted + Leased.VotersPart + -Tick;
        Assert.False(Leased.Grants(node));
        node.Tick();
        Assert.Equal(Role.Follower, node.Role);
        node.Now += Tick;

        Assert.True(Leased.Grants(node));
    }

    [Fact]
    public void A_restarted_voter_without_leases_waits_for_nothing()
    {
        var node = Leased.Follower(NodeSetup.VotersOf(3));
        node.Restart(seed: 5);

        Assert.True(Leased.Grants(node));
    }

    [Fact]
    public void While_a_promise_stands_the_log_keeps_the_membership_that_shows_it()
    {
        var node = Leased.Follower(
            NodeSetup.VotersOf(3), TestEntry.Of(1, Leased.Of(3)), new TestEntry(1, "a"),
            TestEntry.Of(1, Leased.Of(3, TimeSpan.Zero)), new TestEntry(1, "b"));
        node.Receive(Make.Append(from: 2, term: 1, previous: Make.At(1, 4), commit: 2));
        node.Receive(Leased.Asking(from: 2, term: 1, commit: 2));
        node.Receive(Make.Heartbeat(from: 2, term: 1, commit: 4));

        Assert.Equal(2ul, node.Core.CompactionLimit.Value);
        node.Now += Leased.VotersPart;
        node.Receive(Make.Heartbeat(from: 2, term: 1, commit: 4));

        Assert.Equal(4ul, node.Core.CompactionLimit.Value);
    }

    [Fact]
    public void A_snapshot_that_would_hide_a_standing_promise_waits_and_no_further_promise_puts_it_off()
    {
        var node = Leased.Follower();
        node.Receive(Leased.Asking(from: 2, term: 1));
        node.Sent.Clear();

        node.Receive(from: 2, term: 1, Snapshot(NodeSetup.VotersOf(3)));
        Assert.Contains(node.LastEffects, effect => effect.Kind == EffectKind.DropSnapshot);
        node.Receive(Leased.Asking(from: 2, term: 1, round: 2));
        Assert.False(Leased.Promised(node));
        node.Now += Leased.VotersPart;
        node.Receive(from: 2, term: 1, Snapshot(NodeSetup.VotersOf(3)));

        Assert.Contains(node.LastEffects, effect => effect.Kind == EffectKind.InstallSnapshot);
    }

    [Fact]
    public void A_snapshot_that_shows_the_promise_too_is_installed_at_once()
    {
        var node = Leased.Follower();
        node.Receive(Leased.Asking(from: 2, term: 1));

        node.Receive(from: 2, term: 1, Snapshot(Leased.Of(3)));

        Assert.Contains(node.LastEffects, effect => effect.Kind == EffectKind.InstallSnapshot);
    }

    private static TestSnapshot Snapshot(Membership membership) =>
        new(Make.At(1, 3), membership, TestEntry.OfTerms(1, [1, 1, 1]));
}
