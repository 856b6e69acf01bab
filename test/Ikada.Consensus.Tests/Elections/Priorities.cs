namespace Ikada.Consensus.Tests.Elections;

/// <summary>A leader hands over to a voter of higher priority that has caught up.</summary>
public sealed class Priorities
{
    private static readonly TimeSpan ElectionTimeout = new ConsensusOptions().ElectionTimeout;

    // A leader leaves a preferred voter alone for the first four election timeouts.
    private static readonly TimeSpan Patience = 4 * ElectionTimeout;

    [Fact]
    public void The_preferred_voter_leads_in_the_end_and_stays()
    {
        var cluster = Preferring(1, 0, 0, 0, 7);
        cluster.Propose(1, "a");

        cluster.RunFor(Patience - TimeSpan.FromMilliseconds(200));
        TransferScenarios.AssertLeads(cluster, 1, term: 1);
        cluster.RunFor(TimeSpan.FromMilliseconds(400));
        TransferScenarios.AssertLeads(cluster, 4, term: 2);
        cluster.RunFor(3 * Patience);

        TransferScenarios.AssertLeads(cluster, 4, term: 2);
        cluster.AssertConverged();
    }

    [Fact]
    public void Of_several_preferred_voters_the_highest_leads()
    {
        var cluster = Preferring(2, 0, 1, 3, 2);

        cluster.RunFor(Patience + TimeSpan.FromMilliseconds(200));

        TransferScenarios.AssertLeads(cluster, 3, term: 2);
    }

    [Fact]
    public void Equal_and_lower_priorities_change_nothing()
    {
        var cluster = Preferring(1, 5, 5, 4);

        cluster.RunFor(3 * Patience);

        TransferScenarios.AssertLeads(cluster, 1, term: 1);
    }

    [Fact]
    public void A_preferred_voter_that_lags_or_is_silent_is_not_waited_for()
    {
        var cluster = Preferring(1, 0, 0, 9);
        cluster.Isolate(3);
        for (var second = 0; second < 20; second++)
        {
            cluster.Propose(1, $"{second}");
            Assert.Equal(EffectKind.AcceptProposal, cluster[1].Answers[^1].Kind);
            cluster.RunFor(TimeSpan.FromSeconds(1));
        }

        TransferScenarios.AssertLeads(cluster, 1, term: 1);
        cluster.Heal();
        cluster.RunFor(TimeSpan.FromSeconds(1));
        TransferScenarios.AssertLeads(cluster, 3, term: 2);
    }

    [Fact]
    public void A_preferred_voter_in_touch_that_lacks_what_is_committed_is_not_waited_for()
    {
        var leader = TransferRules.LeaderOf(MembersOf(0, 0, 9));
        leader.Receive(Make.Ack(from: 3, term: 1, match: 1));
        leader.Propose("a");
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        Assert.Equal(2ul, leader.Commit);
        // Node 2 is out of touch in the end, and node 3 never gets further.
        for (var beat = 1ul; beat <= 45; beat++)
        {
            leader.TickAfter(TimeSpan.FromMilliseconds(100));
            leader.Receive(Make.HeartbeatReply(from: 3, term: 1, beat));
        }

        Assert.True(leader.Now - new NodeSetup().Now > Patience);
        Assert.Equal(Role.Leader, leader.Role);
        leader.Propose("b");
        Assert.Equal(EffectKind.AcceptProposal, leader.Answers[^1].Kind);
    }

    [Fact]
    public void A_preferred_voter_that_does_not_take_over_is_tried_ever_more_rarely()
    {
        // Node 3 acknowledges everything, and never campaigns.
        var leader = TransferRules.LeaderOf(MembersOf(0, 0, 9));
        leader.Receive(Make.Ack(from: 2, term: 1, match: 1));
        leader.Receive(Make.Ack(from: 3, term: 1, match: 1));
        var beats = 6000;
        var refusing = 0;
        for (var beat = 1ul; beat <= (ulong)beats; beat++)
        {
            leader.TickAfter(TimeSpan.FromMilliseconds(100));
            leader.Receive(Make.HeartbeatReply(from: 2, term: 1, beat));
            leader.Receive(Make.HeartbeatReply(from: 3, term: 1, beat));
            refusing += leader.Sent.Exists(each => each.Type == MessageType.TimeoutNow) ? 1 : 0;
            leader.Sent.Clear();
        }

        Assert.Equal(Role.Leader, leader.Role);
        Assert.InRange(leader.Transfers.Count, 5, 10);
        Assert.All(leader.Transfers, outcome => Assert.Equal(TransferOutcome.TimedOut, outcome));
        Assert.True(refusing < beats / 50, $"{refusing} of {beats} intervals went to transfers");
    }

    // The simulator's seed 30001418.
    [Fact]
    public void Transfers_that_an_operator_asked_for_in_vain_do_not_make_it_rarer()
    {
        var leader = TransferRules.LeaderOf(MembersOf(0, 0, 9));
        leader.Receive(Make.Ack(from: 2, term: 1, match: 1));
        leader.Receive(Make.Ack(from: 3, term: 1, match: 1));
        var beat = 0ul;
        for (var asked = 0; asked < 6; asked++)
        {
            leader.Transfer(2);
            Beat(11);
        }

        Assert.Equal(6, leader.Transfers.Count);
        leader.Sent.Clear();
        Beat(45);

        var told = leader.TakeSent(MessageType.TimeoutNow).Select(each => each.Message.To).Distinct();
        Assert.Equal(Make.Id(3), Assert.Single(told));

        void Beat(int times)
        {
            for (var i = 0; i < times; i++)
            {
                leader.TickAfter(TimeSpan.FromMilliseconds(100));
                leader.Receive(Make.HeartbeatReply(from: 2, term: 1, ++beat));
                leader.Receive(Make.HeartbeatReply(from: 3, term: 1, beat));
            }
        }
    }

    [Fact]
    public void A_preferred_leader_that_hands_over_in_order_to_stop_has_time_to_stop()
    {
        var cluster = Preferring(1, 9, 0, 0);
        TransferScenarios.Transfer(cluster, asked: 1, target: 0);
        cluster.RunFor(Patience - TimeSpan.FromMilliseconds(200));
        Assert.NotEqual(1, (int)cluster.Leader!.Id.Value);
        Assert.Equal(2ul, cluster.Leader.Term);

        cluster.Crash(1);
        cluster.RunFor(2 * Patience);

        Assert.Equal(2ul, cluster.Leader.Term);
    }

    [Fact]
    public void Among_those_that_hold_what_is_committed_priority_decides_who_takes_over()
    {
        var leader = TransferRules.LeaderOf(MembersOf(0, 1, 2, 1, 9));
        leader.Receive(Make.Ack(from: 2, term: 1, match: 1));
        leader.Receive(Make.Ack(from: 3, term: 1, match: 1));
        leader.Propose("a");
        leader.Receive(Make.Ack(from: 2, term: 1, match: 2));
        // Node 5 has the highest priority, but lacks what is committed.
        leader.Receive(Make.Ack(from: 5, term: 1, match: 1));
        leader.Receive(Make.Ack(from: 3, term: 1, match: 2));
        Assert.Equal(2ul, leader.Commit);
        leader.Sent.Clear();

        leader.Transfer();

        Assert.Equal(Make.Id(3), Assert.Single(leader.TakeSent(MessageType.TimeoutNow)).Message.To);
    }

    private static TestCluster Preferring(int first, params byte[] priorities)
    {
        var cluster = new TestCluster(
            priorities.Length, setup => setup with { Membership = MembersOf(priorities) });
        cluster.Campaign(first);
        TransferScenarios.AssertLeads(cluster, first, term: 1);
        return cluster;
    }

    private static Membership MembersOf(params byte[] priorities)
    {
        Member[] members =
        [
            .. priorities.Select((priority, i) => new Member(Make.Id(i + 1), null, default, priority)),
        ];
        return new Membership(members, [.. members.Select(member => member.Id)]);
    }
}
