namespace Ikada.Consensus.Tests.Reads;

/// <summary>When a leader may read without asking (diss. §6.4.1; DESIGN §7, A lost leader and
/// leases).</summary>
public sealed class LeaseReads
{
    [Covers("ReadOnlyOptionLease")]
    [Fact]
    public void A_leader_that_holds_a_lease_answers_at_once_and_says_until_when()
    {
        var leader = Leased.Leader();
        var round = Leased.Round(leader);
        var sent = leader.Now;
        leader.Receive(Leased.Grant(from: 2, round));

        Assert.True(Leased.AnswersAtOnce(leader, out var expiresAt));

        Assert.Equal(sent + Leased.LeadersPart, expiresAt);
        Assert.Equal(1ul, leader.Answers[0].Last.Value);
        Assert.Empty(leader.TakeSent(MessageType.Heartbeat));
    }

    [Fact]
    public void A_lease_runs_from_when_the_round_was_sent_not_from_when_it_was_answered()
    {
        var leader = Leased.Leader();
        var round = Leased.Round(leader);
        var sent = leader.Now;
        leader.Now += TimeSpan.FromMilliseconds(700);
        leader.Receive(Leased.Grant(from: 2, round));

        leader.Now = sent + Leased.LeadersPart + -TimeSpan.FromTicks(1);
        Assert.True(Leased.AnswersAtOnce(leader, out _));
        leader.Now = sent + Leased.LeadersPart;

        Assert.False(Leased.AnswersAtOnce(leader, out _));
    }

    [Fact]
    public void Off_by_default_no_heartbeat_asks_for_a_promise()
    {
        var leader = Make.LeaderInTouch();
        leader.TickAfter(TimeSpan.FromMilliseconds(100));

        Assert.All(
            leader.TakeSent(MessageType.Heartbeat),
            each => Assert.False(each.Message.Has(MessageFlags.Lease)));
        leader.Receive(Leased.Grant(from: 2, round: 1));
        Assert.False(Leased.AnswersAtOnce(leader, out _));
    }

    [Fact]
    public void An_answer_without_a_promise_gives_no_lease()
    {
        var leader = Leased.Leader();
        var round = Leased.Round(leader);

        leader.Receive(Make.HeartbeatReply(from: 2, term: 1, round));
        leader.Receive(Make.HeartbeatReply(from: 3, term: 1, round));

        Assert.False(Leased.AnswersAtOnce(leader, out _));
    }

    [Fact]
    public void A_lease_needs_the_promises_of_a_majority()
    {
        var leader = Leased.Leader(size: 5);
        var first = Leased.Round(leader);
        var sent = leader.Now;
        leader.Receive(Leased.Grant(from: 2, first));
        var second = Leased.Round(leader);
        leader.Receive(Leased.Grant(from: 2, second));
        Assert.False(Leased.AnswersAtOnce(leader, out _));

        // The first round reached a majority, the second only two of five.
        leader.Receive(Leased.Grant(from: 3, first));

        Assert.True(Leased.AnswersAtOnce(leader, out var expiresAt));
        Assert.Equal(sent + Leased.LeadersPart, expiresAt);
    }

    [Fact]
    public void In_a_joint_state_both_halves_must_promise()
    {
        NodeId[] all = [.. Enumerable.Range(1, 5).Select(Make.Id)];
        var joint = new Membership(
            [.. all.Select(id => new Member(id, null, default))],
            [Make.Id(1), Make.Id(2), Make.Id(3)], [Make.Id(1), Make.Id(4), Make.Id(5)])
        {
            Lease = Leased.Lease,
        };
        var leader = Leased.Leader(size: 5, joint);
        var round = Leased.Round(leader);

        leader.Receive(Leased.Grant(from: 2, round));
        leader.Receive(Leased.Grant(from: 3, round));
        Assert.False(Leased.AnswersAtOnce(leader, out _));
        leader.Receive(Leased.Grant(from: 4, round));

        Assert.True(Leased.AnswersAtOnce(leader, out _));
    }

    [Fact]
    public void A_new_leader_serves_nothing_under_a_lease_before_an_entry_of_its_term_is_committed()
    {
        var leader = Leased.Elected();
        var round = Leased.Round(leader);
        leader.Receive(Leased.Grant(from: 2, round));
        Assert.False(Leased.AnswersAtOnce(leader, out _));

        leader.Receive(Make.Ack(from: 2, term: 1, match: 1));

        var answer = Assert.Single(leader.Answers);
        Assert.Equal((EffectKind.AnswerRead, 1ul), (answer.Kind, answer.Last.Value));
    }

    [Fact]
    public void A_read_that_must_not_use_the_lease_waits_for_a_round()
    {
        var leader = Leased.Leader();
        leader.Receive(Leased.Grant(from: 2, Leased.Round(leader)));

        Assert.False(Leased.AnswersAtOnce(leader, out _, withoutLease: true));

        var round = leader.TakeSent(MessageType.Heartbeat)[0].Message.Round;
        leader.Receive(Leased.Grant(from: 3, round));
        Assert.Equal(Instant.Never, Assert.Single(leader.Answers).ExpiresAt);
    }

    [Fact]
    public void A_leader_that_has_told_another_to_campaign_serves_no_lease_read_again_in_its_term()
    {
        var leader = Leased.Leader();
        leader.Receive(Leased.Grant(from: 2, Leased.Round(leader)));
        Assert.True(Leased.AnswersAtOnce(leader, out _));

        leader.Transfer(2);
        Assert.NotEmpty(leader.TakeSent(MessageType.TimeoutNow));
        Assert.False(Leased.AnswersAtOnce(leader, out _));
        // The transfer is given up, the leader stays.
        for (var beat = 0; beat < 15; beat++)
        {
            var round = Leased.Round(leader);
            leader.Receive(Leased.Grant(from: 2, round));
            leader.Receive(Leased.Grant(from: 3, round));
        }

        Assert.Equal((Role.Leader, TransferOutcome.TimedOut), (leader.Role, leader.Transfers[^1]));
        Assert.False(Leased.AnswersAtOnce(leader, out _));
    }

    [Fact]
    public void A_leases_length_is_what_is_committed_but_off_is_off_at_once()
    {
        var leader = Leased.Leader();
        leader.Receive(Leased.Grant(from: 2, Leased.Round(leader)));

        leader.Change(new MembershipChange { Lease = TimeSpan.Zero });

        Assert.False(Leased.AnswersAtOnce(leader, out _));
        Assert.Equal(1ul, leader.Commit);
        leader.TickAfter(TimeSpan.FromMilliseconds(100));
        Assert.All(
            leader.TakeSent(MessageType.Heartbeat),
            each => Assert.False(each.Message.Has(MessageFlags.Lease)));
    }

    [Fact]
    public void A_leader_asks_for_promises_only_once_the_setting_is_committed()
    {
        var leader = Leased.Leader(membership: NodeSetup.VotersOf(3));
        leader.Change(new MembershipChange { Lease = Leased.Lease });
        leader.Sent.Clear();
        leader.TickAfter(TimeSpan.FromMilliseconds(100));
        Assert.All(
            leader.TakeSent(MessageType.Heartbeat),
            each => Assert.False(each.Message.Has(MessageFlags.Lease)));

        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        leader.TickAfter(TimeSpan.FromMilliseconds(100));

        Assert.All(leader.TakeSent(MessageType.Heartbeat).Where(each => each.Message.Round > 0), each =>
        {
            Assert.True(each.Message.Has(MessageFlags.Lease));
            Assert.Equal(Leased.Lease.Ticks, (long)each.Message.Sequence);
        });
    }

    [Fact]
    public void An_answer_to_a_round_that_asked_for_nothing_gives_no_lease()
    {
        var leader = Leased.Leader(membership: NodeSetup.VotersOf(3));
        leader.TickAfter(TimeSpan.FromMilliseconds(100));
        leader.Change(new MembershipChange { Lease = Leased.Lease });
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));

        leader.Receive(Leased.Grant(from: 2, round: 1));

        Assert.False(Leased.AnswersAtOnce(leader, out _));
    }

    [Fact]
    public void An_answer_after_64_later_rounds_gives_no_lease()
    {
        var leader = Leased.Leader();
        var round = Leased.Round(leader);
        for (var i = 0; i < 64; i++)
        {
            leader.Receive(Make.HeartbeatReply(from: 3, term: 1, Leased.Round(leader)));
        }

        leader.Receive(Leased.Grant(from: 2, round));

        Assert.False(Leased.AnswersAtOnce(leader, out _));
    }

    [Fact]
    public void A_lone_voter_needs_nobodys_promise()
    {
        var leader = Leased.Leader(size: 1);

        Assert.True(Leased.AnswersAtOnce(leader, out var expiresAt));
        Assert.Equal(Instant.Never, expiresAt);
    }

    [Fact]
    public void A_lease_ends_with_the_leadership()
    {
        var leader = Leased.Leader();
        leader.Receive(Leased.Grant(from: 2, Leased.Round(leader)));

        leader.Receive(Make.Heartbeat(from: 3, term: 2));

        Assert.False(Leased.AnswersAtOnce(leader, out _));
        Assert.Equal(EffectKind.RefuseRead, Assert.Single(leader.Answers).Kind);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(990, true)]
    [InlineData(991, false)]
    public void A_lease_is_at_most_the_minimum_election_timeout_less_the_drift(int milliseconds, bool valid)
    {
        var wrong = Lease.Validate(TimeSpan.FromMilliseconds(milliseconds), new ConsensusOptions());

        Assert.Equal(valid, wrong is null);
        Assert.True(valid || wrong!.Contains($"{milliseconds}", StringComparison.Ordinal));
    }
}
