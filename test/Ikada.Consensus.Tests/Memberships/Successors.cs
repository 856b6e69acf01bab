namespace Ikada.Consensus.Tests.Memberships;

/// <summary>Which of several processes is bound to a member (DESIGN §3, Incarnation). Node n runs under
/// incarnation 10 + n, who comes in its place under 90 + n.</summary>
public sealed class Successors
{
    [Fact]
    public void Of_two_processes_heard_for_an_unbound_member_the_last_is_bound()
    {
        var node = new TestNode(new NodeSetup { Incarnation = 11 });
        node.ReceiveFrom(13, 5, Make.PreVote(3, term: 1));
        node.ReceiveFrom(93, 1, Make.PreVote(3, term: 1));

        Elect(node);

        Assert.Equal(93ul, Bound(node, 3));
    }

    [Fact]
    public void A_wiped_member_s_successor_that_was_heard_is_bound_once_the_old_one_is_forgotten()
    {
        var bound = Bind(NodeSetup.VotersOf(3), (1, 11), (2, 12), (3, 13));
        var forgotten = MembershipArithmetic.Simple(bound, Wish.Members("f3")).Membership!;
        var node = new TestNode(new NodeSetup
        {
            Incarnation = 11, Term = 1, Log = [TestEntry.Of(1, bound)],
        });
        node.ReceiveFrom(93, 1, Make.HeartbeatReply(3, term: 1, round: 0));
        Assert.Contains((Fact.PeerWiped, Make.Id(3)), node.Facts);
        node.ReceiveFrom(
            12, 1, Make.Append(2, term: 1, Make.At(1, 1), count: 1, commit: 2), TestEntry.Of(1, forgotten));

        Elect(node);

        Assert.Equal(93ul, Bound(node, 3));
    }

    [Fact]
    public void The_entry_that_binds_goes_to_the_others_at_once()
    {
        var node = new TestNode(new NodeSetup { Incarnation = 11 });
        Elect(node);
        node.ReceiveFrom(12, 1, Make.Ack(2, term: 1, match: 1));
        node.Sent.Clear();

        node.ReceiveFrom(13, 1, Make.HeartbeatReply(3, term: 1, round: 0));

        Assert.Contains(
            node.TakeSent(MessageType.Append),
            each => each.Message.To == Make.Id(2) && each.Message.End.Value == 2);
    }

    [Fact]
    public void Who_starts_in_place_of_another_neither_votes_nor_campaigns_before_it_holds_an_entry()
    {
        var restored = new RestoredLog(default, NodeSetup.VotersOf(3), default, default)
        {
            IsStartedOver = true,
        };
        var setup = new NodeSetup();
        var core = new ConsensusCore(setup.Options, Make.Id(1), restored, seed: 1, setup.Now);
        var now = core.NextDeadline;
        core.Step(Input.Tick(now));
        Assert.Equal(Role.Follower, core.Role);
        Assert.True(Refuses(core, now, term: 2));

        var append = Make.Append(from: 2, term: 2, count: 1) with { To = core.Self };
        core.Step(Input.Received(now, append, [new EntryHeader(new Term(2), EntryKind.Empty, 0)]));
        core.Step(Input.LogFlushed(now, core.Last, 0));
        core.Step(Input.HardStateSaved(now, new HardState(core.Term, NodeId.None, default)));
        now += 2 * setup.Options.ElectionTimeout;

        Assert.False(Refuses(core, now, term: 3));
        core.Step(Input.Tick(core.NextDeadline));
        Assert.Equal(Role.PreCandidate, core.Role);
    }

    [Fact]
    public void Who_starts_in_doubt_votes_once_all_founders_are_known_to_be_new()
    {
        var restored = new RestoredLog(default, NodeSetup.VotersOf(3), default, default)
        {
            IsStartedOver = true,
        };
        var setup = new NodeSetup();
        var core = new ConsensusCore(setup.Options, Make.Id(1), restored, seed: 1, setup.Now);
        var now = core.NextDeadline;
        Assert.True(Refuses(core, now, term: 1));

        core.Step(Input.FoundersAreNew(now));

        Assert.False(Refuses(core, now, term: 1));
        core.Step(Input.Tick(core.NextDeadline));
        Assert.Equal(Role.PreCandidate, core.Role);
    }

    [Fact]
    public void A_member_that_is_heard_does_not_lose_its_place_to_one_that_claims_its_id()
    {
        var node = new TestNode(new NodeSetup { Incarnation = 11 });
        Elect(node);
        node.ReceiveFrom(12, 1, Make.Ack(2, term: 1, match: 1));
        node.ReceiveFrom(13, 1, Make.HeartbeatReply(3, term: 1, round: 0));
        node.ReceiveFrom(12, 1, Make.Ack(2, term: 1, match: 2));
        var claim = new MembershipChange
        {
            Members =
            [
                new MemberChange(MemberChangeKind.Learner, Make.Id(3))
                {
                    ForgetsIncarnation = true, OnlyIfSilent = true,
                },
            ],
        };

        node.Change(claim);
        Assert.Equal(Refusal.MemberIsAlive, Lead.RefusalOf(node));
        Assert.Equal(13ul, Bound(node, 3));

        // The other voter keeps the leader in office; the claimant is not heard for the member that is gone.
        node.Now += new ConsensusOptions().ElectionTimeout;
        node.ReceiveFrom(12, 1, Make.HeartbeatReply(2, term: 1, round: 0));
        node.ReceiveFrom(93, 1, Make.HeartbeatReply(3, term: 1, round: 0));
        node.Change(claim);
        Assert.Null(Bound(node, 3));
    }

    private static bool Refuses(ConsensusCore core, Instant now, ulong term)
    {
        var asked = Make.PreVote(from: 3, term, Make.At(9, 9)) with { To = core.Self };
        core.Step(Input.Received(now, asked, []));
        return Assert.Single(core.Effects.ToArray(), each => each.Kind == EffectKind.Send).Message.Reject;
    }

    // With the vote of node 2 alone.
    private static void Elect(TestNode node)
    {
        node.Now += 2 * new ConsensusOptions().ElectionTimeout;
        node.PassDeadline();
        node.ReceiveFrom(12, 1, Make.PreVoteReply(2, node.Term + 1));
        node.ReceiveFrom(12, 1, Make.VoteReply(2, node.Term));
        Assert.Equal(Role.Leader, node.Role);
    }

    private static ulong? Bound(TestNode node, int id) =>
        node.Core.Membership.Find(Make.Id(id))!.Incarnation?.Value;

    private static Membership Bind(Membership membership, params (int Id, ulong Incarnation)[] bindings) =>
        MembershipArithmetic.Bind(
            membership, [.. bindings.Select(each => (Make.Id(each.Id), new Incarnation(each.Incarnation)))]);
}
